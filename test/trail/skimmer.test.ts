import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { scanRecords } from '../../lambda/trail/scanner/record-scanner';
import { SKIM_END, type Skimmer, skimmerFor } from '../../lambda/trail/scanner/simd/simd-skipper';
import { REPOSITORY } from '../support/cli';
import { holds } from '../support/properties';
import { NEEDLE, type Scan, scanPieces } from '../support/scan-reference';

/** With the skimmer and without it a scan has the same outcome, whatever it is given. */

const skimmer = skimmerFor([NEEDLE])!;

/** Everything a scan says, its error too. */
function toldBy({ error, ...rest }: Scan): unknown {
  return { ...rest, error: error?.message, offset: error?.offset };
}

/** @param inPlace whether the chunks lie in the skimmer's area */
function scansAlike(
  bytes: Buffer,
  sizes: readonly number[],
  inPlace: boolean,
  literals: readonly string[] = [NEEDLE],
): Scan {
  const plain = scanPieces(bytes, sizes, literals);
  const skimmed = scanPieces(bytes, sizes, literals, skimmer, inPlace);
  if (!isDeepStrictEqual(toldBy(skimmed), toldBy(plain))) {
    // Asked only now, since it is slow: it shows where they differ.
    const of = { bytes: `${bytes}`, sizes, inPlace, literals };
    expect({ ...of, told: toldBy(skimmed) }).toEqual({ ...of, told: toldBy(plain) });
  }
  return plain;
}

const pick = (...texts: string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);

const LOOK_ALIKE = '{"eventName":"DescribeInstances","eventSource":"ec2.amazonaws.com"}';

/** What moves everything behind it to other places of a block. */
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
    arbitrary: pick(NEEDLE, LOOK_ALIKE, `[${LOOK_ALIKE}]`, '"\\"DescribeInstances"', '"DescribeInstances\\""'),
  },
);

const gap = fc.oneof({ weight: 20, arbitrary: fc.constant('') }, { weight: 1, arbitrary: pick(' ', '\n  ', '\t\r') });

const record = fc
  .array(fc.tuple(gap, value, gap), { minLength: 1, maxLength: 6 })
  .map((values) => `{${values.map((parts, i) => `"k${i}":${parts.join('')}`).join(',')}}`);

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

/** The skimmer's own, others with and without it, a text without quotes, and none, with which every record counts. */
const literals = fc.oneof(
  { weight: 4, arbitrary: fc.constant([NEEDLE]) },
  fc.constantFrom(['"k3"'], ['"\u00e9😀"', '"}]}"', NEEDLE], ['Instances'], ['\\b'], []),
);

const sizes = fc.oneof(
  { weight: 3, arbitrary: fc.constant([1 << 20]) },
  { weight: 2, arbitrary: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 }) },
);

it('changes nothing on 25,000 documents', async () => {
  let skimmed = 0;
  await holds(
    25_000,
    fc.property(document, sizes, fc.boolean(), literals, (bytes, pieces, inPlace, sought) => {
      skimmed += scansAlike(bytes, pieces, inPlace, sought).records;
    }),
  );
  expect(skimmed).toBeGreaterThan(100_000);
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
  // The odd bytes stand behind twelve others, in each quarter of a block and over its edge.
  for (const at of [0, 14, 30, 46, 48, 49, 50, 51, 52]) {
    for (let byte = 0; byte < 256; byte++) {
      const odd = String.fromCharCode(byte);
      for (const inside of [`"${odd}"`, `"\\${odd}"`, odd]) {
        const text = `[{"a":"${'p'.repeat(at)}","b":${inside}},{}]`;
        scansAlike(Buffer.from(text, 'latin1'), [text.length], byte % 2 === 0);
      }
    }
  }
});

