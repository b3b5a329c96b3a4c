import { EMPTY } from './json-skipper';

/** Every escape of a character below 256 starts so; the next digit says which sixteen it may be. */
const SHORT_ESCAPE = Buffer.from('\\u00');

/** Beyond any index. */
const NONE = Number.MAX_SAFE_INTEGER;

interface Sought {
  readonly literals: readonly Buffer[];
  readonly hiding: Uint8Array;
}

/** The same list is asked for in thousands of objects. */
const known = new WeakMap<readonly string[], Sought>();

function soughtOf(texts: readonly string[]): Sought {
  let sought = known.get(texts);
  if (sought === undefined) {
    sought = { literals: texts.map((text) => Buffer.from(text)), hiding: hidingDigits(texts) };
    known.set(texts, sought);
  }
  return sought;
}

/**
 * Says which stretches of a chunk contain a needle, or an escape that may hide one. The chunk is searched natively
 * and lazily, once a needle, not once a stretch: each search is remembered until the questions have passed it.
 */
export class LiteralSearch {
  private readonly everything: boolean;
  private readonly sought: Sought;
  /** For each needle its first place at or behind the last question, -1 when not looked for yet. */
  private readonly next: number[];
  /** The same for an escape that may hide one. */
  private nextEscape = -1;
  /** The least of them all. */
  private earliest = -1;
  private chunk = EMPTY;

  /** @param texts the needles, as JSON source; with none of them every stretch counts */
  constructor(texts: readonly string[]) {
    this.everything = texts.length === 0 || texts.includes('');
    this.next = texts.map(() => -1);
    this.sought = soughtOf(texts);
  }

  /** Turns to another chunk. */
  enter(chunk: Buffer): void {
    this.chunk = chunk;
    this.earliest = -1;
    this.nextEscape = -1;
    this.next.fill(-1);
  }

  /**
   * Whether `[from..to)` of the chunk, a whole JSON value, contains one. Stretches must be asked for in ascending order.
   */
  within(from: number, to: number): boolean {
    if (this.everything) return true;
    return this.earliest < to && this.advance(from, to);
  }

  /** Where at `from` or behind it the first of them begins, beyond any index when there is none; ascending as well. */
  nextFrom(from: number): number {
    if (this.everything) return from;
    if (this.earliest < from) this.advance(from, from);
    return this.earliest;
  }

  /** Whether any bytes contain one, searched for themselves: `bytes[from..to)`. */
  alone(bytes: Buffer, from: number, to: number): boolean {
    if (this.everything) return true;
    const stretch = bytes.subarray(from, to);
    return this.sought.literals.some((literal) => stretch.includes(literal)) || this.escapeIn(stretch, 0) < NONE;
  }

  private advance(from: number, to: number): boolean {
    if (this.nextEscape < from) this.nextEscape = this.escapeIn(this.chunk, from);
    let found = this.nextEscape < to;
    let earliest = this.nextEscape;
    for (const [i, literal] of this.sought.literals.entries()) {
      let place = this.next[i]!;
      if (place < from) {
        place = this.chunk.indexOf(literal, from);
        if (place < 0) place = NONE;
        this.next[i] = place;
      }
      found ||= place + literal.length <= to;
      earliest = Math.min(earliest, place);
    }
    this.earliest = earliest;
    return found;
  }

  private escapeIn(bytes: Buffer, from: number): number {
    const { hiding } = this.sought;
    for (let at = from; ; at += SHORT_ESCAPE.length) {
      at = bytes.indexOf(SHORT_ESCAPE, at);
      if (at < 0) return NONE;
      if (hiding[bytes[at + SHORT_ESCAPE.length]!] === 1) return at;
    }
  }
}

/**
 * The digits behind `\u00` with which an escape may spell a character of one of the needles.
 * @param needles JSON source texts
 * @returns 1 for each such byte, of both cases
 */
export function hidingDigits(literals: readonly string[]): Uint8Array {
  const digits = new Uint8Array(256);
  const source = literals.join('');
  // A needle with an escape of its own spells what its source does not show.
  if (source.includes('\\')) return digits.fill(1);
  // Without one a quote is that of a string, and cannot be escaped.
  for (const character of source.replaceAll('"', '')) {
    const digit = (character.charCodeAt(0) >> 4).toString(16);
    if (digit.length > 1) continue;
    digits[digit.charCodeAt(0)] = digits[digit.toUpperCase().charCodeAt(0)] = 1;
  }
  return digits;
}
