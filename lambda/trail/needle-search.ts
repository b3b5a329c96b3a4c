/** Every escape of an ASCII character starts so; where one stands, a needle may be spelt another way. */
const ASCII_ESCAPE = '\\u00';

/** Beyond any index. */
const NONE = Number.MAX_SAFE_INTEGER;

/**
 * Says which stretches of a chunk contain a needle, or an escape that may hide one. The chunk is searched natively
 * and lazily, once a needle, not once a stretch: each search is remembered until the questions have passed it.
 */
export class NeedleSearch {
  private readonly needles: readonly Buffer[];
  private readonly everything: boolean;
  /** For each needle its first place at or behind the last question, -1 when not looked for yet. */
  private readonly next: number[];
  /** The least of `next`. */
  private earliest = -1;
  private chunk: Buffer = Buffer.alloc(0);

  /** @param needles JSON source texts; with none of them every stretch counts */
  constructor(needles: readonly string[]) {
    this.everything = needles.length === 0 || needles.includes('');
    this.needles = [...needles, ASCII_ESCAPE].map((needle) => Buffer.from(needle));
    this.next = this.needles.map(() => -1);
  }

  /** Turns to another chunk. */
  enter(chunk: Buffer): void {
    this.chunk = chunk;
    this.earliest = -1;
    this.next.fill(-1);
  }

  /** Whether `[from..to)` of the chunk contains one. Stretches must be asked for in ascending order. */
  within(from: number, to: number): boolean {
    if (this.everything) return true;
    return this.earliest < to && this.advance(from, to);
  }

  /** The same for a copy: `bytes[from..to)`, searched for itself. */
  inCopy(bytes: Buffer, from: number, to: number): boolean {
    if (this.everything) return true;
    const stretch = bytes.subarray(from, to);
    return this.needles.some((needle) => stretch.includes(needle));
  }

  private advance(from: number, to: number): boolean {
    let found = false;
    let earliest = NONE;
    for (const [i, needle] of this.needles.entries()) {
      let place = this.next[i]!;
      if (place < from) {
        place = this.chunk.indexOf(needle, from);
        if (place < 0) place = NONE;
        this.next[i] = place;
      }
      found ||= place + needle.length <= to;
      earliest = Math.min(earliest, place);
    }
    this.earliest = earliest;
    return found;
  }
}
