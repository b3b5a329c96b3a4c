/** Seeded randomness: the same seed gives the same numbers on every platform. Not for secrets. */

const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** A small fast counter generator (sfc32); 32-bit integer arithmetic only, so no platform rounds differently. */
export class Random {
  private constructor(
    private a: number,
    private b: number,
    private c: number,
    private counter: number,
  ) {}

  /**
   * An independent stream for each different list of labels.
   * @param labels the seed first, then what the stream is for, as in `Random.seeded(seed, 'sweep', 3)`
   */
  static seeded(...labels: readonly (string | number)[]): Random {
    const [a, b, c, d] = hash128(labels.join('\u0000'));
    const random = new Random(a, b, c, d);
    // The first numbers of sfc32 still show the seed.
    for (let round = 0; round < 12; round++) random.word();
    return random;
  }

  /** An integer from 0 to 2^32 - 1. */
  word(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A number from 0 up to, and without, 1. */
  fraction(): number {
    return this.word() / 4294967296;
  }

  /** An integer from `min` to `max`, both possible. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1));
  }

  /** True with this probability, 0 to 1. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.integer(0, list.length - 1)]!;
  }

  /** A number from 0 up to, and without, 1; half of them are below 1/8. */
  small(): number {
    const fraction = this.fraction();
    return fraction * fraction * fraction;
  }

  /** One of a list that is not empty, the first ones much more often than the last. */
  favour<T>(list: readonly T[]): T {
    return list[Math.floor(this.small() * list.length)]!;
  }

  /** The list in another order; the given one is left as it is. */
  shuffle<T>(list: readonly T[]): T[] {
    const copy = [...list];
    for (let last = copy.length - 1; last > 0; last--) {
      const other = this.integer(0, last);
      [copy[last], copy[other]] = [copy[other]!, copy[last]!];
    }
    return copy;
  }

  hex(length: number): string {
    let text = '';
    while (text.length < length) text += this.word().toString(16).padStart(8, '0');
    return text.slice(0, length);
  }

  uuid(): string {
    const digits = this.hex(32);
    const variant = '89ab'[Number.parseInt(digits[16]!, 16) & 3];
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}`;
  }

  /** Capital letters and the digits 2 to 7, as in access keys and principal ids. */
  base32(length: number): string {
    return this.characters(`${CAPITALS}234567`, length);
  }

  /** Letters of both cases and digits, as at the end of object keys. */
  alphanumeric(length: number): string {
    return this.characters(`${CAPITALS}${CAPITALS.toLowerCase()}0123456789`, length);
  }

  private characters(alphabet: string, length: number): string {
    let text = '';
    while (text.length < length) text += alphabet[Math.floor(this.fraction() * alphabet.length)];
    return text;
  }
}

/** Four 32-bit words of a text (cyrb128). */
function hash128(text: string): [number, number, number, number] {
  let [h1, h2, h3, h4] = [1779033703, 3144134277, 1013904242, 2773480762];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    h1 = h2 ^ Math.imul(h1 ^ code, 597399067);
    h2 = h3 ^ Math.imul(h2 ^ code, 2869860233);
    h3 = h4 ^ Math.imul(h3 ^ code, 951274213);
    h4 = h1 ^ Math.imul(h4 ^ code, 2716044179);
  }
  h1 = Math.imul(h3 ^ (h1 >>> 18), 597399067);
  h2 = Math.imul(h4 ^ (h2 >>> 22), 2869860233);
  h3 = Math.imul(h1 ^ (h3 >>> 17), 951274213);
  h4 = Math.imul(h2 ^ (h4 >>> 19), 2716044179);
  return [h1 ^ h2 ^ h3 ^ h4, h2 ^ h1, h3 ^ h1, h4 ^ h1];
}
