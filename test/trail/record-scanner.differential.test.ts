import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { holds, pick, weighted } from '../support/properties';
import { LITERAL, mentions, type Reference, reference, type Scan, scanPieces } from '../support/scan-reference';

const RECORD_KEYS = ['eventVersion', 'eventName', 'eventSource', 'eventTime', 'eventID'];

const gap = pick('', '', '', '', '', ' ', '\n', '\t', '\r\n  ');

const texts = weighted(
  [4, pick(LITERAL, LITERAL, '"Describe\\u0049nstances"', '"\\u0044escribeInstances"')],
  [
    8,
    pick(
      '"DescribeInstance"',
      '"DescribeInstances "',
      '"xDescribeInstances"',
      '"\\"DescribeInstances\\""',
      '"\\\\\\"DescribeInstances"',
      '"{\\"Records\\":[{\\"eventName\\":\\"DescribeInstances\\"}]}"',
      '"\\\\"',
      '"\\\\\\""',
      '"}]}"',
      '"{["',
      '"},{"',
      '","',
      '":"',
      '""',
      '"é😀"',
      '"\\ud83d\\ude00"',
      '"\\ud83d"',
      '"\\u0000\\u001f"',
      '"\\u00e9\\/\\b\\f\\n\\r\\t"',
      `"${'long '.repeat(30)}"`,
      '"Records"',
      '"\u007f\u0080\u00ff"',
    ),
  ],
  [
    1,
    fc
      .array(pick(...'aD"\\{}[]:,/ \n\u0001\u007fé\u2028\ud83d\ude00'), { maxLength: 12 })
      .map((units) => units.join(''))
      .map((text) => JSON.stringify(text)),
  ],
);
const scalars = pick('0', '-0', '-1.5e+10', '12', '1E400', '0.25', 'true', 'false', 'null');
const keys = weighted(
  [5, pick(...RECORD_KEYS.map((key) => `"${key}"`))],
  [1, pick('"Records"', '"Rec\\u006frds"', '"\\u0065ventName"', '"Records "', '"records"')],
  [1, pick('"__proto__"', '"a"', '"Rexxxxx"', '"RecordsX"', '"DescribeInstances"', '""')],
  [1, texts],
);

const lookAlike = '{"eventVersion":"1.08","eventName":"DescribeInstances","eventSource":"ec2.amazonaws.com"}';
const deep = fc
  .tuple(fc.integer({ min: 1, max: 80 }), pick('1', LITERAL, lookAlike), fc.boolean())
  .map(([depth, core, objects]) =>
    objects ? '{"a":'.repeat(depth) + core + '}'.repeat(depth) : '['.repeat(depth) + core + ']'.repeat(depth),
  );

const list = (of: fc.Arbitrary<string>, maxLength = 4): fc.Arbitrary<string> =>
  fc.array(fc.tuple(gap, of, gap), { maxLength }).map((parts) => `[${parts.map((part) => part.join('')).join(',')}]`);
const table = (of: fc.Arbitrary<string>, maxLength = 4): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(gap, keys, gap, gap, of, gap), { maxLength })
    .map((parts) => `{${parts.map(([a, key, b, c, value, d]) => `${a}${key}${b}:${c}${value}${d}`).join(',')}}`);

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: texts },
    { weight: 2, arbitrary: scalars },
    {
      weight: 1,
      arbitrary: fc.constantFrom(lookAlike, `[${lookAlike},${lookAlike}]`, `{"Records":[${lookAlike}]}`),
    },
    { weight: 1, arbitrary: list(tie('value'), 3) },
    { weight: 2, arbitrary: table(tie('value'), 3) },
  ),
}));

const record = weighted([8, table(value)], [2, fc.constant(lookAlike)], [1, value]);
const records = list(record, 5);
const member = weighted(
  [
    4,
    fc
      .tuple(pick('"Records"', '"Records"', '"Rec\\u006frds"', '"\\u0052ecords"'), gap, gap, records)
      .map(([key, a, b, array]) => `${key}${a}:${b}${array}`),
  ],
  [3, fc.tuple(keys, gap, value).map(([key, a, inner]) => `${key}:${a}${inner}`)],
);
const envelope = fc
  .array(fc.tuple(gap, member, gap), { minLength: 1, maxLength: 3 })
  .map((members) => `{${members.map((one) => one.join('')).join(',')}}`);
const topLevel = weighted(
  [8, envelope],
  [3, table(value, 6)],
  [2, records],
  [
    1,
    fc.oneof(
      deep.map((one) => `{"eventName":${one}}`),
      deep,
    ),
  ],
  [1, value],
);

interface Sample {
  readonly bytes: Buffer;
  readonly documents: readonly string[];
  readonly sizes: readonly number[];
}

