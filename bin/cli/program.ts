import { Command, CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { AbandonedError, ConfigurationError, RegionsweepError, UsageError } from '../../lambda/errors';
import { sanitize } from '../../lambda/util/sanitize';
import { version } from '../../package.json';
import { type AddCommand, type Console, ExitCode, type Run } from './io';
import { examples } from './options';

const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  replay: async () => (await import('../commands/replay.js')).addReplay,
  backtest: async () => (await import('../commands/backtest.js')).addBacktest,
  demo: async () => (await import('../commands/demo.js')).addDemo,
  simulate: async () => (await import('../commands/simulate.js')).addSimulate,
  alerts: async () => (await import('../commands/alerts.js')).addAlerts,
  doctor: async () => (await import('../commands/doctor.js')).addDoctor,
  explain: async () => (await import('../commands/explain.js')).addExplain,
  athena: async () => (await import('../commands/athena.js')).addAthena,
  cost: async () => (await import('../commands/cost.js')).addCost,
  completion: async () => (await import('../commands/completion.js')).addCompletion,
};

/** @param args without the program's name */
export async function runProgram(args: readonly string[], console: Console): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.Ok;
  const run: Run =
    (action) =>
    async (...given) => {
      exitCode = await action(console, ...given);
    };
  try {
    const program = await programWith(run, args[0], console);
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.Ok : ExitCode.Usage;
    if (!(error instanceof RegionsweepError)) throw error;
    const isAbandoned = error instanceof AbandonedError;
    console.stderr.write(`${isAbandoned ? '' : 'regionsweep: '}${sanitize(error.message, 2000)}\n`);
    if (isAbandoned) return ExitCode.Interrupted;
    const isUsage = error instanceof UsageError || error instanceof ConfigurationError;
    return isUsage ? ExitCode.Usage : ExitCode.Incomplete;
  }
}

/**
 * The program with only the named command, which starts faster; with all commands for a usage error, completion, or its own
 * help.
 */
export async function programWith(
  run: Run,
  name: string | undefined,
  { stdout, stderr }: Pick<Console, 'stdout' | 'stderr'>,
): Promise<CommandUnknownOpts> {
  const program = new Command('regionsweep')
    .description('Detect one identity calling EC2 DescribeInstances in many AWS regions within seconds.')
    .version(version)
    .addHelpText(
      ...examples({
        'regionsweep demo': 'a first look, without an AWS account',
        'regionsweep replay ./trail': 'find sweeps in log files that you have',
        'regionsweep replay --help': 'options and examples of one command',
      }),
    )
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) });
  const named = Object.entries(COMMANDS).filter(([command]) => command === name && command !== 'completion');
  const loaders = named.length > 0 ? named : Object.entries(COMMANDS);
  for (const add of await Promise.all(loaders.map(([, load]) => load()))) add(program, run);
  return program;
}
