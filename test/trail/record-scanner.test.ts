import { MAX_RECORD_BYTES } from '../../lambda/trail/scanner/record-scanner';
import { LITERAL, type Scan, scanPieces } from '../support/scan-reference';

const CALL = '{"eventVersion":"1.08","eventName":"DescribeInstances"}';

const OTHER = '{"eventVersion":"1.08","eventName":"RunInstances"}';

/** Scans whole, in pieces of 1, 3 and 7 bytes, and insists that the piece size makes no difference. */
function scan(document: string | Buffer, literals: readonly string[] = [LITERAL]): Scan {
  const bytes = Buffer.from(document as string);
  const whole = scanPieces(bytes, [Math.max(bytes.length, 1)], literals);
  for (const size of [1, 3, 7]) {
    const { error, ...rest } = scanPieces(bytes, [size], literals);
    const { error: wholeError, ...wholeRest } = whole;
    expect(rest).toEqual(wholeRest);
    expect(error?.message).toBe(wholeError?.message);
  }
  return whole;
}

const given = (result: Scan): number[] => [...result.values.keys()];

const fault = (document: string | Buffer): string => scan(document).error?.message ?? 'no error';

describe('documents', () => {
  it.each([
    ['an envelope', `{"Records":[${OTHER},${CALL}]}`, 2, [1]],
    ['a trailing newline', `{"Records":[${CALL}]}\n`, 1, [0]],
    ['white space everywhere', ` {\t"Records" :\r\n[ ${OTHER} , ${CALL} ] }\n`, 2, [1]],
    ['a byte order mark', `\ufeff{"Records":[${CALL}]}`, 1, [0]],
    ['files with a byte order mark, run together', `\ufeff[${OTHER}]\r\n\ufeff[${CALL}]`, 2, [1]],
    ['a bare array', `[${CALL},${OTHER}]`, 2, [0]],
    ['a record by itself', CALL, 1, [0]],
    ['a record by itself, known by its last key', `{"a":{"b":[1]},"eventID":"DescribeInstances"}`, 1, [0]],
    ['a record known by an escaped key', `{"\\u0065ventName":"DescribeInstances"}`, 1, [0]],
    ['one record a line', `${OTHER}\n${CALL}\r\n${OTHER}\n`, 3, [1]],
    ['envelopes run together', `{"Records":[${OTHER}]}{"Records":[${CALL}]}`, 2, [1]],
    ['shapes mixed', `[${OTHER}] ${CALL} {"Records":[]} {"Records":[${CALL}]}`, 3, [1, 2]],
    ['keys around Records', `{"a":"x","n":-1.5e3,"Records":[${CALL}],"z":[{}],"t":true}`, 1, [0]],
    ['an escaped Records key', `{"Rec\\u006frds":[${CALL}]}`, 1, [0]],
    ['record keys beside Records', `{"eventVersion":"1","Records":[${OTHER},${CALL}],"eventName":"a"}`, 2, [1]],
    [
      'records known by another key than the first',
      `[{"awsRegion":"x",${OTHER.slice(1)},{"a":1,${CALL.slice(1)}]`,
      2,
      [1],
    ],
    ['no records', '{"Records":[]}', 0, []],
    ['an empty array', ' [ ] ', 0, []],
  ])('reads %s', (_, document, records, candidates) => {
    const result = scan(document);
    expect(result.error).toBeUndefined();
    expect(result.records).toBe(records);
    expect(given(result)).toEqual(candidates);
  });

  it('fail at a second Records key, and what came before it is given', () => {
    const before = `[${CALL}]{"Records":[${CALL},${OTHER},7],"a":{"Records":[]},`;
    const result = scan(`${before}"Rec\\u006frds":[${CALL}]}`);
    expect(result).toMatchObject({ records: 3, faults: [3], failed: true });
    expect(given(result)).toEqual([0, 1]);
    expect(result.error?.message).toBe(
      `s3://b/k: byte ${before.length}: a second "Records" key, which CloudTrail never writes; replace or remove the object`,
    );
    expect(fault('{"Records":5,"Records":[]}')).toContain('byte 13: a second "Records" key');
    expect(fault('{"Events":[],"events":[]}')).toContain('byte 13: a second list of records');
    expect(scan(`{"Records":[]}{"Records":[${CALL}]}`)).toMatchObject({ records: 1, failed: false });
  });
});

