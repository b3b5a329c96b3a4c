#!/usr/bin/env node
import './cli/v8-flags';
import { Command, CommanderError } from 'commander';
import { ConfigurationError, RegionsweepError, reasonOf, UsageError } from '../lambda/errors';
import { sanitize } from '../lambda/util/sanitize';
import { type Console, ExitCode, type Exits } from './cli/io';

/** The package's own, where there is no `package.json` to be read in the same place from source, build and bundle. */
export const VERSION = '0.1.0';

type AddCommand = (program: Command, console: Console, exits: Exits) => void;

/** Loaded when the command is named: most of a short run would else be the loading of the others. */
const COMMANDS: Readonly<Record<string, () => AddCommand>> = {
  replay: () => (require('./commands/replay') as typeof import('./commands/replay')).addReplayCommand,
  demo: () => (require('./commands/demo') as typeof import('./commands/demo')).addDemoCommand,
  simulate: () => (require('./commands/simulate') as typeof import('./commands/simulate')).addSimulateCommand,
  alerts: () => (require('./commands/alerts') as typeof import('./commands/alerts')).addAlertsCommand,
  cost: () => (require('./commands/cost') as typeof import('./commands/cost')).addCostCommand,
};

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
  const exits: Exits =
    (run) =>
    async (...args) => {
      exitCode = await run(...args);
    };
  const named = Object.entries(COMMANDS).filter(([name]) => name === argv[2]);
  for (const [, add] of named.length > 0 ? named : Object.entries(COMMANDS)) add()(program, console, exits);
  try {
    await program.parseAsync([...argv]);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.Ok : ExitCode.Usage;
    if (!(error instanceof RegionsweepError)) throw error;
    console.stderr.write(`regionsweep: ${sanitize(error.message, 2000)}\n`);
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
