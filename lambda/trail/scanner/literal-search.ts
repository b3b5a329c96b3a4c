import { EMPTY } from './json-skipper';

/** Every escape of a character below 256 starts so; two digits follow. */
const SHORT_ESCAPE = Buffer.from('\\u00');
const NONE = Number.MAX_SAFE_INTEGER;

/**
 * Says which spans of a chunk contain a literal, or an escape that may hide one. It searches the chunk natively and lazily,
 * once per literal instead of once per span, by remembering each match until queries have passed it. The scanners of a
 * thread can share one, since each sets its chunk before it asks.
 */
export class LiteralSearch {
  private readonly matchesAll: boolean;
  private readonly bytes: readonly Buffer[];
  private readonly hidable: Uint8Array;
  /** For each literal its first match at or after the last query, -1 before the first search. */
  private readonly next: number[];
  /** The same for an escape that may hide a literal. */
  private nextEscape = -1;
  /** The least of them all. */
  private earliest = -1;
  private chunk = EMPTY;

  /** @param literals JSON source texts such as `"DescribeInstances"` with their quotes; with none every span counts */
  constructor(readonly literals: readonly string[]) {
    this.matchesAll = literals.length === 0 || literals.includes('');
    this.bytes = literals.map((literal) => Buffer.from(literal));
    this.hidable = hidableIn(literals);
    this.next = literals.map(() => -1);
  }

  enter(chunk: Buffer): void {
    this.chunk = chunk;
    this.earliest = -1;
    this.nextEscape = -1;
    this.next.fill(-1);
  }

  /** Whether `[from..to)` of the chunk, a complete JSON value, contains one. Queries must come in ascending order. */
  within(from: number, to: number): boolean {
    if (this.matchesAll) return true;
    return this.earliest < to && this.advance(from, to);
  }

  /** Whether `bytes[from..to)` of any array contains one. */
  isIn(bytes: Buffer, from: number, to: number): boolean {
    if (this.matchesAll) return true;
    const span = bytes.subarray(from, to);
    return this.bytes.some((literal) => span.includes(literal)) || this.escapeIn(span, 0) < NONE;
  }

  private advance(from: number, to: number): boolean {
    if (this.nextEscape < from) this.nextEscape = this.escapeIn(this.chunk, from);
    let isFound = this.nextEscape < to;
    let earliest = this.nextEscape;
    for (const [i, literal] of this.bytes.entries()) {
      let match = this.next[i]!;
      if (match < from) {
        match = this.chunk.indexOf(literal, from);
        if (match < 0) match = NONE;
        this.next[i] = match;
      }
      isFound ||= match + literal.length <= to;
      earliest = Math.min(earliest, match);
    }
    this.earliest = earliest;
    return isFound;
  }

  private escapeIn(bytes: Buffer, from: number): number {
    for (let at = from; ; at += SHORT_ESCAPE.length) {
      at = bytes.indexOf(SHORT_ESCAPE, at);
      if (at < 0) return NONE;
      const digits = at + SHORT_ESCAPE.length;
      if (this.hidable[16 * hexValue(bytes[digits]!) + hexValue(bytes[digits + 1]!)] === 1) return at;
    }
  }
}

/**
 * The characters that an escape may spell in place of one of a literal.
 * @param literals JSON source texts
 * @returns 1 for each, by its code, of those below 256
 */
export function hidableIn(literals: readonly string[]): Uint8Array {
  const characters = new Uint8Array(256);
  const source = literals.join('');
  // A literal with an escape spells characters that its source does not show.
  if (source.includes('\\')) return characters.fill(1);
  // Other quotes are those around a string, and cannot be escaped.
  for (const character of source.replaceAll('"', '')) {
    const code = character.charCodeAt(0);
    if (code < characters.length) characters[code] = 1;
  }
  return characters;
}

function hexValue(digit: number): number {
  return (digit & 15) + 9 * (digit >> 6);
}
