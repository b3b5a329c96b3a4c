import { gzipSync } from 'node:zlib';
import { readObject } from '../../lambda/trail/object-reader';
import { ENVELOPES } from '../support/envelopes';
import { document, record, roleSession, sweep } from '../support/records';
import { objectOf, readingOf } from '../support/replay';

const KEY = 'any';

function read(text: string | Buffer) {
  return readObject({ bucket: '', key: KEY }, readingOf([objectOf(KEY, text)]));
}

const records = [
  ...sweep({ regions: 7 }),
  ...sweep({ regions: 5, identity: roleSession('deploy', 'build=7,x'), denied: true }),
  record({ fields: { eventName: 'DescribeVpcs' } }),
];

describe('the same calls are read from', () => {
  it.each(Object.keys(ENVELOPES))('%s', async (name) => {
    const [plain, other] = [await read(document(records)), await read(ENVELOPES[name]!(records))];
    expect(other.error).toBeUndefined();
    expect(other.faults).toEqual([]);
    expect(other.records).toBe(records.length);
    expect(other.matchedCalls).toEqual(plain.matchedCalls);
  });

  it('several gzip documents run together', async () => {
    const subscription = ENVELOPES['CloudWatch Logs, a subscription']!;
    const all = Buffer.concat([records.slice(0, 6), records.slice(6)].map((some) => gzipSync(subscription(some))));
    expect((await read(all)).matchedCalls).toHaveLength(12);
  });
});

describe('a record of its own', () => {
  it.each([
    ['within a record', { ...records[0]!, eventName: 'PutEvents', detail: records[1], Events: [records[2]] }],
    ['on a bus, from a source that is not of AWS', { source: 'my.app', 'detail-type': 'x', detail: records[0] }],
    ['in the value of a column', { eventname: 'DescribeVpcs', eventsource: 'x', requestparameters: document(records) }],
  ])('is not what lies %s', async (_, value) => {
    const { matchedCalls, records: count } = await read(JSON.stringify([records[12], value]));
    expect(matchedCalls).toEqual([]);
    expect(count).toBeLessThanOrEqual(2);
  });

  it('is no line of a log without JSON, which is a fault', async () => {
    const line = `2026-11-24T04:00:00.000Z ${JSON.stringify(records[0])}\n`;
    const { matchedCalls, faults, error } = await read(
      `${line}2026-11-24T04:00:01.000Z START\n${line}2026-11-24 04:00 END`,
    );
    expect(error).toBeUndefined();
    expect(matchedCalls).toHaveLength(2);
    expect(faults.map(({ index, offset, reason }) => [index, offset, reason])).toEqual([
      [1, line.length, 'a line without JSON where a record should be'],
      [3, 2 * line.length + 31, 'a line without JSON where a record should be'],
    ]);
  });

  it('is reported by kind if its envelope holds something else', async () => {
    const { faults, records: count } = await read(JSON.stringify({ Events: [{ CloudTrailEvent: 'x' }, ...records] }));
    expect(count).toBe(records.length);
    expect(faults).toEqual([expect.objectContaining({ index: 0, reason: 'a string where a record should be' })]);
  });
});

it('ends on endlessly nested envelopes, and on columns made to take long', async () => {
  const nested = Array.from({ length: 40 }).reduce<string>(
    (text) => JSON.stringify({ message: text }).slice(0, 1e6),
    '7',
  );
  const struct = `{${'a'.repeat(1e6)}, ${'b=, '.repeat(1e5)}}`;
  const begun = process.cpuUsage();
  for (const value of [
    nested,
    { eventname: 'x', useridentity: struct },
    { eventName: 'DescribeInstances', userIdentity: struct },
  ]) {
    expect((await read(JSON.stringify([value, records[0]]))).matchedCalls).toHaveLength(1);
  }
  // Quadratic in a million characters, they would take minutes.
  const { user, system } = process.cpuUsage(begun);
  expect((user + system) / 1e6).toBeLessThan(20);
});
