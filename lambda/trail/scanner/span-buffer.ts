import { EMPTY } from './json-skipper';

const MAX_KEPT_BYTES = 1 << 20;

/**
 * A span of the stream that may begin in one chunk and end in a later one. Only what crosses an edge is copied;
 * `resolve` then says where all of it lies: `bytes[from..to)`, valid until the next `begin` or chunk.
 */
export class SpanBuffer {
  bytes = EMPTY;
  from = 0;
  to = 0;
  /** Whether the resolved span is a copy of its own, not a part of the current chunk. */
  isCopied = false;
  private active = false;
  private copy = EMPTY;
  private copied = 0;

  /** Starts at an index of the current chunk, forgetting the last span. */
  begin(index: number): void {
    this.active = true;
    this.from = index;
    this.copied = 0;
  }

  /** Forgets the span at index `end` of the chunk. @returns the bytes it had */
  drop(end: number): number {
    const length = this.active ? this.copied + end - this.from : 0;
    this.active = false;
    return length;
  }

  /** Saves the rest of a chunk that is about to go. @returns the bytes that the span has so far */
  carry(chunk: Buffer): number {
    if (!this.active) return 0;
    this.append(chunk, chunk.length);
    this.from = 0;
    return this.copied;
  }

  resolve(chunk: Buffer, end: number): void {
    this.active = false;
    this.isCopied = this.copied > 0;
    if (this.isCopied) {
      this.append(chunk, end);
      this.bytes = this.copy;
      this.from = 0;
      this.to = this.copied;
      if (this.copy.length > MAX_KEPT_BYTES) this.copy = EMPTY;
    } else {
      this.bytes = chunk;
      this.to = end;
    }
  }

  private append(chunk: Buffer, end: number): void {
    const length = this.copied + end - this.from;
    if (length > this.copy.length) {
      const wider = Buffer.allocUnsafeSlow(Math.max(1024, length, this.copy.length * 2));
      this.copy.copy(wider, 0, 0, this.copied);
      this.copy = wider;
    }
    chunk.copy(this.copy, this.copied, this.from, end);
    this.copied = length;
  }
}
