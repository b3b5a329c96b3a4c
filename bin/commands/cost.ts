import { type AddCommand, ExitCode } from '../cli/io';
import { choice, decimal, examples, integer, readFileOf } from '../cli/options';
import { formatCount, formatMany } from '../cli/progress';
import { type Bill, DEFAULT_WORKLOAD, estimate, type Workload } from '../cost/model';
import { PRICES, PRICES_ARE, readPrices } from '../cost/prices';

export const addCost: AddCommand = (program, run) => {
  const { accounts, regions, objectsPerHour, matchedShare, actors, rawBytes } = DEFAULT_WORKLOAD;
  const { alertsPerDay, emails, source, memoryMiB, architecture } = DEFAULT_WORKLOAD;
  program
    .command('cost')
    .description('Estimate the monthly cost of a deployed detector. Needs no AWS account.')
    .option('--accounts <n>', 'accounts in the trail', integer(1, 1_000_000), accounts)
    .option('--regions <n>', 'regions per account', integer(1, 100), regions)
    .option('--objects-per-hour <n>', 'log files per account and region', decimal(0.01, 100_000), objectsPerHour)
    .option('--matched-share <share>', 'share of log files with a DescribeInstances', decimal(0, 1), matchedShare)
    .option('--actors <n>', 'identities that call it, per such file', decimal(1, 10_000), actors)
    .option('--raw-bytes <n>', 'bytes of a log file, decompressed', integer(1, 1e10), rawBytes)
    .option('--alerts-per-day <n>', 'alerts sent per day', decimal(0, 28_800), alertsPerDay)
    .option('--emails <n>', 'e-mail addresses subscribed', integer(0, 10_000), emails)
    .addOption(choice('--source <source>', 'how new log files are notified', ['s3', 'eventbridge', 'sns'], source))
    .option('--kms', 'the trail is encrypted with KMS and its bucket has no S3 Bucket Key', false)
    .option('--memory <mib>', 'memory of the function, MiB', integer(256, 10_240), memoryMiB)
    .addOption(choice('--arch <arch>', 'architecture of the function', ['arm64', 'x86_64'], architecture))
    .option('--prices <file>', 'JSON file of your prices, such as {"s3Get": 0.43}')
    .addOption(choice('--format <format>', 'output format', ['table', 'json'], 'table'))
    .addHelpText(
      ...examples({
        'regionsweep cost': 'one account',
        'regionsweep cost --accounts 100 --objects-per-hour 12': 'an organization',
        'regionsweep cost --prices prices.json --format json': 'with your own prices',
      }),
    )
    .action(
      run(async (console, { memory, arch, prices: file, format, ...same }) => {
        const workload: Workload = { ...DEFAULT_WORKLOAD, ...same, memoryMiB: memory, architecture: arch };
        const month = estimate(workload, file === undefined ? PRICES : readFileOf('--prices', file, readPrices));
        const text = format === 'table' ? tableOf(month, workload) : jsonOf(month, workload);
        console.stdout.write(`${text}\n`);
        return ExitCode.Ok;
      }),
    );
};

type Month = ReturnType<typeof estimate>;

const STANDING = 'stack: metrics, alarms, dashboard, key, idle polls';

function tableOf(month: Month, { accounts, regions, objectsPerHour, matchedShare, alertsPerDay }: Workload): string {
  const { objects, reading, alerts, standing } = month;
  const row = (what: string, quantity: string, million: string, usd: string) =>
    `${what.padEnd(STANDING.length)} ${quantity.padStart(14)} ${million.padStart(23)} ${usd.padStart(13)}`.trimEnd();
  return [
    `${formatMany(accounts, 'account')}, ${formatMany(regions, 'region')}, ${objectsPerHour} log files per hour each: ` +
      `${formatCount(Math.round(objects))} per month,`,
    `${Number((matchedShare * 100).toFixed(1))} % of them with a DescribeInstances`,
    '',
    row('', 'a month', 'USD per million files', 'USD a month'),
    ...reading.lines.map(({ price, quantity, usd }) =>
      row(price.of, quantityText(quantity), money(perMillion(usd, month)), money(usd)),
    ),
    row('log files', '', money(perMillion(reading.usd, month)), money(reading.usd)),
    row(`${alertsPerDay} alerts a day, at most`, '', '', money(alerts.usd)),
    row(STANDING, '', '', money(standing.usd)),
    row('total', '', '', money(month.usd)),
    '',
    `${PRICES_ARE}.`,
    'docs/cost.md explains the figures; --prices FILE replaces prices with yours.',
  ].join('\n');
}

function jsonOf(month: Month, workload: Workload): string {
  const billOf = ({ lines, usd }: Bill) => ({
    usd_per_month: usd,
    usd_per_million_objects: perMillion(usd, month),
    lines: lines.map(({ name, price, quantity, usd: usd_per_month }) => {
      return { price: name, quantity_per_month: quantity, ...price, usd_per_month };
    }),
  });
  const { objects, usd, reading, alerts, standing } = month;
  const totals = { prices: PRICES_ARE, workload, objects_per_month: objects, usd_per_month: usd };
  const bills = { by_object: billOf(reading), alerts: billOf(alerts), standing: billOf(standing) };
  return JSON.stringify({ ...totals, ...bills }, undefined, 2);
}

/** US dollars for a million log files of the workload. */
export function perMillion(usd: number, { objects }: Pick<Month, 'objects'>): number {
  return (usd / objects) * 1e6;
}

/** Dollars with two decimals, below a dollar with three. */
export function money(usd: number): string {
  const digits = usd !== 0 && usd < 0.995 ? 3 : 2;
  return new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: digits }).format(usd);
}

function quantityText(quantity: number): string {
  return quantity >= 10 ? formatCount(Math.round(quantity)) : String(Number(quantity.toPrecision(2)));
}
