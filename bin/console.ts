import type { Readable, Writable } from 'node:stream';

/** The world a command runs in: handed in, so that a test can hand in another. */
export interface Console {
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: NodeJS.ProcessEnv;
  /** aborted by Ctrl-C */
  readonly interrupted: AbortSignal;
  /** milliseconds of a clock that never goes back */
  readonly now: () => number;
  /** UTC epoch seconds, by the clock on the wall */
  readonly time: () => number;
}
