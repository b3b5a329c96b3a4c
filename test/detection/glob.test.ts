import fc from 'fast-check';
import { matchesGlob } from '../../lambda/detection/exception-document';
import { holds } from '../support/properties';

it.each([
  ['', '', true],
  ['*', '', true],
  ['?', '', false],
  ['a*', 'a', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-b-b-', false],
  ['*ab', 'aab', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['A', 'a', false],
  ['arn:aws:iam::*:role/inventory', 'arn:aws:iam::111122223333:role/inventory', true],
  ['arn:aws:iam::*:role/inventory', 'arn:aws:iam::111122223333:role/inventory2', false],
  ['*/inventory', 'arn:aws:iam::111122223333:role/path/inventory', true],
  ['[ab]', 'a', false],
  ['[ab]', '[ab]', true],
  ['{a,b}', 'a', false],
  ['{a,b}', '{a,b}', true],
  ['!a', 'b', false],
  ['a+(b)', 'a+(b)', true],
  ['a.c', 'abc', false],
  ['a\\*', 'a\\bc', true],
  ['a*b', 'a\nb', true],
])('%j on %j is %j', (pattern, text, expected) => {
  expect(matchesGlob(pattern, text)).toBe(expected);
});

const symbols = (alphabet: string, most: number) =>
  fc.array(fc.constantFrom(...alphabet), { maxLength: most }).map((characters) => characters.join(''));

it('matches what the same pattern as a regular expression matches', () =>
  holds(
    3000,
    fc.property(symbols('ab.[*?', 8), symbols('ab.[', 12), (pattern, text) => {
      const source = pattern.replace(/[.[]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.');
      expect(matchesGlob(pattern, text)).toBe(new RegExp(`^${source}$`, 's').test(text));
    }),
    [['*a*b', 'aab']],
  ));

it('is never slow, whatever the pattern', () =>
  holds(
    60,
    fc.property(
      fc.array(fc.constantFrom('*', '*a', '**?', '*?a', 'a*', '*aaaaaaab'), {
        minLength: 20,
        maxLength: 120,
      }),
      (parts) => {
        const pattern = parts.join('').slice(0, 500);
        const begun = process.cpuUsage();
        for (const text of ['a'.repeat(5000), `${'a'.repeat(5000)}b`]) matchesGlob(`${pattern}c`, text);
        const { user, system } = process.cpuUsage(begun);
        // Far from what backtracking would take, and far above what the steps allowed take.
        expect((user + system) / 1000).toBeLessThan(500);
      },
    ),
  ));
