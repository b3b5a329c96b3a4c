import { gzipSync } from 'node:zlib';
import { readEntries } from '../../lambda/detection/exception-document';
import { MAX_FAULTS, readObject } from '../../lambda/trail/object-reader';
import { document, REGIONS, record, sweep, T0 } from '../support/records';
import { type Content, objectOf, type ReplaySettings, readingOf } from '../support/replay';

const KEY = 'trail/one.json.gz';

function read(content: Content | readonly Uint8Array[], settings: ReplaySettings = {}) {
  const object = Array.isArray(content) ? { key: KEY, pieces: content } : objectOf(KEY, content as Content);
  return readObject({ bucket: '', key: KEY }, readingOf([object], settings));
}

const three = document(sweep({ regions: 3 }));

describe('an object', () => {
  it.each<[string, Content]>([
    ['plain', three],
    ['plain with a byte order mark', `\ufeff${three}`],
    ['gzip', gzipSync(three)],
    ['several gzip members', Buffer.concat([three.slice(0, 99), three.slice(99)].map((part) => gzipSync(part)))],
    ['a bare array', JSON.stringify(sweep({ regions: 3 }))],
    [
      'one record a line',
      sweep({ regions: 3 })
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    ],
    ['pretty-printed', JSON.stringify({ Records: sweep({ regions: 3 }) }, null, 2)],
  ])('is read whatever its name says: %s', async (_, content) => {
    const { records, matchedCalls, error } = await read(content);
    expect(error).toBeUndefined();
    expect(records).toBe(3);
    expect(matchedCalls.map(({ region }) => region)).toEqual(REGIONS.slice(0, 3));
  });

  it('is known as gzip by its first two bytes, even one by one', async () => {
    const bytes = [...gzipSync(three)].map((byte) => Buffer.from([byte]));
    expect((await read(bytes)).matchedCalls).toHaveLength(3);
  });

  it('counts what it skips by kind, the time first, then the identity and the region', async () => {
    const records = [T0 - 1, T0, T0 + 30].flatMap((at) => [
      record({ at }),
      record({ at, identity: { type: 'AWSService', invokedBy: 'autoscaling.amazonaws.com' } }),
      record({ at, region: REGIONS[1]! }),
    ]);
    const settings = { since: T0, until: T0 + 30, parameters: { ignoreRegions: [REGIONS[1]!] } };
    const { matchedCalls, skipped } = await read(document(records), settings);
    expect(matchedCalls).toHaveLength(1);
    expect(skipped).toEqual({ unattributed: 1, ignoredRegion: 1, outsideTime: 6, excepted: 0, unplaceable: 0 });
  });

  it('skips what an exception matches, counted for each', async () => {
    const why = { reason: 'known', owner: 'me' };
    const { exceptions } = readEntries([
      { ...why, source: '203.0.113.0/24' },
      { ...why, userAgent: 'Boto3/*' },
      { ...why, arn: 'arn:none' },
    ]);
    const records = [
      record(),
      record({ fields: { sourceIPAddress: '203.0.113.9' } }),
      record({ fields: { sourceIPAddress: '203.0.113.9', userAgent: 'Boto3/1.40' } }),
      record({ fields: { userAgent: 'Boto3/1.40' } }),
      record({ at: T0 - 1, fields: { userAgent: 'Boto3/1.40' } }),
      record({ fields: { userAgent: 'Boto3/1.40', eventName: 'DescribeVpcs' } }),
    ];
    const { matchedCalls, skipped, exceptedBy } = await read(document(records), { since: T0, exceptions });
    expect(matchedCalls).toHaveLength(1);
    expect(skipped).toMatchObject({ excepted: 3, outsideTime: 1 });
    expect([...exceptedBy]).toEqual([
      ['exception 1', 2],
      ['exception 2', 1],
    ]);
  });
});

