import { types } from 'node:util';
import { constants, createGunzip } from 'node:zlib';
import { reasonOf } from '../../errors';
import { codeOf } from './bounds';

/** Most bytes of output at a time: they stay in the processor's cache until they are scanned. */
const STEP_BYTES = 256 * 1024;

/** Output steps of the passes in which a fault is located ever more closely; the last must be 1. */
const CLOSER_STEPS = [1024, 1];

/** What is used of zlib's state that is private to Node's streams, as `createGunzip` has made it since Node 11. */
interface GunzipInside {
  readonly _handle: {
    reset(): void;
    /** The room left in `output` and the bytes left of `input` go into `_writeState`. */
    writeSync(
      flush: number,
      input: Uint8Array,
      inputFrom: number,
      inputLength: number,
      output: Uint8Array,
      outputFrom: number,
      outputLength: number,
    ): void;
    onerror: (message: string, errno: number, code: string) => void;
  };
  readonly _writeState: Uint32Array;
}

function isAsExpected(stream: unknown): stream is GunzipInside {
  const { _handle, _writeState } = stream as { [name: string]: unknown };
  const handle = _handle as { [name: string]: unknown } | undefined;
  return (
    types.isUint32Array(_writeState) &&
    _writeState.length === 2 &&
    typeof handle?.reset === 'function' &&
    typeof handle.writeSync === 'function'
  );
}

/**
 * One inflater for any number of objects, one after the other, with one buffer for their output: creating a stream and its
 * buffers takes longer than inflating a small object. It uses what is private to Node, so get it from `trustedGunzip`,
 * which tries it first.
 */
export class ReusedGunzip {
  private readonly inside: GunzipInside;
  private own: Uint8Array | undefined;
  private failure: Error | undefined;
  private isBusy = false;

  /** @throws TypeError where Node keeps its state otherwise */
  constructor(
    private readonly stepBytes = STEP_BYTES,
    stream: unknown = createGunzip(),
  ) {
    if (!isAsExpected(stream)) throw new TypeError('its streams are made otherwise');
    this.inside = stream;
    this.inside._handle.onerror = (message, errno, code) => {
      this.failure = Object.assign(new Error(message), { errno, code });
    };
  }

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
      return this.failure!;
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
    const { _handle: handle, _writeState: state } = this.inside;
    this.failure = undefined;
    handle.reset();
    let left = gzip.length;
    let filled = 0;
    for (let isOver = false; !isOver; ) {
      const room = skip > 0 ? Math.min(skip, size) : Math.min(step, size - filled);
      output[filled] = 0;
      handle.writeSync(constants.Z_FINISH, gzip, gzip.length - left, left, output, filled, room);
      if (this.failure !== undefined) {
        // Of a single byte it can be seen whether it was put out.
        if (skip === 0 && room === 1 && output[filled] !== 0) filled += 1;
        break;
      }
      const [roomLeft = 0, inputLeft = 0] = state;
      left = inputLeft;
      isOver = roomLeft > 0;
      if (skip > 0) {
        skip -= room - roomLeft;
        continue;
      }
      filled += room - roomLeft;
      if (filled === size) {
        give(output.subarray(0, size));
        filled = 0;
      }
    }
    if (filled > 0) give(output.subarray(0, filled));
    return this.failure === undefined ? gzip.length - left : undefined;
  }
}

/** An inflater that has passed its trial, or why there is none. */
export type TrustedGunzip =
  | { readonly gunzip: ReusedGunzip; readonly reason?: never }
  | { readonly gunzip?: never; readonly reason: string };

/**
 * Where the arguments of the native object have been looked up and run. On another version they could be others, and
 * the wrong ones end the process, which no test from within could catch.
 */
const TRIED_MAJORS = ['20', '22', '24'];

let trusted: TrustedGunzip | undefined;

/** The inflater of this thread, made and tried when it is first asked for. */
export function trustedGunzip(): TrustedGunzip {
  trusted ??= tryGunzip(process.versions.node, (stepBytes) => new ReusedGunzip(stepBytes));
  return trusted;
}

/** @param make an inflater that gives that many bytes at a time, or its usual number */
export function tryGunzip(version: string, make: (stepBytes?: number) => ReusedGunzip): TrustedGunzip {
  if (!TRIED_MAJORS.includes(version.split('.', 1)[0]!)) return { reason: `not tried on Node ${version}` };
  try {
    const gunzip = make();
    // With 16 bytes at a time a member's output takes several steps, and not a whole number of them.
    const fault = faultIn(make(16)) ?? faultIn(gunzip);
    return fault === undefined ? { gunzip } : { reason: fault };
  } catch (error) {
    return { reason: reasonOf(error) };
  }
}

const TEXT = 'regionsweep, one member of a gzip, inflated in several steps';

const MEMBER = Buffer.from(
  'H4sIAAAAAAAAAwXBgQnAIAwEwFV+AJeK9JWAJiGRFpy+d8mpbvWR0eBGbO7OhA8I5tVoUBtLDh+oofgyZaEOo37aBhHpPAAAAA==',
  'base64',
);

const TWICE = Buffer.concat([MEMBER, MEMBER]);

const CORRUPT = Buffer.from(MEMBER);

CORRUPT[MEMBER.length - 8]! ^= 1;

/** What an object must give: all of its output, and the bytes consumed or zlib's code. */
const SAMPLES: readonly (readonly [gzip: Buffer, output: string, end: number | string])[] = [
  [MEMBER, TEXT, MEMBER.length],
  [Buffer.concat([TWICE, Buffer.alloc(9)]), TEXT + TEXT, TWICE.length],
  [CORRUPT, TEXT, 'Z_DATA_ERROR'],
  [TWICE.subarray(0, -8), TEXT + TEXT, 'Z_BUF_ERROR'],
  [Buffer.from(TEXT), '', 'Z_DATA_ERROR'],
  // After every fault it must be as good as new.
  [TWICE, TEXT + TEXT, TWICE.length],
];

/** @returns the first thing that it does otherwise than expected */
function faultIn(gunzip: ReusedGunzip): string | undefined {
  const index = SAMPLES.findIndex(([gzip, output, end]) => {
    let given = '';
    const ended = gunzip.inflate(gzip, (piece) => {
      given += Buffer.from(piece).toString('latin1');
    });
    return given !== output || (ended instanceof Error ? codeOf(ended) : ended) !== end;
  });
  return index < 0 ? undefined : `sample ${index} of its trial came out wrong`;
}
