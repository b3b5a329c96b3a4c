import fc from 'fast-check';
import type { Alert, Notification } from '../../lambda/alert/model';
import { renderChatCard } from '../../lambda/alert/render/chat-card';
import { renderEcs } from '../../lambda/alert/render/ecs';
import { renderHtml } from '../../lambda/alert/render/html';
import { renderEmail, renderTerminal } from '../../lambda/alert/render/plain-text';
import { sanitizeJson } from '../../lambda/util/sanitize';
import { getOrInsert } from '../../lambda/util/values';
import { alertIn, STYLE } from '../support/alerts';
import { hostileAlert } from '../support/hostile-alert';
import { holds } from '../support/properties';
import { REGIONS, roleSession, sweep, T0 } from '../support/records';

const NASTY = [
  ...['http://evil.example/a', 'https://evil.example', 'www.evil.example', 'evil.example', 'ftp://evil.example'],
  ...['mail@evil.example', 'mailto:mail@evil.example', '\\\\evil\\share', '@here', '<!channel>', '<@U123>'],
  ...['[ok](http://evil.example)', '<http://evil.example|ok>', '*bold*', '_slanted_', '`code`', '~gone~', ':skull:'],
  ...['\u001b[2J', '\u001b]0;owned\u0007', '\u009b31m', '\r\nBcc: mail@evil.example', '\nSUSPICIOUS\n', '\t', '\u007f'],
  ...['\u2028', '\u202e', '\u2066', '\u200b', '\ufeff', '\u0000', '\ud800', '\u{e0041}'],
  ...['\\u001b', '😀', 'x'.repeat(700)],
  ...['</q><script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onload='x", '&lt;b&gt;'],
  ...['<!--', ']]>', '|'],
  ...["'; DROP TABLE x; --", '$(rm -rf /)', '`id`', '; reboot', '\\', "'\\''", '-rf', '*', '%00'],
];

const hostile = fc
  .array(fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', maxLength: 8 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join(''));

/** Each run renders an alert of the greatest size; a hundred hold each of the nasty texts several times. */
const RUNS = 100;

/** By their text: properties of one seed meet the same alerts. */
const made = new Map<string, Alert>();

/** Alerts in which every text that a record may hold is hostile. */
const alerts = fc
  .tuple(hostile, fc.constantFrom('', 'arn:aws:sts::111122223333:assumed-role/', 'arn:aws:iam::1:user/'))
  .map(([text, before]) =>
    getOrInsert(made, `${before}${text}`, () => hostileAlert((place) => (place % 5 === 1 ? `${before}${text}` : text))),
  );

const PLAIN = hostileAlert(() => 'x');

const emailOf = (alert: Alert) => renderEmail({ kind: 'alert', alert }, STYLE);

const pageOf = (alert: Alert) => [...renderHtml([{ kind: 'alert', alert }], STYLE)].join('');

/** Nothing moves, hides, colours or turns what stands around it. */
function expectPrintable(text: string): void {
  expect(text.split('\n').filter((line) => /[\p{C}\p{Zl}\p{Zp}]/u.test(line))).toEqual([]);
}

/** Where links of ours lead; nothing of an attacker stands before the path. */
const OWN_LINK =
  /^https:\/\/(?:[a-z0-9-]+\.console\.aws\.amazon\.com|attack\.mitre\.org|docs\.aws\.amazon\.com)\/[\w/.?=&%#:-]*$/;

function expectNoForeignLink(text: string): void {
  const links = text.match(/\S*:\/\/\S*/g) ?? [];
  expect(links.filter((link) => !link.includes('[:]//') && !OWN_LINK.test(link))).toEqual([]);
  const withoutOwn = text.replace(/https:\/\/\S+/g, '').replace(/\b(?:ec2|sts)\.amazonaws\.com\b/g, '');
  expect(withoutOwn).not.toMatch(/evil\.example|@|\\\\/);
}

/** What begins at the margin: the start of the headline, and the headings. */
function marginOf(text: string): string[] {
  const [headline, ...lines] = text.split('\n');
  return [headline!.slice(0, 'regionsweep low: '.length), ...lines.filter((line) => !/^(?: {2}|$)/.test(line))];
}

it('an e-mail has no line, link, mention or escape that a caller chose', async () => {
  const margin = marginOf(emailOf(PLAIN));
  const property = fc.property(alerts, (alert) => {
    const text = emailOf(alert);
    expectPrintable(text);
    expectNoForeignLink(text);
    expect(marginOf(text)).toEqual(margin);
    const long = text.split('\n').filter((line) => [...line].length > 80 && !/^ +(?:\S* *)https:|^ {5,}/.test(line));
    expect(long).toEqual([]);
  });
  await holds(RUNS, property);
});

it.each([80, 79, 78, 77, 76, 40, 20])('a long name never begins a line at the margin: padded to %i', (padding) => {
  const words = 'THE-ALERT-BELOW-IS-A-TEST NO ACTION IS NEEDED SUSPICIOUS';
  const text = emailOf(hostileAlert(() => `arn:aws:iam::1:user/${'x'.repeat(padding)}${words}`));
  expect(marginOf(text)).toEqual(marginOf(emailOf(PLAIN)));
  expect(emailOf(hostileAlert(() => words))).not.toMatch(/^THE-ALERT/m);
});

/** Without what the card puts there itself: labels, links, and what is there to be copied between fences. */
function withoutOurs(text: string): string {
  return text
    .replace(/^```\n[^`]*\n```$/gm, '')
    .replace(/https:\/\/\S+/g, '')
    .replace(/^\*[a-zA-Z -]+\*(?: |$)/gm, '');
}

it('a card has no link, mention, markup or escape that a caller chose', async () => {
  const property = fc.property(alerts, (alert) => {
    const { content, metadata } = renderChatCard({ kind: 'alert', alert }, STYLE);
    for (const text of metadata.relatedResources) expectNoForeignLink(text);
    for (const text of [content.title, content.description, ...content.nextSteps, metadata.summary]) {
      expectPrintable(text);
      expectNoForeignLink(text);
      expect(withoutOurs(text)).not.toMatch(/[<>`~|]|:skull:|(?<![a-z0-9_])_|_(?![a-z0-9_])/i);
    }
    // The only stars are those around our labels at the start of a line.
    expect(withoutOurs(content.description)).not.toContain('*');
  });
  await holds(RUNS, property);
});

