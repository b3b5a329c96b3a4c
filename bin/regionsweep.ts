#!/usr/bin/env node
import { version } from '../package.json';
import { ExitCode, monotonic } from './cli/io';

// The SDK's warning about Node versions is for those who build the program, which bundles it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

void runProcess();

/**
 * Runs the command line of this process. It is exported because esbuild takes a file without exports for CommonJS, and
 * wraps all that it imports in functions then, which V8 reads twice.
 */
export async function runProcess(): Promise<void> {
  const interruption = new AbortController();

  // The command handles the first Ctrl-C; a second one ends the process at once.
  process.once('SIGINT', () => interruption.abort());

  // The reader of a pipe may close it early, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(ExitCode.Ok);
    process.stderr.write(`regionsweep: cannot write the result: ${error.message}\n`);
    process.exit(ExitCode.Incomplete);
  });

  // A closed stderr must not change the result and the exit code.
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exit(ExitCode.Incomplete);
  });

  const args = process.argv.slice(2);
  // Without loading the program.
  if (args[0] === '--version' || args[0] === '-V') {
    process.stdout.write(`${version}\n`);
    return;
  }
  const { runProgram } = await import('./cli/program.js');
  process.exitCode = await runProgram(args, {
    // Opened on demand: few commands read it, and opening takes time.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    interrupted: interruption.signal,
    now: monotonic,
    time: () => Math.floor(Date.now() / 1000),
  });
  // Abandoned work may stall and keep the process alive.
  if (interruption.signal.aborted) process.stdout.write('', () => process.exit());
}
