import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

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

/** What the process answers; see the command line's contract in docs/design.md. */
export const ExitCode = {
  /** it ran, whatever it found */
  Ok: 0,
  /** some object could not be read, or there was none */
  Incomplete: 1,
  Usage: 2,
  /** Ctrl-C */
  Interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Waits so many milliseconds, or until Ctrl-C. */
export async function pause(milliseconds: number, interrupted: AbortSignal): Promise<void> {
  if (milliseconds <= 0 || interrupted.aborted) return;
  // Ctrl-C ends the wait, and is seen by whoever waited.
  await sleep(milliseconds, undefined, { signal: interrupted }).catch(() => undefined);
}

/** Wraps a command so that its exit code becomes that of the process. */
export type Exits = <A extends unknown[]>(run: (...args: A) => Promise<ExitCode>) => (...args: A) => Promise<void>;
