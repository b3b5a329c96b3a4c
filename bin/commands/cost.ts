import { type Command, Option } from 'commander';
import { UsageError } from '../../lambda/errors';
import { type Console, ExitCode, type Exits } from '../cli/io';
import { between, share } from '../cli/options';
import { formatCount, formatMany } from '../cli/progress';
import {
  ARCHITECTURES,
  type Bill,
  DEFAULT_WORKLOAD,
  type Estimate,
  estimate,
  type Line,
  perMillion,
  SOURCES,
  sightingShareOf,
  WAYS,
  type Workload,
} from '../cost/model';
import { PRICES_ARE, readPrices } from '../cost/prices';

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

export function addCostCommand(program: Command, console: Console, exits: Exits): void {
  const { objectsPerHour, sightingShare, actors, windows, buckets, cpuMicros } = DEFAULT_WORKLOAD;
  program
    .command('cost')
    .description('Work out what a deployed detector costs, beside other ways to build one. Needs no AWS account.')
    .option('--accounts <n>', 'accounts whose trails are watched (default: 1)', between(1, 1_000_000, 'whole'))
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
    .option('--record-share <share>', 'in place of it, the share of records that are DescribeInstances', share)
    .option('--actors <n>', `identities that call it, in such an object (default: ${actors})`, between(1, 10_000))
    .option(
      '--windows <n>',
      `windows of 30 s each of them calls in, by one object (default: ${windows})`,
      between(1, 1_000),
    )
    .option('--buckets <n>', `spans of 5 minutes such an object reaches into (default: ${buckets})`, between(1, 100))
    .option(
      '--object-bytes <n>',
      'bytes of an object as stored, which Athena is paid by (default: 2600)',
      between(1, 1e9, 'whole'),
    )
    .option('--raw-bytes <n>', 'bytes of an object inflated (default: 23000)', between(1, 1e10, 'whole'))
    .option('--alerts-per-day <n>', 'alerts told (default: 2)', between(0, 28_800))
    .option('--emails <n>', 'addresses that get each (default: 1)', between(0, 10_000, 'whole'))
    .addOption(
      new Option('--source <source>', 'how objects are told of (default: s3; sns where you pay the topic)').choices(
        SOURCES,
      ),
    )
    .option('--kms', 'the trail is encrypted by KMS, and its bucket has no S3 Bucket Key')
    .option('--memory <mib>', "the function's memory (default: 1024)", between(256, 10_240, 'whole'))
    .addOption(new Option('--arch <arch>', "the function's processor (default: arm64)").choices(ARCHITECTURES))
    .option('--batch <n>', 'objects of one invocation (default: as the rate makes it, 1 to 50)', between(1, 1_000))
    .option('--cpu-micros <n>', `processor time of an object (default: ${cpuMicros})`, between(1, 1e7))
    .option('--prices <file>', 'JSON with prices of your own, as {"s3Get": 0.43}')
    .addOption(new Option('--format <format>', 'form of the result').choices(Object.keys(FORMATS)).default('table'))
    .action(exits((options: CostOptions) => runCost(options, console)));
}

export async function runCost(options: CostOptions, console: Console): Promise<ExitCode> {
  const { sightingShare, recordShare } = options;
  if (sightingShare !== undefined && recordShare !== undefined) {
    throw new UsageError('--sighting-share and --record-share say the same; give one of them');
  }
  const workload = workloadOf(options);
  writeEstimate(estimate(workload, readPrices(options.prices, console)), workload, options.format ?? 'table', console);
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

export type CostFormat = 'table' | 'json';

export function writeEstimate(
  estimate: Estimate,
  workload: Workload,
  format: CostFormat,
  { stdout }: Pick<Console, 'stdout'>,
): void {
  switch (format) {
    case 'table':
      stdout.write(`${tableOf(estimate, workload).join('\n')}\n`);
      break;
    case 'json':
      stdout.write(`${JSON.stringify(machineForm(estimate, workload), undefined, 2)}\n`);
      break;
  }
}

/** Lines of text in columns. */
function tableOf(estimate: Estimate, workload: Workload): string[] {
  const { objects, reading, alerts, standing, sideBySide } = estimate;
  const { accounts, regions, objectsPerHour, sightingShare } = workload;
  const total = reading.usd + alerts.usd + standing.usd;
  return [
    `${formatMany(accounts, 'account')}, ${formatMany(regions, 'region')}, ${objectsPerHour} objects an hour each: ` +
      `${formatCount(Math.round(objects))} objects a month,`,
    `${Number((sightingShare * 100).toFixed(1))} % of them with a call the rule is about`,
    '',
    columns('', 'a month', 'USD a million objects', 'USD a month'),
    ...reading.lines.map((line) => lineOf(line, estimate)),
    columns('by the object', '', money(perMillion(reading.usd, estimate)), money(reading.usd)),
    columns(`${workload.alertsPerDay} alerts a day, at most`, '', '', money(alerts.usd)),
    columns(STANDING, '', '', money(standing.usd)),
    columns('together', '', '', money(total)),
    '',
    columns('by the object, side by side', '', 'USD a million objects', 'USD a month'),
    ...sideBySide.map(({ way, bill }) =>
      columns(WAYS[way], '', money(perMillion(bill.usd, estimate)), money(bill.usd)),
    ),
    '',
    `${PRICES_ARE}.`,
    'What each figure rests on is in docs/cost.md; --prices FILE puts your prices in place of these.',
  ];
}

function lineOf({ price, quantity, usd }: Line, estimate: Estimate): string {
  return columns(price.of, quantityText(quantity), money(perMillion(usd, estimate)), money(usd));
}

const STANDING = 'standing: metrics, alarms, dashboard, key, idle polls';

const WIDEST = STANDING.length;

function columns(what: string, quantity: string, million: string, month: string): string {
  return `${what.padEnd(WIDEST)} ${quantity.padStart(14)} ${million.padStart(23)} ${month.padStart(13)}`.trimEnd();
}

/** Dollars and cents, and a part of a cent where there is no more. */
export function money(usd: number): string {
  const digits = usd !== 0 && usd < 0.995 ? 3 : 2;
  return new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: digits }).format(usd);
}

function quantityText(quantity: number): string {
  if (quantity >= 10) return formatCount(Math.round(quantity));
  return String(Number(quantity.toPrecision(2)));
}

function machineForm(estimate: Estimate, workload: Workload) {
  const bill = ({ lines, usd }: Bill) => ({
    usd_per_month: usd,
    usd_per_million_objects: perMillion(usd, estimate),
    lines: lines.map((line) => ({
      price: line.name,
      of: line.price.of,
      quantity_per_month: line.quantity,
      usd: line.price.usd,
      per: line.price.per,
      usd_per_month: line.usd,
    })),
  });
  const { objects, reading, alerts, standing, sideBySide } = estimate;
  return {
    prices: PRICES_ARE,
    workload,
    objects_per_month: objects,
    usd_per_month: reading.usd + alerts.usd + standing.usd,
    by_object: bill(reading),
    alerts: bill(alerts),
    standing: bill(standing),
    side_by_side: Object.fromEntries(sideBySide.map(({ way, bill: of }) => [way, bill(of)])),
  };
}
