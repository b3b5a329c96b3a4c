import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { renderHtml } from '../../lambda/alert/render/html';
import { readAlertScenarios } from '../support/alert-scenario';
import { alertOf, STYLE } from '../support/alerts';
import { useTempFolder } from '../support/temp-folder';

const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

if (BROWSER === undefined) process.stderr.write('skipped: there is no Chromium to open the page in\n');

const temp = useTempFolder();

const golden = (name: string) => join(__dirname, 'golden', name, 'page.html');

const NAMES = readAlertScenarios().map(({ file }) => file);

/** A page that shows the pages, each in a frame, and once they are loaded gives each as the browser has it. */
const FRAMES = `<body>
${NAMES.map((name) => `<iframe name="${name}" src="${pathToFileURL(golden(name))}"></iframe>`).join('\n')}
<script>addEventListener('load', () => {
  for (const { name, contentDocument } of document.querySelectorAll('iframe')) {
    const page = document.createElement('data');
    page.id = name;
    page.value = encodeURIComponent(contentDocument.documentElement.outerHTML);
    document.body.append(page);
  }
})</script>`;

(BROWSER === undefined ? describe.skip : describe)('in a browser', () => {
  let dom: string;
  let complaints: readonly string[];

  // One start of the browser takes longer than all the pages.
  beforeAll(() => {
    const flags = [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
      ...['--disable-background-networking', '--disable-component-update', `--user-data-dir=${temp.path('profile')}`],
      ...['--enable-logging=stderr', '--allow-file-access-from-files', '--dump-dom'],
    ];
    const options = { encoding: 'utf8', timeout: 110_000, maxBuffer: 1 << 26 } as const;
    const ran = spawnSync(BROWSER!, [...flags, `file://${temp.write('frames.html', FRAMES)}`], options);
    dom = ran.stdout;
    complaints = ran.stderr.split('\n').filter((line) => line.includes('CONSOLE'));
  });

  /** A page as the browser has it. */
  const opened = (name: string) =>
    decodeURIComponent(new RegExp(`<data id="${name}" value="([^"]+)">`).exec(dom)?.[1] ?? '');

  // A style whose hash is wrong, or anything else against the policy, is a line in the browser's console.
  it('complains of no page', () => expect(complaints).toEqual([]));

  it.each(NAMES)('%s is a page in which nothing is lost', (name) => {
    const page = opened(name);
    for (const title of ['Calls', 'Timeline', 'Investigate', 'If it is a false positive']) {
      expect(page).toContain(`<h3>${title}</h3>`);
    }
    expect(page.match(/<rect /g)?.length).toBeGreaterThanOrEqual(15);
    expect(page).not.toMatch(/<(?:script|img|iframe|link|form|object|embed)\b/i);
  });

  it('what a caller wrote is text, not elements', () => {
    expect(opened('hostile-strings')).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(opened('hostile-strings')).toContain('&lt;b&gt;*Fine*&lt;/b&gt;');
  });
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
  for (const name of NAMES) {
    const page = readFileSync(golden(name), 'utf8');
    expect(page).toContain("default-src 'none'; style-src 'sha256-");
    expect(page).not.toMatch(/\bsrc=|url\(|@import|<link/);
  }
});
