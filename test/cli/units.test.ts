import { moment } from '../../bin/cli/options';
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

describe('a time', () => {
  const now = Date.parse('2026-11-24T04:00:00Z') / 1000;

  it.each([
    ['2026-11-24', '2026-11-24T00:00:00Z'],
    ['2026-11-24Z', '2026-11-24T00:00:00Z'],
    ['2026-11-24+02:00', '2026-11-23T22:00:00Z'],
    ['2026-11-24T04:01', '2026-11-24T04:01:00Z'],
    ['2026-11-24 04:01:30', '2026-11-24T04:01:30Z'],
    ['2026-11-24 04:01:30.999 UTC', '2026-11-24T04:01:30Z'],
    ['2026-11-24t04:01:30z', '2026-11-24T04:01:30Z'],
    ['2026-11-24T04:01:30+05', '2026-11-23T23:01:30Z'],
    ['2026-11-24T04:01:30 -0230', '2026-11-24T06:31:30Z'],
    ['90s', '2026-11-24T03:58:30Z'],
    ['30m', '2026-11-24T03:30:00Z'],
    ['2h', '2026-11-24T02:00:00Z'],
    ['7d', '2026-11-17T04:00:00Z'],
    ['4w', '2026-10-27T04:00:00Z'],
  ])('%s is %s', (text, expected) => {
    expect(moment(text)(now)).toBe(Date.parse(expected) / 1000);
  });

  it.each(['', '7', '7y', '-7d', '2026-11', '2026-02-30', '2026-11-24T25:00', '24.11.2026', '2026-11-24T04', 'now'])(
    'is not %j',
    (text) => {
      expect(() => moment(text)).toThrow('Expected a date or time');
    },
  );
});
