import { createHash } from 'node:crypto';

/** The page's only style. No font, picture or script is loaded from anywhere. */
export const STYLE = `
:root{--ink:#1b1f24;--soft:#57606a;--line:#d8dee4;--paper:#fff;--shade:#f6f8fa;--bad:#b42318;--good:#1a7f37;--call:#0969da}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa4af;--line:#30363d;--paper:#0d1117;--shade:#161b22;--bad:#ff7b72;--good:#56d364;--call:#58a6ff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:64rem;padding:1rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
article{border:1px solid var(--line);border-radius:8px;padding:1rem 1.25rem;margin:0 0 2rem}
h1{font-size:1.4rem;margin:.5rem 0 1rem}h2{font-size:1.15rem;margin:0 0 .5rem;overflow-wrap:anywhere}
h3{font-size:1rem;margin:1.5rem 0 .4rem;border-bottom:1px solid var(--line)}
p{margin:.3rem 0;overflow-wrap:anywhere}
q{quotes:none;font-family:ui-monospace,monospace;font-size:.92em;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:8.5rem 1fr;gap:.15rem .75rem;margin:0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
ul,ol{margin:.3rem 0;padding-left:1.4rem}li{margin:.35rem 0;overflow-wrap:anywhere}
ul.facts{list-style:none;padding:0}ul.facts li{border-left:4px solid var(--line);padding:.1rem .75rem}
ul.facts li.suspicious{border-color:var(--bad)}ul.facts li.ordinary{border-color:var(--good)}
.tag{font-size:.8rem;font-weight:600;text-transform:uppercase;letter-spacing:.03em;color:var(--soft)}
.suspicious .tag{color:var(--bad)}.ordinary .tag{color:var(--good)}
.why,.known{display:block;color:var(--soft);font-size:.88rem}
pre{background:var(--shade);border:1px solid var(--line);border-radius:6px;padding:.6rem .75rem;margin:.4rem 0;overflow-x:auto;font:13px/1.45 ui-monospace,monospace}
a{color:var(--call);overflow-wrap:anywhere}
.picture{overflow-x:auto}svg{display:block;width:100%;min-width:34rem;height:auto;font:12px ui-monospace,monospace}
svg text{fill:var(--ink)}svg .soft{fill:var(--soft)}svg .grid{stroke:var(--line)}
svg .call{fill:var(--call)}svg .denied{fill:var(--bad)}svg .both{fill:var(--bad);stroke:var(--call);stroke-width:2}
svg .unread{fill:none;stroke:var(--soft)}
.partial{color:var(--bad);font-weight:600}
@media (max-width:36rem){dl{grid-template-columns:6rem 1fr}article{padding:.75rem}}
@media print{article{break-inside:avoid-page;border:0}}
`;

/** Lets the page have its style and nothing else, whatever should ever get into it. */
export const CONTENT_SECURITY_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;
