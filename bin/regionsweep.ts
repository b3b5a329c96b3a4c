#!/usr/bin/env node
import './young-heap';
import { Command, CommanderError } from 'commander';
import { inert } from '../lambda/alert/inert';
import { ConfigurationError, RegionsweepError, reasonOf, UsageError } from '../lambda/errors';
import { addAlertsCommand, runAlerts } from './commands/alerts';
import { addCostCommand, runCost } from './commands/cost';
import { addDemoCommand, runDemo } from './commands/demo';
import { addReplayCommand, runReplay } from './commands/replay';
import { addSimulateCommand, runSimulate } from './commands/simulate';
import type { Console } from './console';
import { ExitCode } from './exit-code';
import { VERSION } from './version';

/** Parses the command line, runs the command, and gives the exit code. */
async function main(argv: readonly string[], console: Console): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.Ok;
  const program = new Command('regionsweep')
    .description('Finds one identity calling EC2 DescribeInstances in many AWS regions within seconds.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => console.stdout.write(text),
      writeErr: (text) => console.stderr.write(text),
    });
  addReplayCommand(program, async (paths, options) => {
    exitCode = await runReplay(paths, options, console);
  });
  addDemoCommand(program, async (options) => {
    exitCode = await runDemo(options, console);
  });
  addSimulateCommand(program, async (options) => {
    exitCode = await runSimulate(options, console);
  });
  addAlertsCommand(program, async (options) => {
    exitCode = await runAlerts(options, console);
  });
  addCostCommand(program, async (options) => {
    exitCode = await runCost(options, console);
  });
  try {
    await program.parseAsync([...argv]);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.Ok : ExitCode.Usage;
    if (!(error instanceof RegionsweepError)) throw error;
    console.stderr.write(`regionsweep: ${inert(error.message, 2000)}\n`);
    const isUsage = error instanceof UsageError || error instanceof ConfigurationError;
    return isUsage ? ExitCode.Usage : ExitCode.Incomplete;
  }
}

const interruption = new AbortController();
// Only the first Ctrl-C is waited for; the next one ends the process as ever.
process.once('SIGINT', () => interruption.abort());
// A reader that has seen enough, as `head`, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(ExitCode.Ok);
  process.stderr.write(`regionsweep: the result cannot be written: ${reasonOf(error)}\n`);
  process.exit(ExitCode.Incomplete);
});
// Whoever does not listen to what is told beside the result still gets the result, and the exit code.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') process.exit(ExitCode.Incomplete);
});

main(process.argv, {
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
