import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderHtml } from '../../lambda/alert/render/html';
import { readAlertScenarios } from '../support/alert-scenario';
import { alertOf, STYLE } from '../support/alerts';

const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

if (BROWSER === undefined) process.stderr.write('skipped: there is no Chromium to open the page in\n');

const inBrowser = BROWSER === undefined ? it.skip : it;

const profile = mkdtempSync(join(tmpdir(), 'regionsweep-chromium-'));

afterAll(() => rmSync(profile, { recursive: true, force: true }));

/** The page as the browser has it once it is loaded, and what the browser complained of. */
function opened(file: string): { readonly dom: string; readonly complaints: string } {
  const flags = [
    ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
    ...['--disable-background-networking', '--disable-component-update', `--user-data-dir=${profile}`],
    ...['--enable-logging=stderr', '--dump-dom'],
  ];
  const options = { encoding: 'utf8', timeout: 60_000, maxBuffer: 1 << 26 } as const;
  const { stdout, stderr } = spawnSync(BROWSER!, [...flags, `file://${file}`], options);
  const complaints = stderr.split('\n').filter((line) => line.includes('CONSOLE'));
  return { dom: stdout, complaints: complaints.join('\n') };
}

const golden = (name: string) => join(__dirname, 'golden', name, 'page.html');

inBrowser.each(readAlertScenarios().map(({ file }) => file))(
  '%s is a page in which nothing is refused or lost',
  (name) => {
    const { dom, complaints } = opened(golden(name));
    // A style whose hash is wrong, or anything else against the policy, is a line in the browser's console.
    expect(complaints).toBe('');
    for (const title of ['Calls', 'Timeline', 'Investigate', 'If it is a false positive']) {
      expect(dom).toContain(`<h3>${title}</h3>`);
    }
    expect(dom.match(/<rect /g)?.length).toBeGreaterThanOrEqual(15);
    expect(dom).not.toMatch(/<(?:script|img|iframe|link|form|object|embed)\b/i);
  },
);

inBrowser('what a caller wrote is text, not elements', () => {
  const { dom } = opened(golden('hostile-strings'));
  expect(dom).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(dom).toContain('&lt;b&gt;*Fine*&lt;/b&gt;');
});

it('a page without alerts says so', () => {
  expect([...renderHtml([], STYLE)].join('')).toContain('<p>No alerts.</p>');
});

it('a page of several begins with an index of them', async () => {
  const alert = await alertOf();
  const page = [
    ...renderHtml(
      ['a', 'b'].map(() => ({ kind: 'alert', alert }) as const),
      STYLE,
    ),
  ].join('');
  expect(page).toMatch(/<nav>.*href="#n0".*href="#n1".*<\/nav>\n<article id="n0">/);
  expect([...renderHtml([{ kind: 'alert', alert }], STYLE)].join('')).not.toContain('<nav>');
});

it('the pages load nothing', () => {
  for (const { file } of readAlertScenarios()) {
    const page = readFileSync(golden(file), 'utf8');
    expect(page).toContain("default-src 'none'; style-src 'sha256-");
    expect(page).not.toMatch(/\bsrc=|url\(|@import|<link/);
  }
});