describe('an identity with a live name is inert in the exception that is proposed, in card and e-mail', () => {
  const at = { from: T0, until: T0 + 300, account: '111122223333' };
  const notificationsOf = (actor: string): Notification[] => {
    const held = {
      kind: 'held',
      alertId: 'a',
      at: T0,
      actor,
      account: at.account,
      start: T0,
      end: T0 + 30,
      regions: 10,
    } as const;
    const repeat = { ...held, kind: 'suppressed' } as const;
    const alert = hostileAlert(() => actor);
    return [
      { kind: 'alert', alert },
      { kind: 'follow-up', alert, regionsBefore: 9, added: [], joinedWith: [] },
      { kind: 'notice', ...at, limit: 1, count: 1, entries: [held] },
      { kind: 'summary', ...at, actor, accountName: undefined, count: 1, entries: [repeat] },
    ];
  };
  it.each([
    'http://evil.example',
    ':skull:',
    '<!channel>',
    '@here',
    '[ok](http://evil.example)',
    '<http://evil.example|ok>',
  ])('%s', (name) => {
    for (const before of ['', 'arn:aws:sts::111122223333:assumed-role/r/', 'AIDA:']) {
      for (const notification of notificationsOf(`${before}${name}`)) {
        const { content, metadata } = renderChatCard(notification, STYLE);
        const texts = [content.title, content.description, ...content.nextSteps, ...metadata.relatedResources];
        for (const text of texts) {
          expectNoForeignLink(text);
          expect(withoutOurs(text)).not.toMatch(/[<>`~|]|:skull:/);
        }
        expectNoForeignLink(renderEmail(notification, STYLE));
      }
    }
  });
});

/** What a terminal, a browser or a reader takes for an address. */
const LOOKS_LIVE = /\w:\/\/|\bwww\.|\w@\w|\\\\/i;

const OUR_TAGS =
  'body html article section h1 h2 h3 p q ul ol li dl dt dd div span pre code a svg line rect text title';

it('a page has no element, attribute or address that a caller chose', async () => {
  const property = fc.property(alerts, (alert) => {
    const page = pageOf(alert);
    const body = page.slice(page.indexOf('<body>'));
    const tags = new Set([...body.matchAll(/<\/?([^\s>/]+)/g)].map(([, name]) => name!));
    expect([...tags].filter((tag) => !OUR_TAGS.split(' ').includes(tag))).toEqual([]);
    expect(body).not.toMatch(/<[^>]*\son\w+\s*=/i);
    const addresses = [...body.matchAll(/href="([^"]*)"/g)].map(([, address]) => address!.replaceAll('&amp;', '&'));
    expect(addresses.filter((address) => !OWN_LINK.test(address))).toEqual([]);
    expectPrintable(page);
    const quoted = [...page.matchAll(/<(?:q|title)>(.*?)<\/(?:q|title)>/g)].map(([, text]) => text!);
    expect(quoted.length).toBeGreaterThan(20);
    expect(quoted.filter((text) => LOOKS_LIVE.test(text))).toEqual([]);
    expect(renderTerminal(alert)).not.toMatch(LOOKS_LIVE);
  });
  await holds(RUNS, property);
});

it('a terminal and a page show names as they are, to be copied', () => {
  const arn = 'arn:aws:sts::111122223333:assumed-role/john.doe_x/build.runner-7';
  const alert = hostileAlert(() => arn);
  for (const text of [renderTerminal(alert), pageOf(alert)]) expect(text).toContain(arn);
});

it('a terminal gets printable lines of at most 100 characters, and JSON is one that has all verbatim', async () => {
  const attacks = fc.record({
    ...{ agent: hostile, session: hostile, source: hostile, error: hostile },
    ...{ key: hostile, account: hostile, region: hostile },
  });
  const property = fc.asyncProperty(attacks, async ({ agent, session, source, error, key, account, region }) => {
    const identity = { ...roleSession('deploy', session), accountId: account, accessKeyId: key };
    const fields = { userAgent: agent, sourceIPAddress: source, errorCode: error };
    const [first, ...others] = sweep({ regions: 10, identity, fields });
    const alert = await alertIn([[{ ...first, awsRegion: `${REGIONS[0]}${region}` }, ...others]]);
    const text = renderTerminal(alert);
    expectPrintable(text);
    expect(text.endsWith('\n')).toBe(true);
    expect(Math.max(...text.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(100);
    expect(text.split('\n').length).toBeLessThan(100);
    const ecs = renderEcs(alert);
    const line = sanitizeJson(ecs);
    expect(line).not.toContain('\n');
    expectPrintable(line);
    expect(JSON.parse(line)).toEqual(ecs);
    expect(ecs.user_agent.original).toEqual(agent === '' ? [] : [agent]);
    expect(ecs.regionsweep.actor).toBe(roleSession('deploy', session).arn);
  });
  await holds(RUNS, property);
});
