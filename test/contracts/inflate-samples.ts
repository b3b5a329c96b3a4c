import { createCipheriv } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { InflateError } from '../../lambda/errors';
import type { InflateEngine } from '../../lambda/ports';

/** Shared by the inflate tests and the child process that measures memory. */

export const NAME = 's3://trail/AWSLogs/object.json.gz';

export const MIB = 1024 * 1024;

export const LIMIT = 64 * MIB;

/** The bytes as an object source gives them, cut at the given offsets. */
export async function* stored(bytes: Uint8Array, cuts: readonly number[] = []): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const cut of [...cuts, bytes.length].sort((a, b) => a - b)) {
    yield bytes.subarray(from, cut);
    from = cut;
  }
}

/** All of the output; each piece is copied, since the next may overwrite it. */
export async function outputOf(
  engine: InflateEngine,
  object: AsyncIterable<Uint8Array>,
  limit = LIMIT,
): Promise<{ output: Buffer; largest: number; smallest: number }> {
  const pieces: Buffer[] = [];
  for await (const piece of engine.inflate(object, NAME, limit)) {
    pieces.push(Buffer.from(piece));
  }
  const sizes = pieces.map((piece) => piece.length);
  return { output: Buffer.concat(pieces), largest: Math.max(0, ...sizes), smallest: Math.min(...sizes) };
}

/** The output, or the error. */
export async function attempt(
  engine: InflateEngine,
  object: AsyncIterable<Uint8Array>,
  limit = LIMIT,
): Promise<{ error: unknown } | { output: Buffer }> {
  try {
    return { output: (await outputOf(engine, object, limit)).output };
  } catch (error) {
    return { error };
  }
}

/** One member whose trailer claims `claimed` bytes of output. */
export function lying(content: Uint8Array, claimed: number): Buffer {
  const gzip = gzipSync(content);
  gzip.writeUInt32LE(claimed, gzip.length - 4);
  return gzip;
}

/** Bytes that do not compress, the same ones for the same seed. */
export function noise(length: number, seed = 1): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, `${seed},`), Buffer.alloc(16)).update(Buffer.alloc(length));
}

export const TEXT = Buffer.from('{"Records":[{"eventName":"DescribeInstances","awsRegion":"eu-west-1"}]}');

/** Inflated in one call. */
export const SMALL = gzipSync(TEXT);

/** Too large to gather: inflated as a stream. */
export const LARGE = gzipSync(noise(2 * MIB));

/** What inflating throws, or undefined. */
export async function errorOf(engine: InflateEngine, object: AsyncIterable<Uint8Array>, limit = LIMIT) {
  const result = await attempt(engine, object, limit);
  return 'error' in result ? result.error : undefined;
}

/** Every error must say which object it is of. */
export function expectNamed(error: unknown): void {
  expect(error).toBeInstanceOf(InflateError);
  expect(error).toHaveProperty('message', expect.stringContaining(NAME));
}

/** What an engine gives of complete objects without waiting: its output, and how it ended. */
export function syncOutput(engine: InflateEngine, gzip: Uint8Array, limit = LIMIT) {
  const pieces: Buffer[] = [];
  let error: unknown;
  let did = true;
  try {
    did = engine.inflateSync(gzip, limit, (piece) => pieces.push(Buffer.from(piece)));
  } catch (caught) {
    error = caught;
  }
  return { did, error, pieces };
}

/** In few words, so that a counterexample can be read: compresses well, hardly, or not at all; some larger than a piece. */
const content = fc.oneof(
  fc.tuple(fc.constant('bytes' as const), fc.array(fc.nat(255), { maxLength: 200 })),
  fc.tuple(fc.constant('text' as const), fc.nat(40)),
  fc.tuple(fc.constant('noise' as const), fc.nat(300_000)),
  fc.tuple(fc.constant('long' as const), fc.nat(5)),
);

