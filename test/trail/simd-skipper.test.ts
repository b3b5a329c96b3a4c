import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { LiteralSearch } from '../../lambda/trail/scanner/literal-search';
import { RecordScanner } from '../../lambda/trail/scanner/record-scanner';
import { SKIP_END, simdSkipperFor } from '../../lambda/trail/scanner/simd/simd-skipper';
import { REPOSITORY } from '../support/cli';
import { holds } from '../support/properties';
import { LITERAL, type Scan, scanPieces } from '../support/scan-reference';

/** With the SIMD skipper and without it a scan has the same outcome, whatever it is given. */

const skipper = simdSkipperFor(LITERAL)!;

/** Everything a scan says, its error too. */
function outcomeOf({ error, ...rest }: Scan): unknown {
  return { ...rest, error: error?.message, offset: error?.offset };
}

/** @param isInPlace whether the chunks lie in the skipper's memory */
function scansAlike(
  bytes: Buffer,
  sizes: readonly number[],
  isInPlace: boolean,
  literals: readonly string[] = [LITERAL],
): Scan {
  const plain = scanPieces(bytes, sizes, literals);
  const skipped = scanPieces(bytes, sizes, literals, skipper, isInPlace);
  if (!isDeepStrictEqual(outcomeOf(skipped), outcomeOf(plain))) {
    // Asked only now, since it is slow: it shows where they differ.
    const of = { bytes: `${bytes}`, sizes, isInPlace, literals };
    expect({ ...of, outcome: outcomeOf(skipped) }).toEqual({ ...of, outcome: outcomeOf(plain) });
  }
  return plain;
}

const pick = (...texts: string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);

const LOOK_ALIKE = '{"eventName":"DescribeInstances","eventSource":"ec2.amazonaws.com"}';

const HEAD = '"eventVersion":"1"';

/** What moves everything after it to other places of a block. */
const padding = fc.nat({ max: 140 }).map((length) => `"${'p'.repeat(length)}"`);

const value = fc.oneof(
  { weight: 6, arbitrary: padding },
  {
    weight: 4,
    arbitrary: pick('1', '-0.5e+3', 'true', 'false', 'null', '[]', '{}', '[[],{"a":[{}]}]', '""', '[1,2]'),
  },
  {
    weight: 4,
    arbitrary: pick('"{["', '"}]}"', '"},{"', '"\\\\"', '"\\""', '"\\\\\\""', '"é😀"', '"/_Yy\u007f"', '"\\/\\b"'),
  },
  { weight: 1, arbitrary: fc.nat({ max: 70 }).map((length) => `"${'\\\\'.repeat(length)}"`) },
  { weight: 1, arbitrary: fc.nat({ max: 70 }).map((length) => `"${'\\"'.repeat(length)}"`) },
  {
    weight: 2,
    arbitrary: pick('"\\u003d"', '"\\u0026"', '"\\u0044escribeInstances"', '"\\\\u0044"', '"\\u006E"'),
  },
  {
    weight: 1,
    arbitrary: pick(LITERAL, LOOK_ALIKE, `[${LOOK_ALIKE}]`, '"\\"DescribeInstances"', '"DescribeInstances\\""'),
  },
);

const mostly = (usual: string, ...others: string[]): fc.Arbitrary<string> =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: pick(...others) });

const gap = fc.oneof({ weight: 20, arbitrary: fc.constant('') }, { weight: 1, arbitrary: pick(' ', '\n  ', '\t\r') });

const record = fc
  .array(fc.tuple(gap, value, gap), { minLength: 1, maxLength: 6 })
  .chain((values) => mostly(HEAD, ` ${HEAD}`, '"eventID":"1"', '"k":1').map((head) => [head, values] as const))
  .map(([head, values]) => `{${[head, ...values.map((parts, i) => `"k${i}":${parts.join('')}`)].join(',')}}`);

const element = fc.oneof(
  { weight: 30, arbitrary: record },
  { weight: 1, arbitrary: pick('{}', '7', '"bare"', '[{}]', 'null') },
);

const envelope = fc
  .tuple(
    pick('{"Records":[', '[', '\ufeff{"a":[{}],"Records": ['),
    fc.array(fc.tuple(gap, element, gap), { maxLength: 9 }),
  )
  .map(([head, elements]) => {
    const end = head.includes('{') ? ']}' : ']';
    return head + elements.map((parts) => parts.join('')).join(',') + end;
  });

