import { type Command, Option } from 'commander';
import { UsageError } from '../../lambda/errors';
import type { Console, ExitCode, Exits } from '../cli/io';
import {
  type AwsOptions,
  accountIds,
  addAwsOptions,
  between,
  byteSize,
  clientSettings,
  type DeployedOptions,
  deployedOf,
  instant,
  positiveInteger,
  regionNames,
} from '../cli/options';
import type { Format } from '../cli/output';
import type { KeyFilter } from '../inputs/model';
import type { LocalReplayOptions } from './replay-local';

export interface ReplayCommandOptions extends LocalReplayOptions, AwsOptions, DeployedOptions {
  readonly account?: readonly string[];
  readonly region?: readonly string[];
  readonly dryRun?: boolean;
}

/** All of them, or the compiler says so. */
const FORMATS: Readonly<Record<Format, true>> = { table: true, ndjson: true, json: true, html: true };

export function addReplayCommand(program: Command, console: Console, exits: Exits): void {
  const command = program
    .command('replay')
    .description('Run the detector over CloudTrail files, here or in S3, and tell every hit.')
    .argument(
      '<paths...>',
      'folders, files or globs of .json.gz and .json, s3://BUCKET/PREFIX, or - for standard input',
    )
    .addOption(
      new Option('--format <format>', 'form of the result (default: table on a terminal, else ndjson)').choices(
        Object.keys(FORMATS),
      ),
    )
    .option('--out <file>', 'write the result to a file instead of standard output')
    .addOption(
      new Option('--windowing <how>', 'fixed windows, or any window of that length (default: tumbling)').choices([
        'tumbling',
        'sliding',
      ]),
    )
    .option('--min-regions <n>', 'distinct regions that make a hit (default: 10)', positiveInteger)
    .option('--min-calls <n>', 'distinct calls that make a hit (default: as many as regions)', positiveInteger)
    .option('--window <seconds>', 'length of a window (default: 30)', positiveInteger)
    .option('--since <time>', 'count only calls from this day or time on, UTC', instant)
    .option('--until <time>', 'count only calls before this day or time, UTC', instant)
    .option('--account <ids...>', 'read only these accounts, as keys name them', accountIds)
    .option('--region <names...>', 'read only these regions, as keys name them', regionNames)
    .addOption(
      new Option('--group-by <what>', 'count sessions of a role apart, or together (default: arn)').choices([
        'arn',
        'issuer',
      ]),
    )
    .option('--exceptions <file>', 'pass over the calls that this file excepts, and count them')
    .option('--inflate-limit <size>', 'most bytes one object may inflate to (default: 1G)', byteSize)
    .option('--threads <n>', 'threads that read local files (default: one for each core)', between(1, 64, 'whole'))
    .option('--dry-run', 'tell how much there is to read and what S3 asks for it, and read nothing')
    .option('--state <file>', 'note there what is done, and go on from there when run again')
    .option('--through <stack>', 'put the S3 objects through this deployed detector instead')
    .option('--replay-id <id>', 'name of the replay through a stack (default: made from the time)')
    .option('--rate <n>', 'objects a second put through a stack (default: 100)', positiveInteger)
    .option('--wait', 'follow the replay through a stack to its end');
  addAwsOptions(command).action(
    exits((paths: string[], options: ReplayCommandOptions) => runReplay(paths, options, console)),
  );
}

/** Runs the command. Results go to the output, all else to stderr. */
export async function runReplay(
  paths: readonly string[],
  options: ReplayCommandOptions,
  console: Console,
): Promise<ExitCode> {
  if (options.since !== undefined && options.until !== undefined && options.since >= options.until) {
    throw new UsageError('--since must be before --until');
  }
  const through = deployedOf(paths, options);
  const { account: accounts, region: regions, since, until } = options;
  const keyFilter: KeyFilter = { accounts, regions, since, until };
  const settings = clientSettings(options);
  // Each is loaded when it is asked for: the help needs none of them, and only one brings the SDK.
  if (options.dryRun === true) {
    const { dryRun } = require('./replay-dry-run') as typeof import('./replay-dry-run');
    return dryRun(paths, keyFilter, settings, console);
  }
  if (through !== undefined) {
    const { replayDeployed } = require('./replay-deployed') as typeof import('./replay-deployed');
    return replayDeployed(paths, keyFilter, through, settings, console);
  }
  const { replayLocal } = require('./replay-local') as typeof import('./replay-local');
  return replayLocal(paths, keyFilter, options, console);
}
