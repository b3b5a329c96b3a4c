import { type Command, Option } from 'commander';
import type { IdentityKind } from '../../generator/identities';
import type { Tool } from '../../generator/tools';
import { UsageError } from '../../lambda/errors';
import { type AwsOptions, addAwsOptions } from '../aws-options';
import type { Console } from '../console';
import type { ExitCode } from '../exit-code';
import { accountIds, decimal, instant, positiveInteger, share } from '../options';

export interface SimulateOptions extends AwsOptions {
  readonly out?: string;
  readonly through?: string;
  readonly wait?: boolean;
  readonly actor?: IdentityKind;
  readonly regions?: number;
  readonly pace?: number;
  readonly tool?: Tool;
  readonly denied?: number;
  readonly benign?: number;
  readonly straddle?: boolean;
  readonly sessionPerRegion?: boolean;
  readonly start?: number;
  readonly seed?: string;
  readonly account?: readonly string[];
}

/** All of them, or the compiler says so. */
const ACTORS: Readonly<Record<IdentityKind, true>> = {
  'iam-user': true,
  'assumed-role': true,
  'console-session': true,
  'cross-account-role': true,
  'federated-user': true,
  root: true,
  'aws-service': true,
  'aws-account': true,
  untyped: true,
};
const TOOLS: Readonly<Record<Tool, true>> = {
  'aws-cli': true,
  boto3: true,
  terraform: true,
  scoutsuite: true,
  prowler: true,
  'sdk-go': true,
  'sdk-java': true,
  console: true,
  'aws-service': true,
};

export function addSimulateCommand(program: Command, run: (options: SimulateOptions) => Promise<void>): void {
  const command = program
    .command('simulate')
    .description('Make a trail with one sweep through regions, to see the detector find it.')
    .option('--out <place>', 'write the trail to this folder, or to s3://BUCKET/PREFIX')
    .option('--through <stack>', "put it into this deployed detector's test bucket and queue")
    .option('--wait', 'with --through: follow it until its alert is told')
    .addOption(new Option('--actor <kind>', 'who sweeps (default: iam-user)').choices(Object.keys(ACTORS)))
    .option('--regions <n>', 'how many regions (default: 12)', positiveInteger)
    .option('--pace <seconds>', 'from one region to the next (default: 1)', decimal)
    .addOption(
      new Option('--tool <name>', 'what it sweeps with (default: boto3)').choices(Object.keys(TOOLS)),
    )
    .option('--denied <share>', 'share of the regions that refuse, 0 to 1 (default: 0)', share)
    .option('--benign <n>', 'records a minute of everyday traffic beside it (default: 30)', decimal)
    .option('--straddle', 'half before the edge of a window, half behind it')
    .option('--session-per-region', 'a role that takes a session of another name in each region')
    .option('--start <time>', 'time of the sweep, UTC (default: 20 minutes ago)', instant)
    .option('--seed <text>', 'the same seed and start make the same trail (default: simulation)')
    .option('--account <id>', 'the account of the trail (default: 111122223333)', accountIds);
  addAwsOptions(command).action(run);
}

export function runSimulate(options: SimulateOptions, console: Console): Promise<ExitCode> {
  if ((options.out === undefined) === (options.through === undefined)) {
    throw new UsageError(
      'simulate takes --out DIR, --out s3://BUCKET/PREFIX or --through STACK: one of them',
    );
  }
  if (options.wait === true && options.through === undefined)
    throw new UsageError('--wait goes with --through STACK');
  const { simulate } = require('../simulation/simulate') as typeof import('../simulation/simulate');
  return simulate(options, console);
}