const sizes = weighted(
  [1, fc.constant<readonly number[]>([1])],
  [5, fc.constant([1 << 20])],
  [10, fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 8 }).map((some) => [...some, 100])],
);
const sampleOf = (most: number): fc.Arbitrary<Sample> =>
  fc
    .tuple(fc.array(fc.tuple(topLevel, gap), { minLength: 1, maxLength: most }), gap, fc.boolean(), sizes)
    .map(([parts, lead, mark, pieces]) => {
      // Two scalars run together would be another scalar; everything else ends by itself.
      const separated = parts.map(([document, after]) => document + (after || (/^[{["]/.test(document) ? '' : '\n')));
      const text = `${mark ? '\ufeff' : ''}${lead}${separated.join('')}`;
      return { bytes: Buffer.from(text), documents: parts.map(([document]) => document), sizes: pieces };
    });

const sample = sampleOf(3);

/** Lone surrogates in the source do not survive UTF-8, so the reference reads the bytes too. */
const inUtf8 = (document: string): string => Buffer.from(document).toString();

/** Throws unless the scan found exactly what the reference did, or, with a literal, all that may matter. */
function agree(scan: Scan, expected: Reference, bytes: Buffer, everything: boolean): void {
  const check = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(`${what}\n${bytes}\n${scan.error}`);
  };
  check(scan.failed === expected.failed, `failed is ${scan.failed}`);
  // What a failing value itself gave before its fault shows is not promised.
  if (expected.failed) scan = upTo(scan, expected);
  check(scan.records === expected.records, `${scan.records} records, not ${expected.records}`);
  check(isDeepStrictEqual(scan.faults, expected.faults), 'faults differ');
  for (const [index, given] of scan.values) {
    check(isDeepStrictEqual(given, expected.values.get(index)), `record ${index} differs`);
    if (expected.unwrapped.has(index)) continue;
    const text = scan.texts.get(index)!;
    const offset = scan.offsets.get(index)!;
    check(bytes.subarray(offset).toString().startsWith(text), `text ${index} differs`);
    check(everything || text.includes(LITERAL) || text.includes('\\u00'), `record ${index} is no candidate`);
  }
  for (const [index, wanted] of expected.values) {
    check(
      scan.values.has(index) || !(everything || mentions(wanted) || expected.unwrapped.has(index)),
      `record ${index} is missing`,
    );
  }
}

function upTo(scan: Scan, { records, elements }: Reference): Scan {
  return {
    ...scan,
    records: Math.min(scan.records, records),
    values: new Map([...scan.values].filter(([index]) => index < elements)),
    // Before the first record nothing is known to be a fault.
    faults: records === 0 ? [] : scan.faults.filter((index) => index < elements),
  };
}

it('agrees with JSON.parse on 20,000 documents, but for second Records keys', async () => {
  let count = 0;
  await holds(
    10_500,
    fc.property(sample, ({ bytes, documents, sizes: pieces }) => {
      count += documents.length;
      const expected = reference(documents.map(inUtf8));
      agree(scanPieces(bytes, pieces, [LITERAL]), expected, bytes, false);
      agree(scanPieces(bytes, pieces, []), expected, bytes, true);
    }),
  );
  expect(count).toBeGreaterThan(20_000);
});

it('finds a cut at every byte, and gives the records before it', async () => {
  await holds(
    75,
    fc.property(sample, ({ bytes, documents, sizes: pieces }) => {
      const whole = scanPieces(bytes, [bytes.length], []);
      fc.pre(whole.error === undefined && whole.faults.length === 0 && bytes.length < 400);
      // What lies in something else is given when that is over.
      const isPlain = ([index, text]: [number, string]) =>
        bytes.subarray(whole.offsets.get(index)).toString().startsWith(text);
      fc.pre([...whole.texts].every(isPlain));
      for (let cut = 0; cut < bytes.length; cut++) {
        checkCut(cut, scanPieces(bytes.subarray(0, cut), pieces, []), whole, betweenDocuments(bytes, documents, cut));
      }
    }),
  );
});

function checkCut(cut: number, scan: Scan, whole: Scan, valid: boolean): void {
  const check = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(`cut at ${cut}: ${what}; ${scan.error}`);
  };
  check(scan.failed !== valid, `failed is ${scan.failed}`);
  const offset = Number(/byte (\d+):/.exec(scan.error?.message ?? '')?.[1] ?? 0);
  check(offset >= 0 && offset <= cut, `offset ${offset}`);
  const before = [...whole.texts].filter(([i, text]) => whole.offsets.get(i)! + Buffer.byteLength(text) <= cut);
  check(scan.values.size === before.length, `${scan.values.size} records, not ${before.length}`);
  for (const [i] of before) check(isDeepStrictEqual(scan.values.get(i), whole.values.get(i)), `record ${i}`);
}

/** Whether a cut there leaves one or more whole documents. */
function betweenDocuments(bytes: Buffer, documents: readonly string[], cut: number): boolean {
  let end = 0;
  for (const [i, document] of documents.entries()) {
    const start = bytes.indexOf(document, end);
    if (cut < start || (cut === start && i === 0)) return i > 0;
    end = start + Buffer.byteLength(document);
    if (cut > start && cut < end) return false;
  }
  return true;
}

it('survives any mutation with a DocumentError or the answer of JSON.parse', async () => {
  let accepted = 0;
  const place = fc.noBias(fc.nat(1 << 20));
  const byte = fc.oneof(
    pick(...'"\\{}[],: 0a-eu').map((character) => character.charCodeAt(0)),
    fc.integer({ min: 0, max: 255 }),
  );
  const mutation = fc.array(fc.tuple(place, byte), { minLength: 1, maxLength: 2 });
  await holds(
    4_000,
    fc.property(sampleOf(1), mutation, ({ bytes, sizes: pieces }, changes) => {
      const mutated = Buffer.from(bytes);
      for (const [at, to] of changes) mutated[at % mutated.length] = to;
      const scan = scanPieces(mutated, pieces, [LITERAL]);
      const whole = scanPieces(mutated, pieces, []);
      const hasMark = mutated.subarray(0, 3).equals(Buffer.from('\ufeff'));
      let expected: Reference;
      try {
        expected = reference([mutated.subarray(hasMark ? 3 : 0).toString()]);
      } catch {
        return;
      }
      accepted++;
      agree(scan, expected, mutated, false);
      agree(whole, expected, mutated, true);
    }),
  );
  expect(accepted).toBeGreaterThan(400);
});
