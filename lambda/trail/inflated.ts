import { InflateError } from '../errors';
import type { InflateEngine } from '../ports';

/**
 * An object's text, inflated where it is gzip. What it is shows in its first bytes, not in its name: a copy of a trail
 * is often unpacked, and a download may have been unpacked on the way.
 * @param limit most bytes of text
 */
export async function* inflated(
  stored: AsyncIterable<Uint8Array>,
  engine: InflateEngine,
  name: string,
  limit: number,
): AsyncIterable<Uint8Array> {
  const pieces = stored[Symbol.asyncIterator]();
  try {
    const head = await firstBytes(pieces);
    const whole = continued(head, pieces);
    yield* isGzip(head) ? engine.inflate(whole, name, limit) : limited(whole, name, limit);
  } finally {
    await pieces.return?.();
  }
}

/** Two bytes or more, unless the object has fewer. */
async function firstBytes(pieces: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < 2) {
    const next = await pieces.next();
    if (next.done === true) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  return head;
}

/** RFC 1952: every gzip member starts with 1f 8b. JSON never does. */
function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

async function* continued(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  if (head.length > 0) yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

async function* limited(
  stored: AsyncIterable<Uint8Array>,
  name: string,
  limit: number,
): AsyncIterable<Uint8Array> {
  let length = 0;
  for await (const piece of stored) {
    length += piece.length;
    if (length > limit) {
      throw new InflateError(`${name}: larger than the limit of ${limit} bytes; raise the limit to read it`);
    }
    yield piece;
  }
}
