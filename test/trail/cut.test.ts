import { gzipSync } from 'node:zlib';
import { document, iso, sweep, T0 } from '../support/records';
import { objectOf, replayed } from '../support/replay';

/** A small object cut at every one of its bytes, each time beside a whole one with a sweep of its own. */

const COUNT = 4;
const parameters = { minRegions: 3, minCalls: 3 };
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
const members = Buffer.concat([gzipSync(text.slice(0, 300)), gzipSync(text.slice(300))]);

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

it.each([
  ['JSON', Buffer.from(text)],
  ['gzip', gzipSync(text)],
  ['gzip of two members', members],
])('%s cut at every byte is an error that names it, and the rest is read', async (_, bytes) => {
  for (let length = 0; length < bytes.length; length++) {
    const { error, failed, alerts, matchedCalls } = await found(bytes.subarray(0, length));
    expect(error).toMatch(/^cut(:| is )/);
    expect(failed).toBe(1);
    expect(alerts).toBe(matchedCalls >= 3 ? 2 : 1);
  }
  expect(await found(bytes)).toEqual({ alerts: 2, failed: 0, matchedCalls: COUNT, error: undefined });
});

it('JSON cut at every byte names the byte, and the records before it count', async () => {
  const bytes = Buffer.from(text);
  const ends = [...text.matchAll(/"eventID":"\d"}/g)].map(({ index, 0: end }) => index + end.length);
  for (let length = 1; length < bytes.length; length++) {
    const { error, matchedCalls } = await found(bytes.subarray(0, length));
    expect(error).toContain(`cut: byte ${length}: cut short: expected `);
    expect(matchedCalls).toBe(ends.filter((end) => end <= length).length);
  }
});

it('a longer cut of a gzip never gives less', async () => {
  let before = 0;
  for (let length = 0; length < members.length; length++) {
    const { matchedCalls } = await found(members.subarray(0, length));
    expect(matchedCalls).toBeGreaterThanOrEqual(before);
    before = matchedCalls;
  }
  expect(before).toBe(COUNT);
});