/** Their texts, places and look-alikes, with literals and without: the differential test. */
describe('candidates', () => {
  it.each([
    ['before Records', `{"x":"DescribeInstances","Records":[${OTHER}]}`],
    ['after Records', `{"Records":[${OTHER}],"x":"DescribeInstances"}`],
    ['in a look-alike before Records', `{"x":{"Records":[${CALL}]},"Records":[${OTHER}]}`],
    ['within longer text', '{"Records":[{"eventID":"xDescribeInstances","b":"DescribeInstances "}]}'],
  ])('are not made by a literal %s', (_, document) => {
    expect(scan(document)).toMatchObject({ records: 1, failed: false, values: new Map() });
  });

  it('are parsed whole when an escape may hide the literal', () => {
    const result = scan(
      '{"Records":[{"eventName":"\\u0044escribeInstances"},{"eventID":"\\u006E"},{"eventID":"\\u003d\\u00e9"},{"eventID":"\\u20ac"},{"eventID":"\\u006a"}]}',
    );
    expect(given(result)).toEqual([0, 1]);
    expect(result.values.get(0)).toEqual({ eventName: 'DescribeInstances' });
    // Of this literal every character may be spelt with another digit.
    const [first, second] = ['{"eventID":"\\u002f"}', '{"eventID":"\\u0045"}'];
    expect(given(scan(`[${first},${second},{"eventID":"x/"}]`, ['x/']))).toEqual([0, 2]);
    expect(given(scan(`[${first},${second}]`, ['"\\n"']))).toEqual([0, 1]);
  });

  it('answer to any of several literals', () => {
    expect(given(scan(`[${OTHER},${CALL},{"eventID":1}]`, [LITERAL, '"RunInstances"']))).toEqual([0, 1]);
  });

  it('survive being carried over many chunks, whatever their size', () => {
    const records = [3_000, 3_000_000, 10, 70_000].map((length, i) => ({
      eventName: 'DescribeInstances',
      i,
      filler: 'abc"d'.repeat(length / 5),
    }));
    const document = JSON.stringify({ Records: records });
    const result = scanPieces(Buffer.from(document), [100, 1, 999, 16_384], [LITERAL]);
    expect([...result.values.values()]).toEqual(records);
    expect([...result.texts.values()]).toEqual(records.map((record) => JSON.stringify(record)));
  });

  it('read invalid UTF-8 with replacement characters', () => {
    const bytes = Buffer.from(`[{"eventName":"DescribeInstances","a":"?"}]`);
    bytes[bytes.indexOf('?')] = 0xff;
    expect(scan(bytes).values.get(0)).toEqual({ eventName: 'DescribeInstances', a: '\ufffd' });
  });
});

it('treats nothing as a record that has none of its keys', () => {
  const strangers = ['"DescribeInstances"', 'null', 'true', '-1e3', '[7]', '{"requestParameters":1,"a":2}', '{}'];
  const result = scan(`{"Records":[${strangers.join()},${CALL},false]}`);
  expect(result).toMatchObject({ records: 1, faults: [0, 1, 2, 3, 4, 5, 6, 8], failed: false });
  expect(given(result)).toEqual([7]);
  expect(result.reasons).toEqual(
    [
      ...['a string', 'null', 'a boolean', 'a number', 'a number', 'an object with the keys "requestParameters", "a"'],
      ...['an empty object', 'a boolean'],
    ].map((what) => `${what} where a record should be`),
  );
});

