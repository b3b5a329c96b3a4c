import fc from 'fast-check';
import type { NotificationStyle } from '../../lambda/alert/model';
import { renderChatCard } from '../../lambda/alert/render/chat-card';
import { renderHtml } from '../../lambda/alert/render/html';
import { renderEmail, renderTerminal } from '../../lambda/alert/render/plain-text';
import { hostileAlert } from '../support/hostile-alert';
import { holds } from '../support/properties';

const STYLE: NotificationStyle = {
  detector: 'security',
  severityText: 'low',
  chatAsDefault: false,
  replayId: undefined,
};

const NASTY = [
  ...['http://evil.example/a', 'https://evil.example', 'www.evil.example', 'evil.example', 'ftp://evil.example'],
  ...['mail@evil.example', 'mailto:mail@evil.example', '\\\\evil\\share', '@here', '<!channel>', '<@U123>'],
  ...['[ok](http://evil.example)', '<http://evil.example|ok>', '*bold*', '_slanted_', '`code`', '~gone~', ':skull:'],
  ...[
    '\u001b[2J',
    '\u009b31m',
    '\r\nBcc: mail@evil.example',
    '\nAT A GLANCE\n',
    '\u2028',
    '\u202e',
    '\u200b',
    '\u0000',
  ],
  ...['</q><script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onload='x", '&lt;b&gt;', '<!--', ']]>'],
  ...["'; DROP TABLE x; --", '$(rm -rf /)', '`id`', '; reboot', '\\', "'\\''", '-rf', '*', '%00', '\ud800'],
];

/** Marked, so that whatever is made of it is found again. */
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', maxLength: 6 })), {
    minLength: 1,
    maxLength: 5,
  })
  .map((parts) => parts.join(''));

const alerts = fc
  .tuple(hostile, fc.constantFrom('', 'arn:aws:sts::111122223333:assumed-role/', 'arn:aws:iam::1:user/'))
  .map(([text, before]) => hostileAlert((place) => (place % 5 === 1 ? `${before}${text}` : text)));

/** Where links of ours lead; nothing of an attacker stands before the path. */
const OWN_LINK =
  /^https:\/\/(?:[a-z0-9-]+\.console\.aws\.amazon\.com|attack\.mitre\.org|docs\.aws\.amazon\.com)\/[\w/.?=&%#:-]*$/;

function expectNoForeignLink(text: string): void {
  for (const link of text.match(/\S*:\/\/\S*/g) ?? []) {
    if (!link.includes('[:]//')) expect(link).toMatch(OWN_LINK);
  }
  const withoutOwn = text.replace(/https:\/\/\S+/g, '').replace(/\b(?:ec2|sts)\.amazonaws\.com\b/g, '');
  expect(withoutOwn).not.toMatch(/evil\.example|@|\\\\/);
}

it('an e-mail has no line, link, mention or escape that anybody chose', async () => {
  const plain = renderEmail({ kind: 'alert', alert: hostileAlert(() => 'x') }, STYLE);
  const margin = marginOf(plain);
  const property = fc.property(alerts, (alert) => {
    const text = renderEmail({ kind: 'alert', alert }, STYLE);
    for (const line of text.split('\n')) expect(line).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]*$/u);
    expectNoForeignLink(text);
    expect(marginOf(text)).toEqual(margin);
    const long = text
      .split('\n')
      .filter((line) => [...line].length > 80 && !/^ +(?:\S* *)https:|^ {4}\{|^ {5,}/.test(line));
    expect(long).toEqual([]);
  });
  await holds(300, property);
});

/** What begins at the margin: the start of the headline, and the headings. */
function marginOf(text: string): string[] {
  const [headline, ...lines] = text.split('\n');
  return [headline!.slice(0, 'regionsweep low: '.length), ...lines.filter((line) => !/^(?: {2}|$)/.test(line))];
}

