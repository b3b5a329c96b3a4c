/** The tables and figures of docs/cost.md that the calculator makes. */

import { formatCount } from '../bin/cli/progress';
import { money } from '../bin/commands/cost';
import {
  BATCH_SIZE,
  DEFAULT_WORKLOAD,
  estimate,
  LIMITS,
  loadOf,
  objectsThatFill,
  perMillion,
  stateUse,
  WAYS,
  type Way,
  type Workload,
} from '../bin/cost/model';
import { PRICES } from '../bin/cost/prices';
import { LEDGER_MEASURED } from './cost-figures';

const ACCOUNTS = [1, 10, 100, 1_000, 10_000];

const ACTORS = [1, 5, 50, 200];

const HUNDRED: Workload = { ...DEFAULT_WORKLOAD, accounts: 100 };

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export function linesTable(): string {
  const month = estimate(HUNDRED);
  const { reading, alerts, standing, objects } = month;
  const row = (what: string, quantity: string, usd: number, isByObject: boolean) => [
    what,
    quantity,
    isByObject ? money(perMillion(usd, month)) : '',
    money(usd),
  ];
  return table(
    [`${formatCount(objects)} objects a month`, 'a month', 'USD a million objects', 'USD a month'],
    [
      ...reading.lines.map(({ price, quantity, usd }) =>
        row(price.of, quantity < 10 ? quantity.toPrecision(2) : formatCount(Math.round(quantity)), usd, true),
      ),
      row('**by the object**', '', reading.usd, true),
      row(`${HUNDRED.alertsPerDay} alerts a day, at most`, '', alerts.usd, false),
      row('standing: metrics, alarms, dashboard, key, idle polls', '', standing.usd, false),
      row('**together**', '', reading.usd + alerts.usd + standing.usd, false),
    ],
  );
}

export function waysTable(): string {
  const ways: readonly Way[] = ['detector', 'counters', 'athenaBest', 'athenaDay'];
  const rows = ACCOUNTS.map((accounts) => {
    const { objects, sideBySide } = estimate({ ...DEFAULT_WORKLOAD, accounts });
    return [formatCount(accounts), formatCount(objects), ...sideBySide.map(({ bill }) => money(bill.usd))];
  });
  return table(['accounts', 'objects a month', ...ways.map((way) => WAYS[way])], rows);
}

export function stateTable(): string {
  const { windows } = DEFAULT_WORKLOAD;
  const rows = ACTORS.map((actors) => [
    actors,
    stateCost('detector', windows, actors),
    stateCost('counters', windows, actors),
  ]);
  return table(['actors an object', WAYS.detector, WAYS.counters], rows);
}

/** What DynamoDB is paid for a million objects, at a hundred accounts. */
export function stateCost(way: Way, windows: number, actors = DEFAULT_WORKLOAD.actors): string {
  const month = estimate({ ...HUNDRED, windows, actors });
  const lines = month.sideBySide.find((one) => one.way === way)!.bill.lines;
  const usd = lines.filter(({ name }) => name.startsWith('dynamo')).reduce((sum, line) => sum + line.usd, 0);
  return money(perMillion(usd, month));
}

export function ledgerTable(): string {
  const rows = LEDGER_MEASURED.map(({ actors, objects, perBatch, writeUnits, readUnits }) => {
    const model = stateUse({
      actors,
      buckets: 1,
      objectsPerBucket: objects,
      objectsPerEvaluation: perBatch,
    });
    return [
      ...[actors, objects, perBatch, writeUnits, short(model.writeUnits), readUnits, short(model.readUnits)],
      actors,
    ];
  });
  return table(
    [
      ...['actors an object', 'objects a bucket', 'of them a batch', 'write units', 'model', 'read units', 'model'],
      'write units of counters, a window',
    ],
    rows,
  );
}

export function loadTable(): string {
  const rows = ACCOUNTS.map((accounts) => {
    const load = loadOf({ ...DEFAULT_WORKLOAD, accounts });
    return [
      formatCount(accounts),
      short(load.objectsPerSecond),
      short(load.objectsPerInvocation),
      Math.round(load.milliseconds),
      short(load.invocationsAtATime),
      formatCount(Math.ceil(load.inFlightAtWorst)),
    ];
  });
  return table(
    [
      ...['accounts', 'objects a second', 'objects an invocation', 'an invocation, ms', 'invocations at a time'],
      'in flight if all failed',
    ],
    rows,
  );
}

/** Objects a second of the default concurrency with full batches. */
export function capacity(): number {
  const { milliseconds } = loadOf({ ...DEFAULT_WORKLOAD, accounts: 10_000, batch: BATCH_SIZE });
  return Math.floor((LIMITS.maxConcurrency * BATCH_SIZE) / (milliseconds / 1000) / 100) * 100;
}

export function tableWrites(): number {
  const workload = { ...DEFAULT_WORKLOAD, accounts: 10_000 };
  return Math.ceil(loadOf(workload).objectsPerSecond * workload.sightingShare * workload.buckets);
}

export function fillTable(): string {
  const rows = ACTORS.map((actors) => [
    actors,
    formatCount(objectsThatFill(actors, 1)),
    formatCount(objectsThatFill(actors, 10)),
  ]);
  return table(['actors an object', 'each read alone', 'ten of them a batch'], rows);
}

export function pricesTable(): string {
  const rows = Object.entries(PRICES).map(([name, { usd, per, of }]) => [
    `\`${name}\``,
    of,
    `${usd}${per === 1 ? '' : ' a million'}`,
  ]);
  return table(['name', '', 'US dollars'], rows);
}

function short(value: number): string {
  return value >= 100 ? formatCount(Math.round(value)) : String(Number(value.toPrecision(3)));
}

export function percent(part: number): string {
  return `${Number((part * 100).toFixed(1))} %`;
}