it('takes no event that a service sends for a record, though it has some of its keys', () => {
  const sent = (source: string) =>
    `{"eventVersion":"2.1", "eventSource" : "${source}","eventName":"DescribeInstances"}`;
  const tagged = `{"eventName":"DescribeInstances","requestParameters":{"eventSource":"aws:s3"}}`;
  const result = scan(`[${sent('aws:s3')},${CALL},${sent('aws:sqs')},${tagged},${sent('ec2.amazonaws.com')}]`);
  expect(result).toMatchObject({ records: 3, faults: [0, 2], failed: false });
  expect(given(result)).toEqual([1, 3, 4]);
  expect(result.reasons).toEqual(
    ['"aws:s3"', '"aws:sqs"'].map((source) => `an event of ${source} where a record should be`),
  );
  expect(fault(sent('aws:kinesis'))).toContain('found an event of "aws:kinesis"');
  expect(scan(`{"body":${JSON.stringify(CALL)},"eventSource":"aws:sqs"}`)).toMatchObject({ records: 1, failed: false });
});

it('refuses a document of nothing else', () => {
  expect(fault('{"Records":[{"a":1},7]}')).toBe(
    's3://b/k: byte 12: not CloudTrail: expected "Records" or a record\'s keys, found 2 times no record, first an object ' +
      'with the keys "a"; digests, insights and other JSON do not belong here',
  );
  expect(fault(`[${'7,'.repeat(20_000)}${CALL}]`)).toContain('found 10001 times no record, first a number');
});

describe('faults', () => {
  it.each([
    ['', 's3://b/k: byte 0: empty: expected CloudTrail records as JSON'],
    [' \n', 's3://b/k: byte 2: empty: expected CloudTrail records as JSON'],
    ['\ufeff', 's3://b/k: byte 3: empty: expected CloudTrail records as JSON'],
    ['7', "s3://b/k: byte 0: expected an object or an array, found '7'"],
    ['7 {}', "s3://b/k: byte 0: expected an object or an array, found '7'"],
    ['true', "s3://b/k: byte 0: expected an object or an array, found 't'"],
    ['{"Records":[]}x', "s3://b/k: byte 14: expected an object or an array, found 'x'"],
    ['{"Records":[]},{}', "s3://b/k: byte 14: expected an object or an array, found ','"],
    ['{"Records":{}}', 's3://b/k: byte 11: not CloudTrail: "Records" is an object, expected an array'],
    ['{"Records":[{}{}]}', "s3://b/k: byte 14: expected ',' or ']' after a record, found '{'"],
    ['{"Records":[{},]}', "s3://b/k: byte 15: expected a record, found ']'"],
    ['{"Records":[,{}]}', "s3://b/k: byte 12: expected a record or ']', found ','"],
    ['{"Records":[nul]}', 's3://b/k: byte 15: the value before this is no number, true, false or null'],
    ['{"Records":[01]}', 's3://b/k: byte 14: the value before this is no number, true, false or null'],
    ['{"Records":[{]}', "s3://b/k: byte 13: expected '}', found ']'"],
    ['{"Records":[{"a":"b"]"c":1}]}', "s3://b/k: byte 20: expected '}', found ']'"],
    ['{"Records":[{"a":@}]}', "s3://b/k: byte 17: expected JSON, found '@'"],
    ['{"Records":[{"a":"\n"}]}', 's3://b/k: byte 18: control character 0x0a inside a string'],
    ['{"Records":[{"a":"\\x"}]}', "s3://b/k: byte 19: unknown escape 'x' in a string"],
    ['{"Records" []}', "s3://b/k: byte 11: expected ':' after a key, found '['"],
    ['{"Records":[] "a":1}', `s3://b/k: byte 14: expected ',' or '}' after a value, found '"'`],
    ['{"a":1,}', "s3://b/k: byte 7: expected a key, found '}'"],
    ['{a:1}', "s3://b/k: byte 1: expected a key or '}', found 'a'"],
    ['{"\\u00zz":1}', 's3://b/k: byte 9: the key before this is no JSON string'],
    ['{"Records":[{}', "s3://b/k: byte 14: cut short: expected ',' or ']' after a record"],
    ['{"Records":[{"a', 's3://b/k: byte 15: cut short: expected the end of a value'],
    ['{"Records":[]', "s3://b/k: byte 13: cut short: expected ',' or '}' after a value"],
    ['\u00a0{}', 's3://b/k: byte 0: expected an object or an array, found 0xc2'],
  ])('of %j', (document, message) => {
    expect(fault(document)).toBe(message);
  });

  it('of other JSON name what was found', () => {
    expect(fault('{"awsAccountId":"1","digestEndTime":"x","\u202eevil":1}')).toBe(
      's3://b/k: byte 0: not CloudTrail: expected "Records" or a record\'s keys, found an object with the keys ' +
        '"awsAccountId", "digestEndTime", "?evil"; digests, insights and other JSON do not belong here',
    );
    expect(fault('{}')).toContain('found an empty object;');
  });

  it('in a candidate name it, keep the cause and come after the records before it', () => {
    const result = scan(`[${CALL},{"eventName":"DescribeInstances",}]`);
    expect(result.error?.message).toBe('s3://b/k: byte 57: record 1 is no valid JSON');
    expect(result.error?.cause).toBeInstanceOf(SyntaxError);
    expect(given(result)).toEqual([0]);
    expect(result.records).toBe(1);
  });
});

