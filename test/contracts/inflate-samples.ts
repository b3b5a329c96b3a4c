import { createCipheriv } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { InflateError } from '../../lambda/errors';
import type { InflateEngine } from '../../lambda/ports';
import { MAX_PEEKED_BYTES, peek, unpeek } from '../../lambda/trail/object-bytes';

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

/** The engine as objects are read: synchronously if they are gathered, else streamed. */
export function asRead(engine: InflateEngine): InflateEngine {
  return {
    ...engine,
    async *inflate(object, name, limit) {
      const head = await peek(object, MAX_PEEKED_BYTES);
      if (head.isComplete) {
        const { did, error, pieces } = syncOutput(engine, head.bytes, limit);
        yield* pieces;
        if (error !== undefined) throw error;
        if (did) return;
        expect(pieces).toEqual([]);
      }
      yield* engine.inflate(unpeek(head), name, limit);
    },
  };
}
