import { formatBytes, formatDuration } from '../../bin/cli/progress';

it.each([
  [0.2, '1 s'],
  [59.4, '1 min 0 s'],
  [119.6, '2 min 0 s'],
  [3599.7, '1 h 0 min'],
  [7170, '2 h 0 min'],
])('%d seconds are told as %s', (seconds, told) => {
  expect(formatDuration(seconds)).toBe(told);
});

it.each([
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_400, '999 kB'],
  [999_600, '1.0 MB'],
])('%d bytes are told as %s', (bytes, told) => {
  expect(formatBytes(bytes)).toBe(told);
});