const document = fc.array(envelope, { minLength: 1, maxLength: 2 }).map((envelopes) => Buffer.from(envelopes.join('')));

/** The skipper's own, others with and without it, a text without quotes, and none, with which every record counts. */
const literals = fc.oneof(
  { weight: 4, arbitrary: fc.constant([LITERAL]) },
  fc.constantFrom(['"k3"'], ['"\u00e9😀"', '"}]}"', LITERAL], ['Instances'], ['\\b'], []),
);

const sizes = fc.oneof(
  { weight: 3, arbitrary: fc.constant([1 << 20]) },
  { weight: 2, arbitrary: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 }) },
);

it('changes nothing on 25,000 documents', async () => {
  let scanned = 0;
  await holds(
    25_000,
    fc.property(document, sizes, fc.boolean(), literals, (bytes, pieces, isInPlace, sought) => {
      scanned += scansAlike(bytes, pieces, isInPlace, sought).records;
    }),
  );
  expect(scanned).toBeGreaterThan(100_000);
});

it('changes nothing on 25,000 damaged documents', async () => {
  let failed = 0;
  const byte = fc.oneof(
    pick(...'"\\{}[],: 0a-euYy_\n\u0001').map((character) => character.charCodeAt(0)),
    fc.integer({ min: 0, max: 255 }),
  );
  const change = fc.tuple(fc.noBias(fc.nat(1 << 20)), byte);
  await holds(
    25_000,
    fc.property(document, sizes, change, fc.boolean(), literals, (bytes, pieces, [at, to], cut, sought) => {
      bytes[at % bytes.length] = to;
      const damaged = cut ? bytes.subarray(0, at % bytes.length) : bytes;
      if (scansAlike(damaged, pieces, at % 2 === 0, sought).failed) failed++;
    }),
  );
  expect(failed).toBeGreaterThan(10_000);
});

it('changes nothing where a record holds any byte, wherever in a block', () => {
  // The odd bytes stand after twenty-three others, in each quarter of a block and over its edge.
  for (const at of [0, 3, 19, 35, 37, 38, 39, 40, 41]) {
    for (let byte = 0; byte < 256; byte++) {
      const odd = String.fromCharCode(byte);
      for (const inside of [`"${odd}"`, `"\\${odd}"`, odd]) {
        const text = `[{"eventVersion":"${'p'.repeat(at)}","b":${inside}},{${HEAD}}]`;
        scansAlike(Buffer.from(text, 'latin1'), [text.length], byte % 2 === 0);
      }
    }
  }
});

