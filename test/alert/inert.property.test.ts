import fc from 'fast-check';
import type { Alert } from '../../lambda/alert/model';
import { renderEcs } from '../../lambda/alert/render/ecs';
import { renderTerminal } from '../../lambda/alert/render/plain-text';
import { sanitize, sanitizeJson } from '../../lambda/util/sanitize';
import { holds } from '../support/properties';
import { document, REGIONS, roleSession, sweep } from '../support/records';
import { objectsOf, replayed } from '../support/replay';

/** Printable in the sense of a terminal: nothing that moves, hides, colours or turns what stands around it. */
const PRINTABLE_LINES = /^[^\p{C}\p{Zl}\p{Zp}]*$/u;

const NASTY = [
  '\u001b[2J',
  '\u001b]0;owned\u0007',
  '\u009b31m',
  '\u202e',
  '\u2066',
  '\r\n',
  '\u2028',
  '\u0000',
  '\u007f',
  '\u200b',
  '\ufeff',
  '\ud800',
  '\u{e0041}',
  '\\u001b',
  '<b>',
  '|',
  '`',
  '\t',
  '😀',
  'x'.repeat(700),
];

const hostile = fc
  .array(fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', maxLength: 8 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join(''));

const anAttack = fc.record({
  agent: hostile,
  session: hostile,
  source: hostile,
  error: hostile,
  key: hostile,
  account: hostile,
  region: hostile,
});

type Attack = typeof anAttack extends fc.Arbitrary<infer T> ? T : never;

async function alertUnder({ agent, session, source, error, key, account, region }: Attack): Promise<Alert> {
  const identity = { ...roleSession('deploy', session), accountId: account, accessKeyId: key };
  const fields = { userAgent: agent, sourceIPAddress: source, errorCode: error };
  const records = sweep({ regions: 10, identity, fields }).map((each, index) =>
    index === 0 ? { ...each, awsRegion: `${REGIONS[0]}${region}` } : each,
  );
  const { alerts } = await replayed(objectsOf(document(records)));
  expect(alerts).toHaveLength(1);
  return alerts[0]!;
}

describe('whatever the records hold', () => {
  it('a terminal gets printable lines of at most 100 characters', async () => {
    const property = fc.asyncProperty(anAttack, async (attack) => {
      const text = renderTerminal(await alertUnder(attack));
      expect(text.endsWith('\n')).toBe(true);
      for (const line of text.split('\n')) {
        expect(line).toMatch(PRINTABLE_LINES);
        expect([...line].length).toBeLessThanOrEqual(100);
      }
      expect(text.split('\n').length).toBeLessThan(100);
    });
    await holds(300, property);
  });

  it('JSON is one printable line that says it verbatim', async () => {
    const property = fc.asyncProperty(anAttack, async (attack) => {
      const ecs = renderEcs(await alertUnder(attack));
      const line = sanitizeJson(ecs);
      expect(line).toMatch(PRINTABLE_LINES);
      expect(JSON.parse(line)).toEqual(ecs);
      expect(ecs.user_agent.original).toEqual([attack.agent].filter((agent) => agent !== ''));
      expect(ecs.regionsweep.actor).toBe(roleSession('deploy', attack.session).arn);
    });
    await holds(300, property);
  });

  it('indented JSON is printable lines', async () => {
    const property = fc.property(fc.array(hostile), (texts) => {
      const indented = sanitizeJson(texts, 2);
      for (const line of indented.split('\n')) expect(line).toMatch(PRINTABLE_LINES);
      expect(JSON.parse(indented)).toEqual(texts);
    });
    await holds(500, property);
  });
});

describe('inert text', () => {
  it.each([
    ['Boto3/1.34.0 (Ünïcödé 漢字 😀)', 'Boto3/1.34.0 (Ünïcödé 漢字 😀)'],
    ['\u001b[31mred', '\\u{1b}[31mred'],
    ['a\nb', 'a\\u{a}b'],
    ['\u202egnp.exe', '\\u{202e}gnp.exe'],
    ['\ud800', '\\u{d800}'],
  ])('shows %j as %j', (text, shown) => {
    expect(sanitize(text)).toBe(shown);
  });

  it('is cut to what there is room for, and says so', async () => {
    expect(sanitize('abcdef', 4)).toBe('abc…');
    const property = fc.property(hostile, fc.integer({ min: 1, max: 50 }), (text, longest) => {
      const shown = [...sanitize(text, longest)];
      expect(shown.length).toBeLessThanOrEqual(longest);
      expect(shown.join('')).toMatch(PRINTABLE_LINES);
      if ([...text].length > longest) expect(shown.at(-1)).toBe('…');
    });
    await holds(1000, property);
  });
});