it.each([80, 79, 78, 77, 76, 40, 20])('a long name never begins a line at the margin: padded to %i', (padding) => {
  const words = 'THE-ALERT-BELOW-IS-A-TEST NO ACTION IS NEEDED AT A GLANCE';
  const alert = hostileAlert(() => `arn:aws:iam::1:user/${'x'.repeat(padding)}${words}`);
  const text = renderEmail({ kind: 'alert', alert }, STYLE);
  expect(marginOf(text)).toEqual(marginOf(renderEmail({ kind: 'alert', alert: hostileAlert(() => 'x') }, STYLE)));
  const nameless = hostileAlert(() => words);
  expect(renderEmail({ kind: 'alert', alert: nameless }, STYLE)).not.toMatch(/^THE-ALERT/m);
});

it('a card has no link, mention, markup or escape that anybody chose', async () => {
  const property = fc.property(alerts, (alert) => {
    const { content, metadata } = renderChatCard({ kind: 'alert', alert }, STYLE);
    const texts = [content.title, content.description, ...content.nextSteps, metadata.summary];
    for (const text of metadata.relatedResources) expectNoForeignLink(text);
    for (const text of texts) {
      for (const line of text.split('\n')) expect(line).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]*$/u);
      expectNoForeignLink(text);
      expect(withoutOurs(text)).not.toMatch(/[<>`~|]|:skull:|(?<![a-z0-9_])_|_(?![a-z0-9_])/i);
    }
    // The only stars are those around our labels at the start of a line.
    expect(withoutOurs(content.description)).not.toContain('*');
  });
  await holds(300, property);
});

/** Without what the card puts there itself: labels, links, and what is there to be copied between fences. */
function withoutOurs(text: string): string {
  return text
    .replace(/^```\n[^`]*\n```$/gm, '')
    .replace(/https:\/\/\S+/g, '')
    .replace(/^\*[a-zA-Z -]+\*(?: |$)/gm, '');
}

it('a page has no element, attribute or address that anybody chose', async () => {
  const property = fc.property(alerts, (alert) => {
    const page = [...renderHtml([{ kind: 'alert', alert }], STYLE)].join('');
    const body = page.slice(page.indexOf('<body>'));
    const tags = new Set([...body.matchAll(/<\/?([^\s>/]+)/g)].map(([, name]) => name));
    const ours =
      'body html article section h1 h2 h3 p q ul ol li dl dt dd div span pre code a svg line rect text title';
    expect([...tags].filter((tag) => !ours.split(' ').includes(tag!))).toEqual([]);
    expect(body).not.toMatch(/<[^>]*\son\w+\s*=/i);
    for (const [, address] of body.matchAll(/href="([^"]*)"/g)) {
      expect(address!.replaceAll('&amp;', '&')).toMatch(OWN_LINK);
    }
    for (const line of page.split('\n')) expect(line).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]*$/u);
  });
  await holds(300, property);
});

/** What a terminal, a browser or somebody who reads takes for an address. */
const LOOKS_LIVE = /\w:\/\/|\bwww\.|\w@\w|\\\\/i;

it('a terminal and a page show no address that anybody chose', async () => {
  const property = fc.property(alerts, (alert) => {
    expect(renderTerminal(alert)).not.toMatch(LOOKS_LIVE);
    const page = [...renderHtml([{ kind: 'alert', alert }], STYLE)].join('');
    const quoted = [...page.matchAll(/<(?:q|title)>(.*?)<\/(?:q|title)>/g)].map(([, text]) => text);
    expect(quoted.length).toBeGreaterThan(20);
    for (const text of quoted) expect(text).not.toMatch(LOOKS_LIVE);
  });
  await holds(200, property);
});

it('a terminal and a page show names as they are, to be copied', () => {
  const arn = 'arn:aws:sts::111122223333:assumed-role/john.doe_x/build.runner-7';
  const alert = hostileAlert(() => arn);
  for (const text of [renderTerminal(alert), [...renderHtml([{ kind: 'alert', alert }], STYLE)].join('')]) {
    expect(text).toContain(arn);
  }
});
