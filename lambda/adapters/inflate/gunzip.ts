import { types } from 'node:util';
import { constants, createGunzip } from 'node:zlib';
import { reasonOf } from '../../errors';
import { codeOf } from './bounds';

/** The private state of Node's zlib streams that we use, as `createGunzip` has created it since Node 11. */
interface GunzipInside {
  readonly _handle: {
    reset(): void;
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
  /** after a write: free bytes of the output, unused bytes of the input */
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
 * One inflater for any number of objects in turn, into the caller's memory: creating a stream takes longer than inflating a
 * small object. It relies on Node's internals, so get it from `makeGunzip`, which tests it first.
 */
export class Gunzip {
  /** unused bytes of the last input, and free bytes of the last output */
  inputLeft = 0;
  outputLeft = 0;
  /** zlib's error, with its `code` */
  failure: Error | undefined;
  private readonly inside: GunzipInside;

  /** @throws TypeError if Node's internals differ */
  constructor(stream: unknown = createGunzip()) {
    if (!isAsExpected(stream)) throw new TypeError('the internals of its streams differ');
    this.inside = stream;
    stream._handle.onerror = (message, errno, code) => {
      this.failure = Object.assign(new Error(message), { errno, code });
    };
  }

  /** Starts another object. */
  begin(): void {
    this.failure = undefined;
    this.inside._handle.reset();
  }

  /**
   * Inflates, across members, until the output is full or the input used up.
   * @param isLast whether the input ends the object
   * @returns false for input that is not gzip, or cut short: see `failure`
   */
  inflate(
    input: Uint8Array,
    from: number,
    to: number,
    isLast: boolean,
    output: Uint8Array,
    outputFrom: number,
    outputTo = output.length,
  ): boolean {
    const { _handle: handle, _writeState: state } = this.inside;
    const flush = isLast ? constants.Z_FINISH : constants.Z_NO_FLUSH;
    handle.writeSync(flush, input, from, to - from, output, outputFrom, outputTo - outputFrom);
    this.outputLeft = state[0]!;
    this.inputLeft = state[1]!;
    return this.failure === undefined;
  }
}

/**
 * Node versions on which the native object's arguments were looked up and run. Wrong arguments crash the process, which no
 * trial could catch.
 */
const TRIED_MAJORS = ['20', '22', '24'];

/**
 * An inflater that passed its trial.
 * @param make for tests, as is the version
 * @returns the reason if there is none: then public zlib does the same, more slowly
 */
export function makeGunzip(
  version = process.versions.node,
  make = () => new Gunzip(),
): Gunzip | { readonly reason: string } {
  if (!TRIED_MAJORS.includes(version.split('.', 1)[0]!)) return { reason: `not tried on Node ${version}` };
  try {
    const gunzip = make();
    const sample = SAMPLES.findIndex(([gzip, expected]) => inflated(gunzip, gzip) !== expected);
    return sample < 0 ? gunzip : { reason: `sample ${sample} of its trial failed` };
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

/** The expected result of a sample: its text and unused bytes, or the code of its fault. */
const SAMPLES: readonly (readonly [gzip: Buffer, expected: string])[] = [
  [MEMBER, `${TEXT} 0`],
  [Buffer.concat([TWICE, Buffer.alloc(9)]), `${TEXT}${TEXT} 9`],
  [CORRUPT, 'Z_DATA_ERROR'],
  [TWICE.subarray(0, -8), 'Z_BUF_ERROR'],
  [Buffer.from(TEXT), 'Z_DATA_ERROR'],
  // It must work again after every fault.
  [TWICE, `${TEXT}${TEXT} 0`],
];

/** Inflates a sample in two pieces, into a small output inside a larger array. */
function inflated(gunzip: Gunzip, gzip: Buffer): unknown {
  const output = Buffer.alloc(18, '-');
  let text = '';
  gunzip.begin();
  for (const [from, to] of [
    [0, 30],
    [30, gzip.length],
  ] as const) {
    gunzip.inputLeft = to - from;
    do {
      const isLast = to === gzip.length;
      if (!gunzip.inflate(gzip, to - gunzip.inputLeft, to, isLast, output, 1, 17)) return codeOf(gunzip.failure);
      text += output.toString('latin1', 1, 17 - gunzip.outputLeft);
    } while (gunzip.outputLeft === 0 && text.length < 200);
  }
  return output[0] === 0x2d && output[17] === 0x2d ? `${text} ${gunzip.inputLeft}` : undefined;
}
