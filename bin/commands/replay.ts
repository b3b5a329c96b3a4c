import { type Command, Option } from 'commander';
import { UsageError } from '../../lambda/errors';
import type { Format } from '../alert-output';
import { type AwsOptions, addAwsOptions, clientSettings } from '../aws-options';
import type { Console } from '../console';
import type { ExitCode } from '../exit-code';
import type { Narrowing } from '../objects/narrowing';
import { accountIds, between, byteSize, instant, positiveInteger, regionNames } from '../options';
import type { HereOptions } from '../replay-here';
import { type ThroughOptions, throughOf } from '../stack/through-options';

export interface ReplayCommandOptions extends HereOptions, AwsOptions, ThroughOptions {
  readonly account?: readonly string[];
  readonly region?: readonly string[];
  readonly dryRun?: boolean;
}

/** All of them, or the compiler says so. */
const FORMATS: Readonly<Record<Format, true>> = { table: true, ndjson: true, json: true, html: true };

export function addReplayCommand(
  program: Command,
  run: (paths: string[], options: ReplayCommandOptions) => Promise<void>,
): void {
  const command = program
    .command('replay')
    .description('Run the detector over CloudTrail files, here or in S3, and tell every hit.')
    .argument(
      '<paths...>',
      'folders, files or globs of .json.gz and .json, s3://BUCKET/PREFIX, or - for standard input',
    )
    .addOption(
      new Option(
        '--format <format>',
        'form of the result (default: table on a terminal, else ndjson)',
      ).choices(Object.keys(FORMATS)),
    )
    .option('--out <file>', 'write the result to a file instead of standard output')
    .addOption(
      new Option(
        '--windowing <how>',
        'fixed windows, or any window of that length (default: tumbling)',
      ).choices(['tumbling', 'sliding']),
    )
    .option('--min-regions <n>', 'distinct regions that make a hit (default: 10)', positiveInteger)
    .option(
      '--min-calls <n>',
      'distinct calls that make a hit (default: as many as regions)',
      positiveInteger,
    )
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
    .option(
      '--threads <n>',
      'threads that read local files (default: one for each core)',
      between(1, 64, 'whole'),
    )
    .option('--dry-run', 'tell how much there is to read and what S3 asks for it, and read nothing')
    .option('--state <file>', 'note there what is done, and go on from there when run again')
    .option('--through <stack>', 'put the S3 objects through this deployed detector instead')
    .option('--replay-id <id>', 'name of the replay through a stack (default: made from the time)')
    .option('--rate <n>', 'objects a second put through a stack (default: 100)', positiveInteger)
    .option('--wait', 'follow the replay through a stack to its end');
  addAwsOptions(command).action(run);
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
  const through = throughOf(paths, options);
  const { account: accounts, region: regions, since, until } = options;
  const narrowing: Narrowing = { accounts, regions, since, until };
  const settings = clientSettings(options);
  // Each is loaded when it is asked for: the help needs none of them, and only one brings the SDK.
  if (options.dryRun === true) {
    const { dryRun } = require('../dry-run') as typeof import('../dry-run');
    return dryRun(paths, narrowing, settings, console);
  }
  if (through !== undefined) {
    const { replayThrough } = require('../stack/replay-through') as typeof import('../stack/replay-through');
    return replayThrough(paths, narrowing, through, settings, console);
  }
  const { replayHere } = require('../replay-here') as typeof import('../replay-here');
  return replayHere(paths, narrowing, options, console);
}
