import { types } from 'node:util';
import { constants, createGunzip } from 'node:zlib';
import { reasonOf } from '../../errors';
import { codeOf } from './bounds';

/** What is used of zlib's state that is private to Node's streams, as `createGunzip` has made it since Node 11. */
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
  /** the room left in the output and the bytes left of the input, after a write */
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
 * One inflater for any number of objects, one after the other, into the caller's memory: creating a stream takes longer
 * than inflating a small object. It uses what is private to Node, so get it from `makeGunzip`, which tries it first.
 */
export class Gunzip {
  /** bytes of the last input that were not needed, and of the last output that were not filled */
  inputLeft = 0;
  outputLeft = 0;
  /** zlib's error, with its `code` */
  failure: Error | undefined;
  private readonly inside: GunzipInside;

  /** @throws TypeError where Node keeps its state otherwise */
  constructor(stream: unknown = createGunzip()) {
    if (!isAsExpected(stream)) throw new TypeError('its streams are made otherwise');
    this.inside = stream;
    stream._handle.onerror = (message, errno, code) => {
      this.failure = Object.assign(new Error(message), { errno, code });
    };
  }

  /** Turns to another object. */
  begin(): void {
    this.failure = undefined;
    this.inside._handle.reset();
  }

  /**
   * Inflates until the output is full or the input is used up. All members of an object count as one.
   * @param isLast whether the input ends the object
   * @returns false for what is no gzip, or cut short: see `failure`
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
 * Where the arguments of the native object have been looked up and run. On another version they could be others, and
 * the wrong ones end the process, which no test from within could catch.
 */
const TRIED_MAJORS = ['20', '22', '24'];

/**
 * An inflater that has passed its trial.
 * @param make for tests, as is the version
 * @returns why there is none: then public zlib does the same, and takes longer
 */
export function makeGunzip(
  version = process.versions.node,
  make = () => new Gunzip(),
): Gunzip | { readonly reason: string } {
  if (!TRIED_MAJORS.includes(version.split('.', 1)[0]!)) return { reason: `not tried on Node ${version}` };
  try {
    const gunzip = make();
    const sample = SAMPLES.findIndex(([gzip, expected]) => inflated(gunzip, gzip) !== expected);
    return sample < 0 ? gunzip : { reason: `sample ${sample} of its trial came out wrong` };
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

/** What an object must give: its text and the bytes left of it, or the code of its fault. */
const SAMPLES: readonly (readonly [gzip: Buffer, expected: string])[] = [
  [MEMBER, `${TEXT} 0`],
  [Buffer.concat([TWICE, Buffer.alloc(9)]), `${TEXT}${TEXT} 9`],
  [CORRUPT, 'Z_DATA_ERROR'],
  [TWICE.subarray(0, -8), 'Z_BUF_ERROR'],
  [Buffer.from(TEXT), 'Z_DATA_ERROR'],
  // After every fault it must be as good as new.
  [TWICE, `${TEXT}${TEXT} 0`],
];

/** Inflates a sample in two pieces, into an output that it fills several times, whose ends are not its own. */
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
