import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram } from '../../bin/cli/program';
import { CLI_FILE } from './build-cli';

export const REPOSITORY = join(__dirname, '../..');

/** Real trails, where they are at hand; never copied into the project. */
export const REAL_TRAILS = join(REPOSITORY, '../shared/trails');

export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Settings {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

export interface ProcessSettings extends Settings {
  readonly cwd?: string;
}

export interface CliSettings extends Settings {
  /** UTC epoch second by the clock of the command; the current one by default */
  readonly time?: number;
  /** whether stderr is a terminal */
  readonly isTTY?: boolean;
  /** columns of the terminal that standard output is; by default it is none */
  readonly columns?: number;
}

export interface StartedCli {
  readonly ended: Promise<CliRun>;
  /** resolves once standard output or standard error holds the text */
  until(text: string | RegExp): Promise<void>;
  /** Ctrl-C */
  interrupt(): void;
}

/** Runs a command line in this process, by the function that the program calls. */
export function runCli(args: readonly string[], settings: CliSettings = {}): Promise<CliRun> {
  return startCli(args, settings).ended;
}

export function startCli(args: readonly string[], settings: CliSettings = {}): StartedCli {
  const interruption = new AbortController();
  const { time, env, isTTY = false, columns, stdin = '' } = settings;
  const stdout = Object.assign(new Text(), columns === undefined ? {} : { isTTY: true, columns });
  const stderr = Object.assign(new Text(), { isTTY });
  const { REGIONSWEEP_INFLATE: _, ...inherited } = process.env;
  const ended = runProgram(args, {
    stdin: Readable.from([Buffer.from(stdin)]),
    ...{ stdout, stderr, env: { ...inherited, ...env } },
    interrupted: interruption.signal,
    now: () => performance.now(),
    time: () => time ?? Math.floor(Date.now() / 1000),
  }).then((code) => ({ code, stdout: stdout.text, stderr: stderr.text }));
  return {
    ended,
    until: (text) => untilText(text, () => stdout.text + stderr.text, ended),
    interrupt: () => interruption.abort(),
  };
}

class Text extends Writable {
  text = '';

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

export interface StartedProcess extends StartedCli {
  readonly child: ChildProcess;
}

/** Runs the program in a process of its own, for what only a process shows: signals, pipes, memory, a terminal. */
export async function runProcess(args: readonly string[], settings: ProcessSettings = {}): Promise<CliRun> {
  const { child, ended } = startProcess(args, settings);
  child.stdin!.end(settings.stdin ?? '');
  return ended;
}

/** Its standard input stays open. */
export function startProcess(args: readonly string[], { env = {}, cwd }: ProcessSettings = {}): StartedProcess {
  const { REGIONSWEEP_INFLATE: _, ...inherited } = process.env;
  return started(process.execPath, [CLI_FILE, ...args], { ...inherited, ...env }, cwd);
}

export function started(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  cwd?: string,
): StartedProcess {
  const child = spawn(command, args, { env, ...(cwd === undefined ? {} : { cwd }) });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  // A process that refuses its arguments does not wait for its input.
  child.stdin.on('error', () => {});
  const closed = once(child, 'close') as Promise<[number | null]>;
  const ended = closed.then(([code]) => ({ code, ...output }));
  return {
    ...{ child, ended },
    until: (text) => untilText(text, () => output.stdout + output.stderr, ended),
    interrupt: () => child.kill('SIGINT'),
  };
}

async function untilText(text: string | RegExp, output: () => string, ended: Promise<CliRun>): Promise<void> {
  let run: CliRun | undefined;
  ended.then(
    (value) => (run = value),
    () => undefined,
  );
  const isShown = () => (typeof text === 'string' ? output().includes(text) : text.test(output()));
  await eventually(() => isShown() || run !== undefined);
  if (!isShown()) throw new Error(`ended without ${text}: ${run?.stderr}`);
}

/** Waits for an event, however long it takes; jest ends a test that waits in vain. */
export async function eventually(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5);
}

/** The values of ndjson. */
export function jsonLines<T = Record<string, unknown>>(ndjson: string): T[] {
  return ndjson
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
