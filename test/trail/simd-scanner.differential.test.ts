import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { matchCall, type TrailRecord } from '../../lambda/detection/classify';
import { DEFAULT_PARAMETERS } from '../../lambda/detection/rule';
import {
  areSuitable,
  compileScanner,
  ODD,
  ROW,
  type Row,
  SimdScanner,
} from '../../lambda/trail/scanner/simd/simd-scanner';
import { REPOSITORY } from '../support/cli';
import { holds, pick, weighted } from '../support/properties';
import { document as documentOf, record as recordOf } from '../support/records';
import { LITERAL, scanPieces } from '../support/scan-reference';

/** A document is odd to the scanner, or it finds in it what the record scanner finds, and what JSON.parse says of that. */

const scanner = new SimdScanner(compileScanner()!);

/** What a row says, or matchCall of the same record. */
type Given = { readonly kind: string; readonly text: string } & Partial<
  Record<'region' | 'actor' | 'second' | 'callId', unknown>
>;

/** What the scanner gives, in pieces of the given sizes, the last one repeated; undefined for an odd document. */
function scan(bytes: Buffer, sizes: readonly number[], literals?: readonly string[]): Given[] | undefined {
  const given: Given[] = [];
  scanner.begin(literals);
  let kept = 0;
  for (let i = 0, at = 0; at < bytes.length; i++) {
    const size = Math.min(Math.max(1, sizes[Math.min(i, sizes.length - 1)]!), scanner.input.length - kept);
    const piece = bytes.subarray(at, at + size);
    // What lies after the piece must not matter.
    scanner.input.fill(0x7d, kept, kept + 200).set(piece, kept);
    at += piece.length;
    kept = scanner.scan(kept + piece.length, (row) => {
      const said = literals === undefined ? saidBy(row) : jsonOf(row.text, recordIn);
      if (said !== undefined) given.push(said);
      return said !== undefined;
    });
    if (kept === ODD || kept === scanner.input.length) return undefined;
  }
  return scanner.isOver && kept === 0 ? given : undefined;
}

function saidBy({ kind, text, region, actor, second, callId }: Row): Given | undefined {
  if (kind === ROW.CALL) return { kind: 'match', text, region, actor, second, callId };
  return jsonOf(text, readingOf);
}

/** What matchCall says of a record. */
function readingOf(text: string, record: TrailRecord): Given {
  const reading = matchCall(record, () => text, DEFAULT_PARAMETERS);
  if (reading.kind !== 'match') return { ...reading, text };
  return { kind: 'match', text, ...reading.matchedCall };
}

const recordIn = (text: string): Given => ({ kind: 'record', text });

