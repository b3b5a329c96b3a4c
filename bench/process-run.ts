/** A command as a whole process: what it took from its start to its end, with all the processes it started. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export interface ProcessRun {
  readonly stdout: string;
  /** seconds */
  readonly wall: number;
  /** seconds of the processor, user and system */
  readonly cpu: number;
  /** MB; the sum of each process's own peak. NaN where there is no /proc */
  readonly peak: number;
}

const LOOK_EVERY_MS = 5;

/**
 * Runs a command to its end. The shell's `time` waits for it, since Node does not report what its children used; the peak
 * is asked for while it runs, since what wait4 reports of memory begins with that of the parent it was forked from.
 * @throws Error when it does not end with 0
 */
export async function runProcess({ file, args, env = {} }: Command): Promise<ProcessRun> {
  const timed = ['-c', 'TIMEFORMAT="timed %R %U %S"; time "$@"', 'bash', file, ...args];
  const child = spawn('bash', timed, {
    env: { ...process.env, LC_ALL: 'C', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const peaks = new Map<number, number>();
  const look = setInterval(() => {
    for (const pid of descendants(child.pid!)) peaks.set(pid, peakOf(pid) ?? peaks.get(pid) ?? 0);
  }, LOOK_EVERY_MS);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  }).finally(() => clearInterval(look));
  const times = /timed ([\d.]+) ([\d.]+) ([\d.]+)\s*$/.exec(stderr)?.slice(1).map(Number);
  if (code !== 0 || times === undefined) {
    throw new Error(`${file} ended with ${code}: ${stderr.trim().split('\n').slice(-5).join(' | ')}`);
  }
  const [wall = 0, user = 0, system = 0] = times;
  const peak = peaks.size === 0 ? Number.NaN : [...peaks.values()].reduce((sum, one) => sum + one, 0) / 1e6;
  return { stdout, wall, cpu: user + system, peak };
}

/** Below a process, at any depth; without itself. */
function descendants(pid: number): number[] {
  const children = (readProc(`${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number);
  return [...children, ...children.flatMap(descendants)];
}

/** The most bytes that were resident at once. Of what is still the shell, about to become another program, none. */
function peakOf(pid: number): number | undefined {
  const status = readProc(`${pid}/status`) ?? '';
  if (/^Name:\s+bash$/m.test(status)) return undefined;
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, 'latin1');
  } catch {
    // It has ended meanwhile, or this is no Linux.
    return undefined;
  }
}
