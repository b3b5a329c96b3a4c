import { Option } from '@commander-js/extra-typings';
import { UsageError } from '../../lambda/errors';
import type { AddCommand } from '../cli/io';
import {
  AWS_REGION,
  accountIds,
  clientSettings,
  decimal,
  examples,
  moment,
  PROFILE,
  positiveInteger,
} from '../cli/options';
import { IDENTITY_KINDS } from '../synthetic-trail/identities';
import { TOOLS } from '../synthetic-trail/tools';

export const addSimulate: AddCommand = (program, run) => {
  program
    .command('simulate')
    .description('Generate a trail with one sweep through regions, and say what the detector should find in it.')
    .option('--out <target>', 'write the trail to this folder, or to s3://BUCKET/PREFIX')
    .option('--through <stack>', 'send it through the test bucket and the queue of this deployed detector')
    .option('--wait', 'with --through: wait for its alert')
    .addOption(new Option('--actor <kind>', 'identity that sweeps (default: iam-user)').choices(IDENTITY_KINDS))
    .option('--regions <n>', 'number of regions', positiveInteger, 12)
    .option('--pace <seconds>', 'time from one region to the next', decimal(0, 999_999), 1)
    .addOption(new Option('--tool <name>', 'tool in the user agent').choices(TOOLS).default('boto3' as const))
    .option('--denied <share>', 'share of the regions that deny the call, 0 to 1', decimal(0, 1), 0)
    .option('--benign <n>', 'other records per minute', decimal(0, 999_999), 30)
    .option('--straddle', 'half of the sweep before the edge of a window, half after it')
    .option('--session-per-region', 'a role with another session name in each region')
    .option('--start <time>', 'time of the sweep, or how long ago it was (default: 20m)', moment)
    .option('--seed <text>', 'the same seed and start generate the same trail', 'simulation')
    .option('--account <id>', 'account of the trail (default: 111122223333)', accountIds)
    .addOption(PROFILE)
    .addOption(AWS_REGION)
    .addHelpText(
      'after',
      examples({
        'regionsweep simulate --through regionsweep --wait': 'a first alert in your inbox',
        'regionsweep simulate --out ./trail --straddle': 'a sweep that only sliding windows find',
        'regionsweep simulate --out s3://my-test-bucket/trail --regions 17': 'to replay from S3',
      }),
    )
    .action(
      run(async (console, options) => {
        const { out, through, wait = false, account } = options;
        if (wait && through === undefined) throw new UsageError('--wait requires --through STACK');
        if (account !== undefined && account.length > 1) throw new UsageError('--account: expected one account');
        const simulation = { ...options, start: options.start?.(console.time()), account: account?.[0] };
        const client = await clientSettings(options, console);
        const run = await import('./simulate-run.js');
        if (out !== undefined && through === undefined) return run.simulateTo(out, simulation, client, console);
        if (out === undefined && through !== undefined) {
          return run.simulateThrough({ stackName: through, wait }, simulation, client, console);
        }
        throw new UsageError('expected one of --out FOLDER, --out s3://BUCKET/PREFIX and --through STACK');
      }),
    );
};