/** Undefined for what is no JSON, as for a reader of rows. */
function jsonOf(text: string, given: (text: string, record: TrailRecord) => Given): Given | undefined {
  try {
    return given(text, JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The same by JSON.parse of all of it, or by the record scanner where that refuses what nobody looks for. */
function expectedOf(bytes: Buffer, literals: readonly string[] | undefined): { records: number; given: Given[] } {
  const plain = scanPieces(bytes, [bytes.length], literals ?? [LITERAL]);
  if (plain.failed || plain.faults.length > 0) throw new Error(`accepted, with ${plain.error ?? 'a fault'}: ${bytes}`);
  const { texts, values, records } = plain;
  try {
    const parsed: unknown[] = JSON.parse(bytes.toString()).Records;
    const isSame = ([index, value]: [number, unknown]) => isDeepStrictEqual(parsed[index], value);
    if (parsed.length !== records || ![...values].every(isSame)) throw new Error(`not as JSON.parse has it: ${bytes}`);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const given = [...texts].map(([index, text]) =>
    (literals === undefined ? readingOf : recordIn)(text, values.get(index) as TrailRecord),
  );
  return { records, given };
}

/** @returns what was found, undefined for an odd document */
function scansAlike(bytes: Buffer, sizes: readonly number[], literals?: readonly string[]): Given[] | undefined {
  const given = scan(bytes, sizes, literals);
  if (given === undefined) return undefined;
  const { records } = scanner;
  const expected = expectedOf(bytes, literals);
  const calls = (all: readonly Given[]) => all.filter(({ kind }) => kind !== 'other');
  if (records !== expected.records || !isDeepStrictEqual(calls(given), calls(expected.given))) {
    expect({ bytes: `${bytes}`, sizes, literals, records, given: calls(given) }).toEqual({
      ...{ bytes: `${bytes}`, sizes, literals, records: expected.records, given: calls(expected.given) },
    });
  }
  return given;
}

/** Moves everything after it to other places of a block. */
const padding = fc.nat({ max: 140 }).map((length) => `"${'p'.repeat(length)}"`);

const LOOK_ALIKE = '{"eventName":"DescribeInstances","eventSource":"ec2.amazonaws.com"}';

const value = weighted(
  [120, padding],
  [80, pick('1', '-0.5e+3', '0', '-0', '12E9', 'true', 'false', 'null', '[]', '{}', '[[],{"a":[{}]}]', '[1,2]')],
  [80, pick('"{["', '"}]}"', '"},{"', '"\\\\"', '"\\""', '"\\\\\\""', '"é😀"', '"/_Yy\u007f"', '"\\/\\b"', '""')],
  [20, fc.nat({ max: 70 }).map((length) => `"${'\\\\'.repeat(length)}"`)],
  [20, fc.nat({ max: 70 }).map((length) => `"${'\\"'.repeat(length)}"`)],
  [40, pick('"\\u003d"', '"\\u0026"', '"\\u0044escribeInstances"', '"\\\\u0044"', '"\\u006E"')],
  [20, pick(LITERAL, LOOK_ALIKE, `[${LOOK_ALIKE}]`, '"\\"DescribeInstances"', '"k3"')],
  [1, pick('01', '1.', '.5', '-', '1e', 'tru', 'nul', '[1,]', '{"a"}', '{,}', '"\\x"', '"\\u00g0"')],
);

const mostly = (usual: string, ...others: string[]): fc.Arbitrary<string> =>
  weighted([3, fc.constant(usual)], [2, pick(...others)]);

/** What a call is made of, as CloudTrail writes it, and as it never would. */
const fields: readonly fc.Arbitrary<string>[] = [
  mostly(
    '"eventName":"DescribeInstances"',
    '"eventName":"Describe\\u0049nstances"',
    '"event\\u004eame":"RunInstances"',
  ),
  mostly('"ec2.amazonaws.com"', '"ec2\\u002eamazonaws.com"', '"rds.amazonaws.com"', '7').map(
    (name) => `"eventSource":${name}`,
  ),
  mostly(
    ...([
      '"2026-11-24T04:01:30Z"',
      '"2024-02-29T23:59:59Z"',
      '"2023-02-29T00:00:00Z"',
      '"2026-11-24T04:01:30+02:00"',
    ] as const),
    ...['"1969-12-31T23:59:59Z"', '"2100-03-01T00:00:00Z"', '"2026-13-01T00:00:00Z"', '"2026-04-31T24:00:00Z"', '7'],
  ).map((time) => `"eventTime":${time}`),
  mostly('"eventID":"1-2"', '"eventID":""', '"eventID":7', '"eventID":"\\u0031"', '"k":1'),
  mostly('"eu-west-1"', '"us-east-1"', '"é"', '""', '"\\u0065u-west-1"', 'null').map((name) => `"awsRegion":${name}`),
  pick(
    ...['{"arn":"arn:aws:iam::111122223333:user/a"}', '{"type":"x","principalId":"P","arn":""}', '{"principalId":"é"}'],
    ...['{}', 'null', '{"arn":null}', '{"arn":7}', '"root"', '{"arn":"\\u0061","a":{"arn":"no"}}', '[{"arn":"no"}]'],
    ...['{"arn":"a","arn":"b","sessionContext":{"sessionIssuer":{"arn":"no"}}}', '{"type":"AWSService"}'],
  ).map((identity) => `"userIdentity":${identity}`),
];

const gap = weighted([20, fc.constant('')], [1, pick(' ', '\n  ', '\t\r')]);

const member = weighted(
  [5, fc.oneof(...fields)],
  [2, fc.tuple(fc.nat({ max: 4 }), gap, value).map(([n, before, of]) => `"k${n}":${before}${of}`)],
);

/** Mostly a whole call, its fields in their order or not, some of them twice. */
const record = fc
  .tuple(fc.boolean(), fc.tuple(...fields), fc.array(fc.tuple(gap, member, gap), { maxLength: 5 }), fc.nat({ max: 4 }))
  .map(([isWhole, call, others, at]) => {
    const members = others.map((parts) => parts.join(''));
    const head = at === 0 && isWhole ? [] : ['"eventVersion":"1"'];
    return `{${[...head, ...members.slice(0, at), ...(isWhole ? call : []), ...members.slice(at)].join(',')}}`;
  });

const element = weighted([200, record], [1, pick('{}', '7', '"bare"', '[{}]', 'null')]);

const document = fc
  .tuple(
    weighted(
      [12, fc.constant('{"Records":[')],
      [1, pick('{ "Records" : [', ' {\n"Records":\t[', '[', '\ufeff{"Records":[', '{"a":1,"Records":[')],
    ),
    fc.array(fc.tuple(gap, element, gap), { maxLength: 9 }),
    weighted([12, fc.constant(']}')], [1, pick(' ]\n}\n', ']', ']}{}', ']},')]),
  )
  .map(([head, elements, end]) => Buffer.from(head + elements.map((parts) => parts.join('')).join(',') + end));

/** What evidence looks for: ends of strings, and whole ones. */
const literals = fc.constantFrom(
  undefined,
  undefined,
  ['"DescribeInstances"'],
  ['user:a"', 'ser-1"', 'west-1"'],
  ['pppppp"', '"eventName"'],
);

const sizes = weighted(
  [3, fc.constant<readonly number[]>([1 << 20])],
  [2, fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 })],
);

it('agrees with JSON.parse on 20,000 documents', async () => {
  const met = { read: 0, match: 0, unplaced: 0 };
  await holds(
    20_000,
    fc.property(document, sizes, literals, (bytes, pieces, sought) => {
      const given = scansAlike(bytes, pieces, sought);
      met.read += given === undefined ? 0 : 1;
      for (const { kind } of given ?? []) {
        if (kind === 'match') met.match += 1;
        if (kind === 'unattributed' || kind === 'fault') met.unplaced += 1;
      }
    }),
  );
  expect(Math.min(met.read / 8, met.match, met.unplaced)).toBeGreaterThan(2_000);
});

it('agrees with the record scanner on 20,000 damaged documents, or finds them odd', async () => {
  let odd = 0;
  const byte = fc.oneof(
    pick(...'"\\{}[],: 0a-euYy_\n\u0001').map((character) => character.charCodeAt(0)),
    fc.integer({ min: 0, max: 255 }),
  );
  const change = fc.tuple(fc.noBias(fc.nat(1 << 20)), byte);
  await holds(
    20_000,
    fc.property(document, sizes, change, fc.boolean(), literals, (bytes, pieces, [at, to], cut, sought) => {
      bytes[at % bytes.length] = to;
      const damaged = cut ? bytes.subarray(0, at % bytes.length) : bytes;
      if (scansAlike(damaged, pieces, sought) === undefined) odd++;
    }),
  );
  expect(odd).toBeGreaterThan(10_000);
});

it('holds with any byte at any position of a block', () => {
  // The odd bytes stand after twenty-six others, in each quarter of a block and across its edge.
  for (const at of [0, 16, 32, 34, 35, 36, 37, 38, 48]) {
    for (let byte = 0; byte < 256; byte++) {
      const odd = String.fromCharCode(byte);
      for (const inside of [`"${odd}"`, `"\\${odd}"`, odd]) {
        const text = `{"Records":[{"eventID":"${'p'.repeat(at)}","b":${inside}},{"eventID":"DescribeInstances"}]}`;
        scansAlike(Buffer.from(text, 'latin1'), [text.length]);
        scansAlike(Buffer.from(text.replace('"b"', '"eventName":"DescribeInstances","b"'), 'latin1'), [text.length]);
      }
    }
  }
});

it('finds literals at any position of a block', () => {
  const call = JSON.stringify(recordOf({ fields: { userAgent: undefined, sourceIPAddress: undefined } }));
  for (let at = 0; at < 130; at++) {
    const text = `{"Records":[{"eventVersion":"${'p'.repeat(at)}"},${call},{"eventID":"DescribeInstances "}]}`;
    expect(scansAlike(Buffer.from(text), [text.length])).toEqual([
      expect.objectContaining({ kind: 'match', text: call }),
    ]);
    expect(scansAlike(Buffer.from(text), [text.length], ['ser/mallory"', '"xyz1"'])).toHaveLength(1);
    expect(scansAlike(Buffer.from(text), [text.length], ['"mallory"', '"DescribeInstances "'])).toHaveLength(2);
  }
});

it('leaves deeply nested and very large records to the record scanner', () => {
  const deep = (depth: number) =>
    `{"Records":[{"eventVersion":1,"a":${'['.repeat(depth)}${']'.repeat(depth)}},${LOOK_ALIKE}]}`;
  expect(scan(Buffer.from(deep(20_000)), [1 << 20])).toHaveLength(1);
  expect(scan(Buffer.from(deep(40_000)), [1 << 20])).toBeUndefined();
  const call = (depth: number) => deep(depth).replace('"a"', '"eventName":"DescribeInstances","a"');
  expect(scan(Buffer.from(call(400)), [1 << 20])).toHaveLength(2);
  expect(scan(Buffer.from(call(4_000)), [1 << 20])).toHaveLength(2);
  const large = `{"Records":[{"eventVersion":"${'x'.repeat(scanner.input.length)}"}]}`;
  expect(scansAlike(Buffer.from(large), [1 << 16])).toBeUndefined();
});

it('gives as many records as there are', () => {
  const many = Array.from({ length: 2_500 }, (_, n) => recordOf({ id: String(n), fields: { userAgent: undefined } }));
  const text = Buffer.from(documentOf(many));
  expect(scansAlike(text, [1 << 20])).toHaveLength(2_500);
  expect(scansAlike(text, [1 << 20], ['"111122223333"'])).toHaveLength(2_500);
});

it('looks for thousands of literals at once', () => {
  const keys = Array.from({ length: 4_095 }, (_, n) => `"AKIA${n}"`);
  expect([areSuitable(keys), areSuitable([...keys, '"AKIA"'])]).toEqual([true, false]);
  const records = keys.map((_, n) => recordOf({ id: `${n}`, identity: { accessKeyId: `AKIA${2 * n}` } }));
  expect(scan(Buffer.from(documentOf(records)), [1 << 18], keys)).toHaveLength(2_048);
});

it.each([
  ['none', []],
  ['part of a string', ['DescribeInstances']],
  ['a short one', ['"abc"']],
  ['a long one', [`"${'a'.repeat(126)}"`]],
  ['one with an escape', ['"Describe\\nInstances"']],
  ['one that can be spelt otherwise', ['"user/mallory"']],
  ['another alphabet', ['"tést"']],
])('does not look for %s', (_, texts) => {
  expect(areSuitable(texts)).toBe(false);
});

const trails = join(REPOSITORY, '../shared/trails');

(existsSync(trails) ? it : it.skip)('agrees with JSON.parse on real trails', () => {
  const files = readdirSync(trails, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.json(\.gz)?$/.test(path),
  );
  const all = files.map((file) => {
    const stored = readFileSync(join(trails, file));
    const bytes = file.endsWith('.gz') ? gunzipSync(stored) : stored;
    scansAlike(bytes, [1 << 16], ['"us-east-1"', '"AccessDenied"', '"DescribeInstances"']);
    return scansAlike(bytes, [1 << 16]);
  });
  expect(all.filter((given) => given !== undefined).length).toBeGreaterThan(50);
});

it('is not there where WebAssembly is switched off or has no vectors', () => {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: object };
  const Module = () => {
    throw new Error('unknown opcode');
  };
  for (const stand of [undefined, { Module }]) {
    try {
      Object.assign(globalThis, { WebAssembly: stand });
      expect(compileScanner()).toBeUndefined();
    } finally {
      Object.assign(globalThis, { WebAssembly });
    }
  }
});

it('is compiled from its source', () => {
  const compile = join(REPOSITORY, 'lambda/trail/scanner/simd/assembly/compile.mjs');
  expect(() => execFileSync(process.execPath, [compile, '--check'], { stdio: 'pipe' })).not.toThrow();
});
