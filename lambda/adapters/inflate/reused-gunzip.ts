import { Gunzip, makeGunzip } from './gunzip';

/** Most bytes of output at a time: they stay in the processor's cache until they are scanned. */
const STEP_BYTES = 256 * 1024;

/** Output steps of the passes in which a fault is located ever more closely; the last must be 1. */
const CLOSER_STEPS = [1024, 1];

/** Inflates complete objects, each with all that comes before its fault, by one inflater and into one buffer. */
export class ReusedGunzip {
  private own: Uint8Array | undefined;
  private isBusy = false;

  constructor(
    private readonly gunzip: Gunzip,
    private readonly stepBytes = STEP_BYTES,
  ) {}

  /** While it gives a piece it cannot be used for another object. */
  get isFree(): boolean {
    return !this.isBusy;
  }

  /**
   * Inflates all members of an object.
   * @param take is given the output piece by piece; a piece is valid until it returns. What it throws passes through
   * @param output where the pieces are, memory of its own by default
   * @returns the stored bytes that members took, what follows them begins with a zero; or zlib's error, with its `code`,
   * and all that comes before the fault was given, but perhaps a zero byte at its end
   */
  inflate(gzip: Uint8Array, take: (piece: Uint8Array) => void, output = this.ownOutput()): number | Error {
    const size = Math.min(this.stepBytes, output.length);
    // A buffer that was detached would end the process.
    if (size === 0) throw new RangeError('no room for output');
    this.isBusy = true;
    let given = 0;
    const give = (piece: Uint8Array): void => {
      given += piece.length;
      take(piece);
    };
    try {
      // zlib does not say how much it had put out when it met a fault: what one step holds is lost.
      for (const step of [size, ...CLOSER_STEPS]) {
        const consumed = this.pass(gzip, output, size, Math.min(step, size), given, give);
        if (consumed !== undefined) return consumed;
      }
      return this.gunzip.failure!;
    } finally {
      this.isBusy = false;
    }
  }

  private ownOutput(): Uint8Array {
    this.own ??= new Uint8Array(this.stepBytes);
    return this.own;
  }

  /**
   * @param size bytes of `output` that are filled before they are given
   * @param step bytes asked of zlib at a time
   * @param skip bytes of output that earlier passes gave
   * @returns the bytes consumed, undefined after a failure
   */
  private pass(
    gzip: Uint8Array,
    output: Uint8Array,
    size: number,
    step: number,
    skip: number,
    give: (piece: Uint8Array) => void,
  ): number | undefined {
    const { gunzip } = this;
    gunzip.begin();
    gunzip.inputLeft = gzip.length;
    let filled = 0;
    for (let isOver = false; !isOver; ) {
      const room = skip > 0 ? Math.min(skip, size) : Math.min(step, size - filled);
      output[filled] = 0;
      const from = gzip.length - gunzip.inputLeft;
      if (!gunzip.inflate(gzip, from, gzip.length, true, output, filled, filled + room)) {
        // Of a single byte it can be seen whether it was put out.
        if (skip === 0 && room === 1 && output[filled] !== 0) filled += 1;
        break;
      }
      isOver = gunzip.outputLeft > 0;
      if (skip > 0) {
        skip -= room - gunzip.outputLeft;
        continue;
      }
      filled += room - gunzip.outputLeft;
      if (filled === size) {
        give(output.subarray(0, size));
        filled = 0;
      }
    }
    if (filled > 0) give(output.subarray(0, filled));
    return gunzip.failure === undefined ? gzip.length - gunzip.inputLeft : undefined;
  }
}

/** A reused inflater, or why there is none. */
export type TrustedGunzip =
  | { readonly gunzip: ReusedGunzip; readonly reason?: never }
  | { readonly gunzip?: never; readonly reason: string };

let trusted: TrustedGunzip | undefined;

/** The inflater of this thread, made and tried when it is first asked for. */
export function trustedGunzip(): TrustedGunzip {
  if (trusted !== undefined) return trusted;
  const made = makeGunzip();
  trusted = made instanceof Gunzip ? { gunzip: new ReusedGunzip(made) } : made;
  return trusted;
}