it('changes nothing where brackets nest deeper than it follows', () => {
  for (const depth of [1, 64, 20_000, 40_000]) {
    const deep = `{${HEAD},"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const { records, failed } = scansAlike(Buffer.from(`[${deep},${deep},{${HEAD}}]`), [1 << 20], true);
    expect([records, failed]).toEqual([3, false]);
  }
});

it('finds its literal wherever in a block it stands', () => {
  for (let at = 0; at < 130; at++) {
    const text = `[{"eventVersion":"${'p'.repeat(at)}","b":"DescribeInstances"},{${HEAD},"c":"DescribeInstances "}]`;
    expect([...scansAlike(Buffer.from(text), [text.length], true).values.keys()]).toEqual([0]);
  }
});

const trails = join(REPOSITORY, '../shared/trails');

(existsSync(trails) ? it : it.skip)('changes nothing on real trails', () => {
  const files = readdirSync(trails, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.json(\.gz)?$/.test(path),
  );
  for (const file of files) {
    const stored = readFileSync(join(trails, file));
    const bytes = file.endsWith('.gz') ? gunzipSync(stored) : stored;
    scansAlike(bytes, [1 << 16], true);
    scansAlike(bytes, [1 << 16], false, ['"us-east-1"', '"AccessDenied"', '"DescribeInstances"']);
  }
});

describe('a skip', () => {
  const clean = (i: number): string => `{"eventVersion":"RunInstances","n":${i}}`;
  const skip = (text: string, until = text.length, from = 0): [number, number, string] => {
    const bytes = Buffer.from(text);
    skipper.enter(bytes);
    const end = skipper.skip(from, until);
    return [end, skipper.records, bytes.toString('utf8', skipper.stop)];
  };

  it('skips clean records, and stops where something is to be done', () => {
    const { AT_RECORD, AFTER_RECORD, AT_CANDIDATE } = SKIP_END;
    const two = `${clean(1)} ,\n${clean(2)}`;
    expect(skip(`${two}]}`)).toEqual([AFTER_RECORD, 2, ']}']);
    expect(skip(two)).toEqual([AFTER_RECORD, 2, '']);
    expect(skip(`${two},7]`)).toEqual([AFTER_RECORD, 2, ',7]']);
    expect(skip(`${two},{"a":7}]`)).toEqual([AFTER_RECORD, 2, ',{"a":7}]']);
    expect(skip(`${two},{${HEAD},"a":`)).toEqual([AT_RECORD, 2, `{${HEAD},"a":`]);
    expect(skip(`${two},{${HEAD},"a":"${'x'.repeat(100)}\n"}]`)[1]).toBe(2);
    const candidate = `{${HEAD},"a":"${'x'.repeat(64)}","eventName":"DescribeInstances"}`;
    expect(skip(`${two},${candidate},${clean(3)}]`)).toEqual([AT_CANDIDATE, 2, `${candidate},${clean(3)}]`]);
    expect(skipper.candidateEnd).toBe(`${two},${candidate}`.length);
    expect(skip(two, two.length - 1)).toEqual([AT_RECORD, 1, clean(2)]);
    expect(skip(two, 0)).toEqual([AT_RECORD, 0, two]);
  });

  it('copies chunks larger than its memory part by part', () => {
    const record = `{${HEAD},"a":"${'x'.repeat(1_000)}"}`;
    const text = `[${Array.from({ length: 3_000 }, () => record).join(',')},${LOOK_ALIKE}]`;
    const { records, values } = scansAlike(Buffer.from(text), [text.length], false);
    expect([records, [...values.keys()]]).toEqual([3_001, [3_000]]);
  });
});

describe('there is none', () => {
  it.each([
    ['part of a string', 'DescribeInstances'],
    ['a short one', '"a"'],
    ['a long one', `"${'a'.repeat(63)}"`],
    ['one with an escape', '"Describe\\nInstances"'],
  ])('for %s', (_, literal) => {
    expect(simdSkipperFor(literal)).toBeUndefined();
  });

  it('where WebAssembly is switched off or has no vectors', () => {
    const { WebAssembly } = globalThis as unknown as { WebAssembly: object };
    for (const stand of [
      undefined,
      {
        Module: () => {
          throw new Error('unknown opcode');
        },
      },
    ]) {
      try {
        Object.assign(globalThis, { WebAssembly: stand });
        jest.isolateModules(() => {
          const other =
            require('../../lambda/trail/scanner/simd/simd-skipper') as typeof import('../../lambda/trail/scanner/simd/simd-skipper');
          expect(other.simdSkipperFor(LITERAL)).toBeUndefined();
        });
      } finally {
        Object.assign(globalThis, { WebAssembly });
      }
    }
  });
});

it('is shared by scans that take turns', () => {
  const given: string[] = [];
  const search = new LiteralSearch([LITERAL]);
  const open = (name: string) =>
    new RecordScanner(name, search, { record: (_, { index }) => given.push(name + index), fault: () => {} }, skipper);
  const [a, b] = [open('a'), open('b')];
  const bytes = Buffer.from(`[{${HEAD}},${LOOK_ALIKE},{"eventID":1},${LOOK_ALIKE}]`);
  for (let at = 0; at < bytes.length; at += 50) {
    for (const scanner of [a, b]) {
      const piece = bytes.subarray(at, at + 50);
      skipper.input.set(piece);
      scanner.push(skipper.input.subarray(0, piece.length));
    }
  }
  a.end();
  b.end();
  expect([a.records, b.records, given.sort().join()]).toEqual([4, 4, 'a1,a3,b1,b3']);
});

it('is compiled from its source', () => {
  const compile = join(REPOSITORY, 'lambda/trail/scanner/simd/assembly/compile.mjs');
  expect(() => execFileSync(process.execPath, [compile, '--check'], { stdio: 'pipe' })).not.toThrow();
});