describe('records that are none of the rule', () => {
  it.each([
    ['nested in parameters', { eventName: 'RunJob', requestParameters: { Records: [record()], record: record() } }],
    ['quoted in parameters', { eventName: 'PutObject', requestParameters: { body: document([record()]) } }],
    [
      'in a policy document',
      {
        eventName: 'PutRolePolicy',
        requestParameters: { policyDocument: '{"Action":["ec2:DescribeInstances","DescribeInstances"]}' },
      },
    ],
    ['in a user agent', { eventName: 'DescribeVpcs', userAgent: 'tool "DescribeInstances"' }],
    ['as a key', { eventName: 'DescribeVpcs', requestParameters: { DescribeInstances: {} } }],
  ])('never count: %s', async (_, fields) => {
    const { records, matchedCalls, faults } = await read(document([record({ fields })]));
    expect({ records, matchedCalls, faults }).toEqual({ records: 1, matchedCalls: [], faults: [] });
  });

  it('count when only their spelling hides them', async () => {
    const hidden = three.replaceAll('DescribeInstances', '\\u0044escribeInstances');
    expect((await read(hidden)).matchedCalls).toHaveLength(3);
  });
});

describe('a fault', () => {
  it('in a record names the place, and the rest is read', async () => {
    const records = [record(), record({ fields: { eventTime: 'now' } }), 'no record', record({ at: T0 + 1 })];
    const text = document(records);
    const { matchedCalls, faults, error, records: count } = await read(text);
    expect(error).toBeUndefined();
    expect(count).toBe(3);
    expect(matchedCalls).toHaveLength(2);
    expect(faults).toEqual([
      expect.objectContaining({
        index: 1,
        offset: text.indexOf('{', text.indexOf('},{"eventVersion"')),
        reason: expect.stringContaining('eventTime'),
      }),
      expect.objectContaining({
        index: 2,
        offset: text.indexOf('"no record"'),
        reason: 'a string where a record should be',
      }),
    ]);
  });

  it('in more records than a trail would have ends the object, and what came before counts', async () => {
    const strangers = Array.from({ length: 3 * MAX_FAULTS }, () => 1);
    const { matchedCalls, faults, error } = await read(document([...sweep({ regions: 3 }), ...strangers]));
    expect(error?.message).toMatch(
      /^trail\/one\.json\.gz: byte \d+: more than 10000 of its records cannot be placed, the last of them record 10003$/,
    );
    expect([matchedCalls.length, faults.length]).toEqual([3, MAX_FAULTS + 1]);
  });

  it('in the document names object and byte, and the records before it count', async () => {
    const cut = three.slice(0, three.lastIndexOf('"eventID"'));
    const { matchedCalls, error, records } = await read(cut);
    expect(error?.message).toBe(`${KEY}: byte ${cut.length}: cut short: expected the end of a value`);
    expect(error).not.toHaveProperty('cause');
    expect(records).toBe(2);
    expect(matchedCalls).toHaveLength(2);
  });

  it('at a second Records key names its byte, and the records before it count', async () => {
    const first = `{"Records":${JSON.stringify(sweep({ regions: 3 }))},`;
    const second = JSON.stringify(sweep({ regions: 3, at: T0 + 60 }));
    const { records, matchedCalls, error } = await read(`${first}"Records":${second}}`);
    expect(error?.message).toContain(`${KEY}: byte ${first.length}: a second "Records" key`);
    expect([records, matchedCalls.length]).toEqual([3, 3]);
  });

  it.each<[string, Content, RegExp]>([
    ['nothing', '', /byte 0: empty/],
    ['another document', '{"digestS3Bucket":"b"}', /byte 0: not CloudTrail: .*"digestS3Bucket"/],
    ['Records that are no array', '{"Records":{}}', /byte 11: not CloudTrail: "Records" is an object/],
    ['no JSON', 'Dear reader', /byte 0: expected an object or an array, found 'D'/],
    ['a gzip header alone', Buffer.from([0x1f, 0x8b]), /trail\/one\.json\.gz is cut short/],
    [
      'a corrupt gzip',
      Buffer.concat([gzipSync(three).subarray(0, 10), Buffer.alloc(50, 0xff)]),
      /trail\/one\.json\.gz is corrupt/,
    ],
  ])('is the error of %s', async (_, content, message) => {
    const { error, matchedCalls } = await read(content);
    expect(error?.message).toMatch(message);
    expect(error?.message).toContain(KEY);
    expect(matchedCalls).toEqual([]);
  });

  it.each<[string, Content]>([
    ['plain', three],
    ['gzip', gzipSync(three)],
  ])('is the error of more than the limit: %s', async (_, content) => {
    const limit = three.length;
    expect((await read(content, { limit })).error).toBeUndefined();
    expect((await read(content, { limit: limit - 1 })).error?.message).toMatch(/one\.json\.gz.*limit/);
  });
});
