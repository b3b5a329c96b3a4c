#!/usr/bin/env node
import './cli/v8-flags';
import { reasonOf } from '../lambda/errors';
import { ExitCode } from './cli/io';
import { main } from './cli/main';

// The SDK inside is the one that runs: what later ones ask of Node is for whoever builds the program.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const interruption = new AbortController();

// The command handles the first Ctrl-C; a second one ends the process at once.
process.once('SIGINT', () => interruption.abort());

// The reader of a pipe may close it early, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(ExitCode.Ok);
  process.stderr.write(`regionsweep: cannot write the result: ${reasonOf(error)}\n`);
  process.exit(ExitCode.Incomplete);
});

// Without a reader of stderr the result and the exit code still count.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') process.exit(ExitCode.Incomplete);
});

main(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  interrupted: interruption.signal,
  now: () => performance.now(),
  time: () => Math.floor(Date.now() / 1000),
}).then((exitCode) => {
  process.exitCode = exitCode;
});
