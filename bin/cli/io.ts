import { closeSync, constants, openSync, readSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Turn } from '../../lambda/util/concurrency';

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

/** Milliseconds of a clock that only goes forward. `performance` has the same, and takes milliseconds to load. */
export const monotonic = () => Number(process.hrtime.bigint()) / 1e6;

/** Between two moments in which the process does other things than work: what Ctrl-C and the bar wait for. */
export const TURN_MS = 30;

/**
 * A turn for each piece of work, one after the other however many ask at once: the process does other things before it,
 * if the last time was long ago. Asked alone and too soon it costs next to nothing, so that pieces may be very small.
 */
export function turns(): Turn {
  let last = monotonic();
  let line = NOW;
  let waiting = 0;
  return () => {
    if (waiting === 0 && monotonic() - last < TURN_MS) return NOW;
    waiting += 1;
    line = line.then(async () => {
      waiting -= 1;
      if (monotonic() - last < TURN_MS) return;
      await setImmediate();
      last = monotonic();
    });
    return line;
  };
}

const NOW = Promise.resolve();

/** The same, each after a turn. */
export async function* inTurns<T>(items: Iterable<T> | AsyncIterable<T>): AsyncIterable<T> {
  const turn = turns();
  for await (const item of items) {
    await turn();
    yield item;
  }
}

/** The first bytes of a file, zeros after its end; of one that cannot be read only zeros, since reading it reports why. */
export function firstBytesOf(file: string, length: number): Buffer {
  const head = Buffer.alloc(length);
  try {
    // A pipe without a writer must not block.
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      readSync(descriptor, head, 0, length, 0);
    } finally {
      closeSync(descriptor);
    }
  } catch {}
  return head;
}
