import { gzipSync } from 'node:zlib';
import { document, iso, sweep, T0 } from '../support/records';
import { objectOf, replayed } from '../support/replay';

/** A small object cut at every one of its bytes, each time beside a whole one with a sweep of its own. */

const COUNT = 2;
const LEAST = 1;
const parameters = { minRegions: LEAST, minCalls: LEAST };
const whole = objectOf('whole.json', document(sweep({ regions: COUNT })));

const text = document(
  Array.from({ length: COUNT }, (_, index) => ({
    eventTime: iso(T0 + 60 + index),
    eventSource: 'ec2.amazonaws.com',
    eventName: 'DescribeInstances',
    awsRegion: `region-${index}`,
    userIdentity: { arn: 'arn:x' },
    eventID: `${index}`,
  })),
);
const members = Buffer.concat([gzipSync(text.slice(0, 200)), gzipSync(text.slice(200))]);

/** What is found when the one object is these bytes. */
async function found(bytes: Uint8Array) {
  const { alerts, totals, read } = await replayed([objectOf('cut', bytes), whole], { parameters });
  return {
    alerts: alerts.length,
    failed: totals.failedObjects,
    matchedCalls: totals.matchedCalls - COUNT,
    error: read.get('cut')!.failure?.message,
  };
}

describe.each([
  ['JSON', Buffer.from(text)],
  ['gzip', gzipSync(text)],
  ['gzip of two members', members],
])('%s', (form, bytes) => {
  const cuts: Awaited<ReturnType<typeof found>>[] = [];

  beforeAll(async () => {
    for (let length = 0; length < bytes.length; length++) cuts.push(await found(bytes.subarray(0, length)));
  });

  it('cut at every byte is an error that names it, and the rest is read', async () => {
    for (const { error, failed, alerts, matchedCalls } of cuts) {
      expect(error).toMatch(/^cut(:| is )/);
      expect([failed, alerts]).toEqual([1, matchedCalls >= LEAST ? 2 : 1]);
    }
    expect(await found(bytes)).toEqual({ alerts: 2, failed: 0, matchedCalls: COUNT, error: undefined });
  });

  it('never gives less for a longer cut', () => {
    const given = cuts.map(({ matchedCalls }) => matchedCalls);
    expect(given).toEqual([...given].sort((a, b) => a - b));
    expect(given.at(-1)).toBe(COUNT);
  });

  if (form !== 'JSON') return;

  it('names the byte of the cut, and the records before it count', () => {
    const ends = [...text.matchAll(/"eventID":"\d"}/g)].map(({ index, 0: end }) => index + end.length);
    for (const [length, { error, matchedCalls }] of cuts.entries()) {
      if (length > 0) expect(error).toContain(`cut: byte ${length}: cut short: expected `);
      expect(matchedCalls).toBe(ends.filter((end) => end <= length).length);
    }
  });
});
