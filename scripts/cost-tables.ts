/** The tables and figures of docs/cost.md that the calculator makes. */

import { formatCount } from '../bin/cli/progress';
import { money, perMillion, quantityText } from '../bin/commands/cost';
import { DEFAULT_WORKLOAD, estimate, objectsPerMonth, STACK, stateUse } from '../bin/cost/model';
import { PRICES } from '../bin/cost/prices';
import { COMPARED_WORKLOAD, stateUsd, WAYS } from './cost-comparison';
import { STORE_MEASURED } from './cost-figures';
import { LIMITS, loadOf, objectsThatFill } from './growth';

const ACCOUNTS = [1, 10, 100, 1_000, 10_000];

const ACTORS = [1, 5, 50, 200];

const HUNDRED = { ...COMPARED_WORKLOAD, accounts: 100 };

type Cell = string | number;

function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function tableByAccounts(head: readonly string[], row: (accounts: number) => readonly Cell[]): string {
  return table(
    ['accounts', ...head],
    ACCOUNTS.map((accounts) => [formatCount(accounts), ...row(accounts)]),
  );
}

function tableByActors(head: readonly string[], row: (actors: number) => readonly Cell[]): string {
  return table(
    ['actors an object', ...head],
    ACTORS.map((actors) => [actors, ...row(actors)]),
  );
}

export function linesTable(): string {
  const month = estimate(HUNDRED);
  const { reading, alerts, standing, objects, usd: total } = month;
  return table(
    [`${formatCount(objects)} objects a month`, 'a month', 'USD a million objects', 'USD a month'],
    [
      ...reading.lines.map(({ price, quantity, usd }) => {
        return [price.of, quantityText(quantity), money(perMillion(usd, month)), money(usd)];
      }),
      ['**objects**', '', money(perMillion(reading.usd, month)), money(reading.usd)],
      [`${HUNDRED.alertsPerDay} alerts a day, at most`, '', '', money(alerts.usd)],
      ['stack: metrics, alarms, dashboard, key, idle polls', '', '', money(standing.usd)],
      ['**total**', '', '', money(total)],
    ],
  );
}

export function waysTable(): string {
  return tableByAccounts(['objects a month', ...Object.keys(WAYS)], (accounts) => {
    const workload = { ...COMPARED_WORKLOAD, accounts };
    return [formatCount(objectsPerMonth(workload)), ...Object.values(WAYS).map((usdOf) => money(usdOf(workload)))];
  });
}

export function stateTable(): string {
  const [own, counters] = Object.keys(WAYS) as [string, string];
  return tableByActors([own, counters], (actors) => [
    stateCost('detector', { actors }),
    stateCost('counters', { actors }),
  ]);
}

/** US dollars for DynamoDB for a million objects, at a hundred accounts. */
export function stateCost(
  design: 'detector' | 'counters',
  changes: Partial<Record<'actors' | 'windows', number>>,
): string {
  const workload = { ...HUNDRED, ...changes };
  return money(perMillion(stateUsd(workload, design), { objects: objectsPerMonth(workload) }));
}

export function storeTable(): string {
  const head = [
    'actors an object',
    'objects a bucket',
    'of them in a batch',
    'write units',
    'model',
    'read units',
    'model',
  ];
  return table(
    [...head, 'write units of counters, a window'],
    STORE_MEASURED.map(({ actors, objects, perBatch, writeUnits, readUnits }) => {
      const load = { actors, buckets: 1, objectsPerBucket: objects, objectsPerEvaluation: perBatch };
      const model = stateUse(load);
      const units = [writeUnits, short(model.writeUnits), readUnits, short(model.readUnits)];
      return [actors, objects, perBatch, ...units, actors];
    }),
  );
}

export function loadTable(): string {
  const head = ['objects a second', 'objects an invocation', 'an invocation, ms', 'invocations at a time'];
  return tableByAccounts([...head, 'in flight if all failed'], (accounts) => {
    const load = loadOf({ ...DEFAULT_WORKLOAD, accounts });
    return [
      ...[short(load.objectsPerSecond), short(load.objectsPerInvocation), Math.round(load.milliseconds)],
      ...[short(load.invocationsAtATime), formatCount(Math.ceil(load.inFlightAtWorst))],
    ];
  });
}

/** Objects a second of the default concurrency with full batches. */
export function capacity(): number {
  const { batchSize } = STACK;
  const { milliseconds } = loadOf({ ...DEFAULT_WORKLOAD, accounts: 10_000, batch: batchSize });
  return Math.floor((LIMITS.maxConcurrency * batchSize) / (milliseconds / 1000) / 100) * 100;
}

export function tableWrites(): number {
  const workload = { ...DEFAULT_WORKLOAD, accounts: 10_000 };
  return Math.ceil(loadOf(workload).objectsPerSecond * workload.matchedShare * workload.buckets);
}

export function fillTable(): string {
  return tableByActors(['each read alone', 'ten of them a batch'], (actors) => {
    return [formatCount(objectsThatFill(actors, 1)), formatCount(objectsThatFill(actors, 10))];
  });
}

export function pricesTable(): string {
  const rows = Object.entries(PRICES).map(([name, { usd, per, of }]) => {
    return [`\`${name}\``, of, `${usd}${per === 1 ? '' : ' a million'}`];
  });
  return table(['name', '', 'US dollars'], rows);
}

function short(value: number): string {
  return value >= 100 ? formatCount(Math.round(value)) : String(Number(value.toPrecision(3)));
}

export function percent(part: number): string {
  return `${Number((part * 100).toFixed(1))} %`;
}
