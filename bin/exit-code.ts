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