describe('nesting', () => {
  it('is followed far beyond what a stack would bear', () => {
    const depth = 200_000;
    const record = `{"eventID":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const result = scanPieces(Buffer.from(`[${record},${CALL}]`), [4096], [LITERAL]);
    expect(result).toMatchObject({ records: 2, failed: false });
    expect(given(result)).toEqual([1]);
  });

  it('ends at a million levels', () => {
    const result = scanPieces(Buffer.from(`[${'['.repeat(1_000_001)}`), [1 << 16], [LITERAL]);
    expect(result.error?.message).toBe('s3://b/k: byte 1000001: nested deeper than 1000000 levels');
  });

  it('of a candidate ends in a DocumentError or its value', () => {
    const depth = 900_000;
    const record = `{"a":"DescribeInstances","b":${'[{"c":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}}`;
    const result = scanPieces(Buffer.from(`[${record}]`), [1 << 16], [LITERAL]);
    expect(result.failed || result.records === 1).toBe(true);
  });
});

describe('a record larger than any of CloudTrail', () => {
  const record = (bytes: number) => {
    const [head, tail] = ['{"eventName":"DescribeInstances","x":"', '"}'];
    return `${head}${'x'.repeat(bytes - head.length - tail.length)}${tail}`;
  };
  const sizes = [Number.MAX_SAFE_INTEGER, 4 << 20, 1 << 20, 999_983];

  it.each([
    ['in an envelope', (text: string) => `{"Records":[${OTHER},${text}]}`, '{"Records":['.length + OTHER.length + 1],
    ['in an array', (text: string) => `[${OTHER},${text}]`, OTHER.length + 2],
    ['by itself', (text: string) => `${OTHER}\n${text}`, OTHER.length + 1],
  ])('is a fault at its first byte, however it is split: %s', (_, around, offset) => {
    const fits = Buffer.from(around(record(MAX_RECORD_BYTES)));
    const exceeds = Buffer.from(around(record(MAX_RECORD_BYTES + 1)));
    for (const size of sizes) {
      const whole = scanPieces(fits, [Math.min(size, fits.length)], [LITERAL]);
      expect([whole.error, whole.records]).toEqual([undefined, 2]);
      const { error, records } = scanPieces(exceeds, [Math.min(size, exceeds.length)], [LITERAL]);
      expect(error?.message).toContain(`byte ${offset}: record 1 is larger than ${MAX_RECORD_BYTES} bytes`);
      expect(records).toBe(1);
    }
  });

  it('is one also where it would be a key, a number, or what stands before Records', () => {
    const long = 'x'.repeat(MAX_RECORD_BYTES);
    const fault = (document: string) => scanPieces(Buffer.from(document), [document.length], [LITERAL]).error?.message;
    expect(fault(`{"${long}":1,"Records":[]}`)).toContain('byte 0: record 0 is larger than');
    expect(fault(`{"x":"${long}","Records":[]}`)).toContain('byte 0: record 0 is larger than');
    expect(fault(`[1${'0'.repeat(MAX_RECORD_BYTES)}]`)).toContain('byte 1: record 0 is larger than');
  });
});