function bytesOf([kind, of]: readonly ['bytes', number[]] | readonly ['text' | 'noise' | 'long', number]): Buffer {
  switch (kind) {
    case 'bytes':
      return Buffer.from(of);
    case 'text':
      return Buffer.concat(new Array(of).fill(TEXT));
    case 'noise':
      return noise(of);
    case 'long':
      return Buffer.alloc(of * MIB + 1, 'regionsweep ');
  }
}

/** The contents of an object's members, and how many zero bytes follow them. */
export const someObject = fc.tuple(fc.array(content, { minLength: 1, maxLength: 4 }), fc.nat(20));

export type SomeObject = typeof someObject extends fc.Arbitrary<infer Of> ? Of : never;

export function objectOf([contents, zeros]: SomeObject) {
  const output = Buffer.concat(contents.map(bytesOf));
  const members = contents.map((of) => gzipSync(bytesOf(of)));
  return { members, output, object: Buffer.concat([...members, Buffer.alloc(zeros)]) };
}

/** An object that must be refused, and ways to cut it. */
type Damaged = readonly [object: Buffer, ...cuts: (readonly number[])[]];

const FOLLOWED: Readonly<Record<string, Buffer>> = {
  text: Buffer.from('{"Records":[]}'),
  'one byte': Buffer.from('x'),
  'zeros, then text': Buffer.from('\0\0\0text'),
  'zeros, then a member': Buffer.concat([Buffer.alloc(2), SMALL]),
  'its own trailer again': SMALL.subarray(-8),
  'a bare gzip magic': Buffer.from([0x1f, 0x8b]),
};

export const DAMAGED: readonly (readonly [what: string, samples: readonly Damaged[]])[] = [
  ['no bytes', [[Buffer.alloc(0), []]]],
  [
    'a first or second member cut at any byte',
    Array.from(SMALL.subarray(1), (_, index): Damaged[] => {
      const cut = SMALL.subarray(0, index + 1);
      return [
        [cut, [9]],
        [Buffer.concat([SMALL, cut]), [SMALL.length]],
      ];
    }).flat(),
  ],
  [
    'a large member cut short',
    [LARGE.length - 1, LARGE.length - 8, LARGE.length - 9, 1_500_000].map((end) => [LARGE.subarray(0, end), [700_000]]),
  ],
  ...[20, 500_000, 1_990_000, LARGE.length - 6, LARGE.length - 2].map((at): [string, Damaged[]] => {
    return [`a large object with byte ${at} changed`, [[changedAt(LARGE, at, 0x10), [65_536, 1_900_000]]]];
  }),
  ...Object.entries(FOLLOWED).map(([what, tail]): [string, Damaged[]] => [
    `an object followed by ${what}`,
    [SMALL, LARGE].map((body) => {
      return [Buffer.concat([body, tail]), [], [body.length], [body.length + 1], [body.length - 3]];
    }),
  ]),
  ...[0, 1, 70, 72, 30_000, 5 * MIB, 0xffff_ffff].map((claim): [string, Damaged[]] => {
    return [`a member that claims ${claim} bytes`, [[lying(TEXT, claim), []]]];
  }),
  ['plain JSON', [[TEXT, []]]],
];

function changedAt(object: Buffer, at: number, change: number): Buffer {
  const changed = Buffer.from(object);
  changed[at] = changed[at]! ^ change;
  return changed;
}

/** Two members with one byte changed, in turn each in four ways, and what they hold unless the change is noticed. */
export const CHANGED = {
  output: Buffer.concat([TEXT, TEXT]),
  *objects(): Generator<Buffer> {
    const object = Buffer.concat([SMALL, SMALL]);
    for (let at = 0; at < object.length; at++) {
      for (const change of [0x01, 0x80, 0xff, object[at]!]) yield changedAt(object, at, change);
    }
  },
  /** Only time stamp, system and hints in the header may change unnoticed. */
  leastRefused: 2 * SMALL.length * 3,
};
