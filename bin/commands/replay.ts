import { Option } from '@commander-js/extra-typings';
import { LONGEST_BURST_SECONDS, type RuleParameters } from '../../lambda/detection/rule';
import { UsageError } from '../../lambda/errors';
import type { AddCommand, Console } from '../cli/io';
import {
  ACCOUNT_NAMES,
  ASN,
  AWS_REGION,
  accountIds,
  byteSize,
  examples,
  formatOption,
  GROUP_BY,
  integer,
  MIN_CALLS,
  MIN_REGIONS,
  moment,
  PROFILE,
  positiveInteger,
  regionNames,
  ruleOf,
  WINDOW,
  WINDOWING,
} from '../cli/options';
import { FORMATS } from '../cli/output';
import { trailOf } from './trail-options';

/** Options that --through does not allow: the deployed detector has its own rule, and publishes the alerts. */
const LOCAL_ONLY = [
  ...['format', 'out', 'windowing', 'minRegions', 'minCalls', 'window', 'slowWindow', 'groupBy'],
  ...['exceptions', 'inflateLimit', 'threads', 'anyKey', 'asn', 'accountNames'],
];

/** Options that need --through. */
const DEPLOYED_ONLY = { replayId: '--replay-id', rate: '--rate', wait: '--wait' } as const;

export const addReplay: AddCommand = (program, run) => {
  program
    .command('replay')
    .description('Run the detector over CloudTrail log files, local or in Amazon S3, and report every detection.')
    .argument('[paths...]', 'folders, files of any name, globs, s3://BUCKET/PREFIX, or - for standard input')
    .addOption(formatOption(FORMATS, 'ndjson'))
    .option('--all', 'show every alert of a table in full, not only the ten newest')
    .option('--out <file>', 'write the output to a file instead of standard output; its name may choose the format')
    .addOption(WINDOWING)
    .addOption(MIN_REGIONS)
    .addOption(MIN_CALLS)
    .addOption(WINDOW)
    .option(
      '--slow-window <seconds>',
      'a second, sliding window, 30 to 300, for what the first does not find',
      integer(30, 300),
      0,
    )
    .option('--since <time>', 'count only calls at or after this date or time, or this long ago, such as 7d', moment)
    .option('--until <time>', 'count only calls before this date or time', moment)
    .option('--account <ids...>', 'read only log files of these accounts', accountIds)
    .option('--region <names...>', 'read only log files, or the event history, of these regions', regionNames)
    .option('--any-key', "also read S3 objects whose keys do not follow CloudTrail's layout")
    .addOption(
      new Option('--event-history', 'read the last 90 days from the event history of this account instead').conflicts([
        ...['account', 'anyKey', 'dryRun', 'through'],
      ]),
    )
    .addOption(GROUP_BY)
    .option('--exceptions <file>', 'exclude the calls that match this JSON file, and count them')
    .addOption(ASN)
    .addOption(ACCOUNT_NAMES)
    .option('--inflate-limit <size>', 'maximum size of one decompressed file (default: 1G)', byteSize)
    .option('--threads <n>', 'threads that read local files (default: one per core)', integer(1, 64))
    .option('--dry-run', 'show object count and S3 cost, read nothing')
    .option('--state <file>', 'record progress in this file; run the same command again to continue')
    .addOption(
      new Option('--through <stack>', 'replay the S3 objects through this deployed detector').conflicts(LOCAL_ONLY),
    )
    .option('--replay-id <id>', 'with --through: name of the replay (default: made from the time)')
    .option('--rate <n>', 'with --through: objects sent per second (default: 100)', positiveInteger)
    .option('--wait', 'with --through: follow the replay until it has finished')
    .addOption(PROFILE)
    .addOption(AWS_REGION)
    .addHelpText(
      ...examples({
        'regionsweep replay ./trail': 'a folder, to any depth',
        'regionsweep replay s3://my-trail/AWSLogs --dry-run': 'object count and S3 cost, reads nothing',
        'regionsweep replay s3://my-trail --since 7d --state replay.state': 'the same command continues it',
        'regionsweep replay --event-history --since 7d': 'without a trail: needs only credentials',
        'regionsweep replay ./trail --windowing sliding --format html --out sweeps.html': 'a page',
        'regionsweep replay s3://my-trail --since 7d --through regionsweep --wait': 'through the deployed detector',
      }),
    )
    .action(
      run(async (console, paths, options) => {
        const { through, dryRun, state } = options;
        const { trail, startedAt } = await trailOf(paths, options, console);
        const [unused] = Object.entries(DEPLOYED_ONLY).filter(([name]) => Object.hasOwn(options, name));
        if (through === undefined && unused !== undefined)
          throw new UsageError(`${unused[1]} requires --through STACK`);
        if (dryRun === true) {
          const { dryRun: showAmount } = await import('./replay-dry-run.js');
          return showAmount(trail, console);
        }
        if (through !== undefined) {
          const { replayDeployed } = await import('./replay-deployed.js');
          return replayDeployed(trail, { ...options, stack: through, state }, console);
        }
        const { replayLocal } = await import('./replay-local.js');
        const rule = { ...ruleOf(options), slowWindowSeconds: options.slowWindow };
        warnOfRefusal(rule, console);
        return replayLocal(trail, { ...options, rule, startedAt }, console);
      }),
    );
};

/** A deployment has narrower ranges, those of lambda/settings.ts. */
function warnOfRefusal({ minRegions, minCalls, windowSeconds }: RuleParameters, { stderr }: Console): void {
  if (minRegions <= 100 && minCalls <= 1000 && windowSeconds <= LONGEST_BURST_SECONDS) return;
  stderr.write(
    'a deployment refuses this rule: at most 100 regions, 1,000 calls and 300 s; see docs/configuration.md\n',
  );
}
