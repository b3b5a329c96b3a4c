import { type Command, Option } from 'commander';
import { UsageError } from '../../lambda/errors';
import type { Console } from '../console';
import type { CostFormat } from '../cost/cost-output';
import { ARCHITECTURES, DEFAULT_WORKLOAD, SOURCES, sightingShareOf, type Workload } from '../cost/workload';
import { ExitCode } from '../exit-code';
import { between, share } from '../options';

export interface CostOptions {
  readonly accounts?: number;
  readonly regions?: number;
  readonly objectsPerHour?: number;
  readonly sightingShare?: number;
  readonly recordShare?: number;
  readonly actors?: number;
  readonly windows?: number;
  readonly buckets?: number;
  readonly objectBytes?: number;
  readonly rawBytes?: number;
  readonly alertsPerDay?: number;
  readonly emails?: number;
  readonly source?: Workload['source'];
  readonly kms?: boolean;
  readonly memory?: number;
  readonly arch?: Workload['architecture'];
  readonly batch?: number;
  readonly cpuMicros?: number;
  readonly prices?: string;
  readonly format?: CostFormat;
}

/** All of them, or the compiler says so. */
const FORMATS: Readonly<Record<CostFormat, true>> = { table: true, json: true };

export function addCostCommand(program: Command, run: (options: CostOptions) => Promise<void>): void {
  const { objectsPerHour, sightingShare, actors, windows, buckets, cpuMicros } = DEFAULT_WORKLOAD;
  program
    .command('cost')
    .description(
      'Work out what a deployed detector costs, beside other ways to build one. Needs no AWS account.',
    )
    .option(
      '--accounts <n>',
      'accounts whose trails are watched (default: 1)',
      between(1, 1_000_000, 'whole'),
    )
    .option('--regions <n>', 'regions each of them has (default: 17)', between(1, 100, 'whole'))
    .option(
      '--objects-per-hour <n>',
      `objects CloudTrail delivers for one account and region (default: ${objectsPerHour})`,
      between(0.01, 100_000),
    )
    .option(
      '--sighting-share <share>',
      `share of objects with a DescribeInstances, 0 to 1 (default: ${sightingShare})`,
      share,
    )
    .option(
      '--record-share <share>',
      'in place of it, the share of records that are DescribeInstances',
      share,
    )
    .option(
      '--actors <n>',
      `identities that call it, in such an object (default: ${actors})`,
      between(1, 10_000),
    )
    .option(
      '--windows <n>',
      `windows of 30 s each of them calls in, by one object (default: ${windows})`,
      between(1, 1_000),
    )
    .option(
      '--buckets <n>',
      `spans of 5 minutes such an object reaches into (default: ${buckets})`,
      between(1, 100),
    )
    .option(
      '--object-bytes <n>',
      'bytes of an object as stored, which Athena is paid by (default: 2600)',
      between(1, 1e9, 'whole'),
    )
    .option('--raw-bytes <n>', 'bytes of an object inflated (default: 23000)', between(1, 1e10, 'whole'))
    .option('--alerts-per-day <n>', 'alerts told (default: 2)', between(0, 28_800))
    .option('--emails <n>', 'addresses that get each (default: 1)', between(0, 10_000, 'whole'))
    .addOption(
      new Option(
        '--source <source>',
        'how objects are told of (default: s3; sns where you pay the topic)',
      ).choices(SOURCES),
    )
    .option('--kms', 'the trail is encrypted by KMS, and its bucket has no S3 Bucket Key')
    .option('--memory <mib>', "the function's memory (default: 1024)", between(256, 10_240, 'whole'))
    .addOption(
      new Option('--arch <arch>', "the function's processor (default: arm64)").choices(ARCHITECTURES),
    )
    .option(
      '--batch <n>',
      'objects of one invocation (default: as the rate makes it, 1 to 50)',
      between(1, 1_000),
    )
    .option('--cpu-micros <n>', `processor time of an object (default: ${cpuMicros})`, between(1, 1e7))
    .option('--prices <file>', 'JSON with prices of your own, as {"s3Get": 0.43}')
    .addOption(
      new Option('--format <format>', 'form of the result').choices(Object.keys(FORMATS)).default('table'),
    )
    .action(run);
}

export async function runCost(options: CostOptions, console: Console): Promise<ExitCode> {
  const { sightingShare, recordShare } = options;
  if (sightingShare !== undefined && recordShare !== undefined) {
    throw new UsageError('--sighting-share and --record-share say the same; give one of them');
  }
  // Other commands reckon nothing.
  const { writeEstimate } = require('../cost/cost-output') as typeof import('../cost/cost-output');
  const { estimate } = require('../cost/estimate') as typeof import('../cost/estimate');
  const { readPrices } = require('../cost/prices') as typeof import('../cost/prices');
  const workload = workloadOf(options);
  writeEstimate(
    estimate(workload, readPrices(options.prices, console)),
    workload,
    options.format ?? 'table',
    console,
  );
  return ExitCode.Ok;
}

function workloadOf(options: CostOptions): Workload {
  const { memory, arch, recordShare, prices: _, format: __, ...same } = options;
  const rawBytes = options.rawBytes ?? DEFAULT_WORKLOAD.rawBytes;
  return {
    ...DEFAULT_WORKLOAD,
    ...same,
    ...(memory === undefined ? {} : { memoryMiB: memory }),
    ...(arch === undefined ? {} : { architecture: arch }),
    ...(recordShare === undefined ? {} : { sightingShare: sightingShareOf(recordShare, rawBytes) }),
  };
}
