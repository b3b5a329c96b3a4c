import { formatBytes, formatCount, formatDuration, formatMany } from '../../bin/cli/progress';

it.each([
  [0.2, '1 s'],
  [59.4, '1 min 0 s'],
  [119.6, '2 min 0 s'],
  [3599.7, '1 h 0 min'],
  [7170, '2 h 0 min'],
])('formats %d seconds as %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

it.each([
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_400, '999 kB'],
  [999_600, '1.0 MB'],
])('formats %d bytes as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

it('groups digits, and forms plurals', () => {
  expect([0, 999, 1000, 1_234_567].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,567']);
  expect([0, 1, 2000].map((count) => formatMany(count, 'object'))).toEqual(['0 objects', '1 object', '2,000 objects']);
});
