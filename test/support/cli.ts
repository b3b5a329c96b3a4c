import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CLI_FILE } from './build-cli';

export const REPOSITORY = join(__dirname, '../..');

/** Real trails, where they are at hand; never copied into the project. */
export const REAL_TRAILS = join(REPOSITORY, '../shared/trails');

export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliSettings {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface StartedCli {
  readonly child: ChildProcess;
  readonly ended: Promise<CliRun>;
  /** resolves once stderr holds the text */
  until(text: string): Promise<void>;
}

/** Starts the real process; its standard input stays open. */
export function startCli(args: readonly string[], { env = {}, cwd }: CliSettings = {}): StartedCli {
  const { REGIONSWEEP_INFLATE: _, ...inherited } = process.env;
  return started(process.execPath, [CLI_FILE, ...args], { ...inherited, ...env }, cwd);
}

export function started(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  cwd?: string,
): StartedCli {
  const child = spawn(command, args, { env, ...(cwd === undefined ? {} : { cwd }) });
  const told = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told.stderr += text;
  });
  // A process that refuses its arguments does not wait for its input.
  child.stdin.on('error', () => {});
  const closed = once(child, 'close') as Promise<[number | null]>;
  const ended = closed.then(([code]) => ({ code, ...told }));
  const until = async (text: string) => {
    while (!told.stderr.includes(text)) {
      const more = await Promise.race([once(child.stderr, 'data').then(() => true), ended.then(() => false)]);
      if (!more && !told.stderr.includes(text)) throw new Error(`ended without ${text}: ${told.stderr}`);
    }
  };
  return { child, ended, until };
}

/** Runs the real process to its end. */
export async function runCli(args: readonly string[], settings: CliSettings = {}): Promise<CliRun> {
  const { child, ended } = startCli(args, settings);
  child.stdin!.end(settings.stdin ?? '');
  return ended;
}