it('changes nothing where brackets nest deeper than it follows', () => {
  for (const depth of [1, 64, 20_000, 40_000]) {
    const deep = `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const { records, failed } = scansAlike(Buffer.from(`[${deep},${deep},{}]`), [1 << 20], true);
    expect([records, failed]).toEqual([3, false]);
  }
});

it('finds a needle wherever in a block it stands', () => {
  for (let at = 0; at < 130; at++) {
    const text = `[{"a":"${'p'.repeat(at)}","b":"DescribeInstances"},{"c":"DescribeInstances "}]`;
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

describe('a skim', () => {
  const clean = (i: number): string => `{"eventName":"RunInstances","n":${i}}`;
  const skim = (text: string, until = text.length, from = 0): [number, number, string] => {
    const bytes = Buffer.from(text);
    skimmer.enter(bytes);
    const end = skimmer.skim(from, until);
    return [end, skimmer.records, bytes.toString('utf8', skimmer.stop)];
  };

  it('passes clean records, and stops where something is to be done', () => {
    const { AT_RECORD, BEHIND_RECORD, AT_SUSPECT } = SKIM_END;
    const two = `${clean(1)} ,\n${clean(2)}`;
    expect(skim(`${two}]}`)).toEqual([BEHIND_RECORD, 2, ']}']);
    expect(skim(two)).toEqual([BEHIND_RECORD, 2, '']);
    expect(skim(`${two},7]`)).toEqual([BEHIND_RECORD, 2, ',7]']);
    expect(skim(`${two},{"a":`)).toEqual([AT_RECORD, 2, '{"a":']);
    expect(skim(`${two},{"a":"${'x'.repeat(100)}\n"}]`)[1]).toBe(2);
    const suspect = `{"a":"${'x'.repeat(64)}","eventName":"DescribeInstances"}`;
    expect(skim(`${two},${suspect},${clean(3)}]`)).toEqual([AT_SUSPECT, 2, `${suspect},${clean(3)}]`]);
    expect(skimmer.behind).toBe(`${two},${suspect}`.length);
    expect(skim(two, two.length - 1)).toEqual([AT_RECORD, 1, clean(2)]);
    expect(skim(two, 0)).toEqual([AT_RECORD, 0, two]);
  });

  it('passes over chunks larger than its area', () => {
    const record = `{"a":"${'x'.repeat(1_000)}"}`;
    const many = `[${Array.from({ length: 3_000 }, () => record).join(',')},${LOOK_ALIKE}]`;
    const { records, values } = scansAlike(Buffer.from(many), [many.length], false);
    expect([records, [...values.keys()]]).toEqual([3_001, [3_000]]);
  });
});

describe('there is none', () => {
  it.each([
    ['without a needle', []],
    ['for several', [NEEDLE, '"RunInstances"']],
    ['for part of a string', ['DescribeInstances']],
    ['for a short one', ['"a"']],
    ['for a long one', [`"${'a'.repeat(63)}"`]],
    ['for one with an escape', ['"Describe\\nInstances"']],
  ])('%s', (_, literals) => {
    expect(skimmerFor(literals)).toBeUndefined();
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
          const other = require('../../lambda/trail/scanner/simd/simd-skipper') as {
            skimmerFor: (n: string[]) => Skimmer;
          };
          expect(other.skimmerFor([NEEDLE])).toBeUndefined();
        });
      } finally {
        Object.assign(globalThis, { WebAssembly });
      }
    }
  });
});

it('is shared by scans that take turns', () => {
  const given: string[] = [];
  const open = (name: string) =>
    scanRecords(
      name,
      [NEEDLE],
      { record: (_, { index }) => given.push(name + index), fault: () => {}, restart: () => {} },
      skimmer,
    );
  const [a, b] = [open('a'), open('b')];
  const bytes = Buffer.from(`[{},${LOOK_ALIKE},{"x":1},${LOOK_ALIKE}]`);
  for (let at = 0; at < bytes.length; at += 50) {
    for (const scanner of [a, b]) {
      const piece = bytes.subarray(at, at + 50);
      skimmer.area.set(piece);
      scanner.push(skimmer.area.subarray(0, piece.length));
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
