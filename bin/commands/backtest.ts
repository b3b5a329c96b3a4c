import { Option } from '@commander-js/extra-typings';
import { BACKTEST_FORMATS } from '../../lambda/backtest/report';
import { GROUPINGS, MIN_REGIONS, WINDOW_SECONDS, WINDOWINGS } from '../../lambda/backtest/settings';
import type { AddCommand } from '../cli/io';
import {
  AWS_REGION,
  accountIds,
  byteSize,
  choice,
  examples,
  formatOption,
  integer,
  moment,
  PROFILE,
  regionNames,
} from '../cli/options';
import { trailOf } from './trail-options';

export const addBacktest: AddCommand = (program, run) => {
  program
    .command('backtest')
    .description('Compare settings of the rule over log files that you have, in one pass, and propose exceptions.')
    .argument('[paths...]', 'folders, files of any name, globs, s3://BUCKET/PREFIX, or - for standard input')
    .addOption(formatOption(BACKTEST_FORMATS, 'json'))
    .option('--out <file>', 'write the output to a file instead of standard output; its name may choose the format')
    .option('--propose <file>', 'write proposed exceptions to a file that replay and the stack take')
    .option(
      '--exceptions <file>',
      'exclude the calls that match this JSON file, and count the alerts that each entry removes',
    )
    .option(
      '--min-regions <n>',
      'the setting to report in detail: distinct regions',
      integer(MIN_REGIONS[0]!, MIN_REGIONS.at(-1)!),
      10,
    )
    .addOption(choice('--window <seconds>', 'in detail: length of a window', WINDOW_SECONDS.map(String), '30'))
    .addOption(choice('--windowing <type>', 'in detail: windowing', WINDOWINGS, 'tumbling'))
    .addOption(choice('--group-by <identity>', 'in detail: grouping', GROUPINGS, 'arn'))
    .option('--since <time>', 'count only calls at or after this date or time, or this long ago, such as 90d', moment)
    .option('--until <time>', 'count only calls before this date or time', moment)
    .option('--account <ids...>', 'read only log files of these accounts', accountIds)
    .option('--region <names...>', 'read only log files of these regions', regionNames)
    .option('--any-key', "also read S3 objects whose keys do not follow CloudTrail's layout")
    .addOption(
      new Option('--event-history', 'read the last 90 days from the event history of this account instead').conflicts([
        ...['account', 'anyKey'],
      ]),
    )
    .option('--inflate-limit <size>', 'maximum size of one decompressed file (default: 1G)', byteSize)
    .option('--threads <n>', 'threads that read local files (default: one per core)', integer(1, 64))
    .option('--state <file>', 'record progress in this file; run the same command again to continue')
    .addOption(PROFILE)
    .addOption(AWS_REGION)
    .addHelpText(
      ...examples({
        'regionsweep backtest ./trail': 'alerts a week for 208 settings',
        'regionsweep backtest s3://my-trail --since 90d --out backtest.html': 'a page with curves and a heat map',
        'regionsweep backtest ./trail --propose exceptions.json': 'exceptions to confirm',
      }),
    )
    .action(
      run(async (console, paths, options) => {
        const { minRegions, windowing, groupBy } = options;
        const { trail, startedAt } = await trailOf(paths, options, console);
        const { runBacktest } = await import('./backtest-run.js');
        const setting = { minRegions, windowSeconds: Number(options.window), windowing, groupBy };
        return runBacktest(trail, { ...options, setting, startedAt }, console);
      }),
    );
};
