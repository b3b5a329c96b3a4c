import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';

/** The world a command runs in. */
export interface Console {
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: NodeJS.ProcessEnv;
  /** aborted by Ctrl-C */
  readonly interrupted: AbortSignal;
  /** milliseconds of a monotonic clock */
  readonly now: () => number;
  /** UTC epoch seconds */
  readonly time: () => number;
}

/** Exit codes of the process; docs/commands.md explains them. */
export const ExitCode = {
  Ok: 0,
  /** some input could not be read or some output not be written, or there was nothing to read */
  Incomplete: 1,
  Usage: 2,
  /** Ctrl-C */
  Interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Makes a commander action of a function that takes the console as well and gives the exit code. */
export type Run = <A extends unknown[]>(
  action: (console: Console, ...args: A) => Promise<ExitCode>,
) => (...args: A) => Promise<void>;

/** Adds a command to the program. Its module loads what the command needs only when the command runs. */
export type AddCommand = (program: CommandUnknownOpts, run: Run) => void;

/** Waits, at most until Ctrl-C. */
export async function pause(milliseconds: number, interrupted: AbortSignal): Promise<void> {
  if (milliseconds <= 0 || interrupted.aborted) return;
  // The caller checks for Ctrl-C.
  await sleep(milliseconds, undefined, { signal: interrupted }).catch(() => undefined);
}
