import type { Console } from '../console';
import { formatCount, formatMany } from '../units';
import { type Bill, type Estimate, type Line, perMillion, WAYS } from './estimate';
import { PRICES_ARE } from './prices';
import type { Workload } from './workload';

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
  return new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: digits }).format(
    usd,
  );
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
