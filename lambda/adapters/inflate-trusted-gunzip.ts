import { reasonOf } from '../errors';
import { codeOf } from './inflate-faults';
import { ReusedGunzip } from './inflate-reused-gunzip';

/** An inflater that has shown what it can, or why there is none. */
export type TrustedGunzip =
  | { readonly gunzip: ReusedGunzip; readonly reason?: never }
  | { readonly gunzip?: never; readonly reason: string };

/**
 * Where the arguments of the native object have been looked up and run. On another version they could be others, and
 * the wrong ones end the process, which no test from within could catch.
 */
const TRIED_MAJORS = ['20', '22', '24'];

let trusted: TrustedGunzip | undefined;

/** The inflater of this thread. It is made and tried when it is first asked for. */
export function trustedGunzip(): TrustedGunzip {
  trusted ??= tryGunzip(process.versions.node, (stepBytes) => new ReusedGunzip(stepBytes));
  return trusted;
}

/** @param make an inflater that gives so many bytes at a time, or its usual number */
export function tryGunzip(version: string, make: (stepBytes?: number) => ReusedGunzip): TrustedGunzip {
  if (!TRIED_MAJORS.includes(version.split('.', 1)[0]!)) return { reason: `not tried on Node ${version}` };
  try {
    const gunzip = make();
    const fault = faultIn(make(STEP_BYTES)) ?? faultIn(gunzip);
    return fault === undefined ? { gunzip } : { reason: fault };
  } catch (error) {
    return { reason: reasonOf(error) };
  }
}

/** A member's output then takes several steps, and not a whole number of them. */
const STEP_BYTES = 16;

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
      given += Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1');
    });
    return given !== output || (ended instanceof Error ? codeOf(ended) : ended) !== end;
  });
  return index < 0 ? undefined : `sample ${index} of its trial came out wrong`;
}
