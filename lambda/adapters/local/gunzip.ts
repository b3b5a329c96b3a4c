import { types } from 'node:util';
import { constants, createGunzip } from 'node:zlib';
import { reasonOf } from '../../errors';

/** What is used of the native object behind a stream of node:zlib. */
interface ZlibHandle {
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
  onerror: () => void;
}

/** zlib's state that is private to Node's streams, as `createGunzip` has made it since Node 11. */
interface GunzipInside {
  readonly _handle: ZlibHandle;
  /** the room left in the output and the bytes left of the input, after a write */
  readonly _writeState: Uint32Array;
}

/**
 * One inflater for any number of files, one after the other, into the caller's memory: making a stream takes longer than
 * inflating a small file. It uses what is private to Node, so it is to be had from `makeGunzip` alone, which tries it.
 */
export class Gunzip {
  /** bytes of the last input that were not needed, and of the last output that were not filled */
  inputLeft = 0;
  outputLeft = 0;
  private readonly inside: GunzipInside;
  private hasFailed = false;

  /** @throws TypeError where Node keeps its state otherwise */
  constructor(stream: unknown = createGunzip()) {
    if (!isAsExpected(stream)) throw new TypeError('its streams are made otherwise');
    this.inside = stream;
    stream._handle.onerror = () => {
      this.hasFailed = true;
    };
  }

  /** Turns to another file. */
  begin(): void {
    this.hasFailed = false;
    this.inside._handle.reset();
  }

  /**
   * Inflates until the output is full or the input is used up. All members of a file count as one.
   * @param isLast whether the input ends the file
   * @returns false for what is no gzip, or cut short
   */
  inflate(
    input: Uint8Array,
    from: number,
    to: number,
    isLast: boolean,
    output: Uint8Array,
    outputFrom: number,
  ): boolean {
    const { _handle: handle, _writeState: state } = this.inside;
    const flush = isLast ? constants.Z_FINISH : constants.Z_NO_FLUSH;
    handle.writeSync(flush, input, from, to - from, output, outputFrom, output.length - outputFrom);
    this.outputLeft = state[0]!;
    this.inputLeft = state[1]!;
    return !this.hasFailed;
  }
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
 * Where the arguments of the native object have been looked up and run. On another version they could be others, and
 * the wrong ones end the process, which no test from within could catch.
 */
const TRIED_MAJORS = ['20', '22', '24'];

/**
 * An inflater that has shown what it can do.
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

/** What a file must give: its text and the bytes left of it, or `undefined` for a fault. */
const SAMPLES: readonly (readonly [gzip: Buffer, expected: string | undefined])[] = [
  [MEMBER, `${TEXT} 0`],
  [Buffer.concat([TWICE, Buffer.alloc(9)]), `${TEXT}${TEXT} 9`],
  [CORRUPT, undefined],
  [TWICE.subarray(0, -8), undefined],
  [Buffer.from(TEXT), undefined],
  // After every fault it must be as good as new.
  [TWICE, `${TEXT}${TEXT} 0`],
];

/** Inflates a sample in two pieces, into an output that it fills several times, of which the first byte is not its own. */
function inflated(gunzip: Gunzip, gzip: Buffer): string | undefined {
  const output = Buffer.alloc(17, '-');
  let text = '';
  gunzip.begin();
  for (const [from, to] of [
    [0, 30],
    [30, gzip.length],
  ] as const) {
    gunzip.inputLeft = to - from;
    do {
      if (!gunzip.inflate(gzip, to - gunzip.inputLeft, to, to === gzip.length, output, 1)) return undefined;
      text += output.toString('latin1', 1, output.length - gunzip.outputLeft);
    } while (gunzip.outputLeft === 0 && text.length < 200);
  }
  return output[0] === 0x2d ? `${text} ${gunzip.inputLeft}` : undefined;
}
