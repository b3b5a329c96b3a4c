import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { globOf, shellWord, sqlText, urlPart } from '../../lambda/alert/guide/quoting';
import { matchesGlob } from '../../lambda/detection/exception-document';
import { holds } from '../support/properties';

const NASTY = [
  "it's",
  '$(id)',
  '`id`',
  'a b',
  '-rf',
  '--x',
  "'; DROP TABLE x; --",
  'a\nb',
  '*',
  '~',
  '\\',
  '"',
  '!',
  '#a',
  '',
];

const nasty = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

const texts = fc.array(nasty, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));

it('a shell gets the value as one word that is no link, or nothing', async () => {
  const words: [string, string][] = [];
  const names = fc.stringMatching(/^[\w+=,.@-]{1,64}$/);
  const property = fc.property(fc.oneof(texts, names), (text) => {
    const word = shellWord(text);
    if (word === undefined) {
      expect(text).not.toMatch(/^[\w+,.@][\w+=,.@-]*$/);
      return;
    }
    words.push([text, word]);
    expect(word).not.toMatch(/(?<!\\)[.@]/);
  });
  await holds(2000, property);
  const script = `printf '%s\\0' ${words.map(([, word]) => word).join(' ')}`;
  const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  expect(words.length).toBeGreaterThan(100);
  expect(stdout.split('\0').slice(0, -1)).toEqual(words.map(([text]) => text));
});

it.each<[string, (text: string) => string | undefined, (quoted: string, text: string) => void]>([
  [
    'SQL gets the value as one string',
    sqlText,
    (quoted, text) => {
      expect(quoted).toMatch(/^'(?:[^']|'')*'$/);
      expect(quoted.slice(1, -1).replaceAll("''", "'")).toBe(text);
    },
  ],
  [
    'a URL gets the value as one part',
    urlPart,
    (quoted, text) => {
      expect(quoted).toMatch(/^[\w.%-]+$/);
      expect(decodeURIComponent(quoted)).toBe(text);
    },
  ],
  [
    'a glob matches the value and is harmless',
    globOf,
    (glob, text) => {
      expect(glob).toMatch(/^[\w+=,/:?-]+$/);
      if (text.length === [...text].length) expect(matchesGlob(glob, text)).toBe(true);
    },
  ],
])('%s, or there is none', async (_, quote, check) => {
  const property = fc.property(texts, (text) => {
    const quoted = quote(text);
    if (quoted !== undefined) check(quoted, text);
  });
  await holds(2000, property);
});
