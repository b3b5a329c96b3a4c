import fc from 'fast-check';
import { sanitize, sanitizeJson } from '../../lambda/util/sanitize';
import { holds } from '../support/properties';

const NASTY = [
  '\u001b[2J',
  '\u009b31m',
  '\u202e',
  '\r\n',
  '\u2028',
  '\u0000',
  '\u200b',
  '\ud800',
  '\u{e0041}',
  '\\u001b',
  '😀',
];

const hostile = fc
  .array(fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', maxLength: 8 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join(''));

const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]*$/u;

it('indented JSON is printable lines', async () => {
  const property = fc.property(fc.array(hostile), (texts) => {
    const indented = sanitizeJson(texts, 2);
    for (const line of indented.split('\n')) expect(line).toMatch(PRINTABLE);
    expect(JSON.parse(indented)).toEqual(texts);
  });
  await holds(500, property);
});

it.each([
  ['Boto3/1.34.0 (Ünïcödé 漢字 😀)', 'Boto3/1.34.0 (Ünïcödé 漢字 😀)'],
  ['\u001b[31mred', '\\u{1b}[31mred'],
  ['a\nb', 'a\\u{a}b'],
  ['\u202egnp.exe', '\\u{202e}gnp.exe'],
  ['\ud800', '\\u{d800}'],
  ['a\u034f\u3164\ufe0f', 'a\\u{34f}\\u{3164}\\u{fe0f}'],
])('sanitized text shows %j as %j', (text, shown) => {
  expect(sanitize(text)).toBe(shown);
});

it('cuts a sanitized text to the given length, with an ellipsis', async () => {
  expect(sanitize('abcdef', 4)).toBe('abc…');
  const property = fc.property(hostile, fc.integer({ min: 1, max: 50 }), (text, maxLength) => {
    const shown = [...sanitize(text, maxLength)];
    expect(shown.length).toBeLessThanOrEqual(maxLength);
    expect(shown.join('')).toMatch(PRINTABLE);
    if ([...text].length > maxLength) expect(shown.at(-1)).toBe('…');
  });
  await holds(1000, property);
});
