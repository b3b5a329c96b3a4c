/** docs/cost.md, whose figures come from the calculator. */

import { formatCount } from '../bin/cli/progress';
import { money, perMillion } from '../bin/commands/cost';
import {
  ALERT_REQUESTS,
  DEFAULT_WORKLOAD,
  estimate,
  FUNCTION_TIME,
  objectsPerMonth,
  STACK,
  tallyBytes,
} from '../bin/cost/model';
import { PRICES_ARE } from '../bin/cost/prices';
import { COMPARED_MEANS, COMPARED_WORKLOAD, stateUsd, WAYS } from './cost-comparison';
import { LIMITS, loadOf, objectsThatFill } from './growth';

const ACCOUNTS = [1, 10, 100, 1_000, 10_000];

const ACTORS = [1, 5, 50, 200];

export function costPage(): string {
  const { matchedShare, actors, buckets, regions, objectsPerHour, cpuMicros } = DEFAULT_WORKLOAD;
  const thousand = estimate({ ...DEFAULT_WORKLOAD, accounts: 1_000 });
  const inFlightRate = Math.floor(LIMITS.inFlight / LIMITS.visibilitySeconds);
  return `# What it costs

<!-- Made from scripts/cost-page.ts by npm run docs. Change it there. -->

\`\`\`sh
npm run -s regionsweep -- cost --accounts 100 --regions 17 --objects-per-hour 12
\`\`\`

estimates your deployment, line by line. Prices are ${PRICES_ARE}; \`--prices FILE\` replaces
some (\`--format json\` shows their names).

By default it assumes ${regions} regions with ${objectsPerHour} objects an hour each, ${Number((matchedShare * 100).toFixed(1))} % of them with a \`DescribeInstances\`, by ${actors} identity in
${buckets} buckets of five minutes: the means of two public trails, 502 objects. \`regionsweep replay PATHS --dry-run\` counts the objects and
bytes of yours.

A stack costs ${money(thousand.standing.usd)} a month for metrics, alarms, dashboard, key and idle polls. Objects cost less each the more there are: a thousand
accounts pay ${money(perMillion(thousand.reading.usd, thousand))} a million. A trail encrypted with KMS whose bucket has no S3 Bucket Key adds 3.00 a million (\`--kms\`),
more than anything else.

## Compared with other designs

US dollars a month for the objects alone; the rest would cost the same:

${waysTable()}

- **One counter per actor and window** is the usual design: an item holds the regions seen, and each object updates one for each
  of its actors and windows (${COMPARED_MEANS.windows} windows an actor in the same trails). With one actor and window an object it is cheaper
  (${stateCost('counters', { windows: 1 })} instead of ${stateCost('detector', { windows: 1 })} a million objects for the state), with fifty actors it costs ${Math.round(stateUsd(many(50), 'counters') / stateUsd(many(50), 'detector'))} times as much. It cannot
  say which objects an alert came from.
- **Athena** scans at least 10 MB a query, lists every account and region, and reads the whole day so far, unless something first
  copies the objects into finer folders. Nine minutes miss late deliveries, and two queries report one burst twice.

## The state table

An object without a matched call costs nothing. Any other costs, for each of its buckets of five minutes:

- one write of \`S = ${tallyBytes(0)} + ${tallyBytes(1) - tallyBytes(0)} a\` bytes, for \`a\` actors;
- \`1 / g\` queries, which read half of the bucket on average (\`n S / 2\` bytes), if the bucket gets \`n\` objects, \`g\` in one
  batch.

An alert costs at most ${ALERT_REQUESTS.writes} writes (${ALERT_REQUESTS.writeUnits} units) and ${ALERT_REQUESTS.reads} reads (${ALERT_REQUESTS.readUnits}), its follow-up included.

## Where the figures come from

- Measured: units of the table; 690 bytes of log an object with a matched call and 1,300 an invocation; processor time,
  [${cpuMicros} µs an object](performance.md) and ${FUNCTION_TIME.sdk} ms a request (\`bench/function-parts.ts\`, doubled for TLS).
- Assumed: S3 takes ${FUNCTION_TIME.s3} ms an object, ${STACK.openObjects} in parallel, DynamoDB ${FUNCTION_TIME.store} ms a request; five pollers wait ten seconds each to fill
  a batch; the evidence of an alert is 500 objects, the upper bound.
- Not included: cold starts, alarm e-mails, the trail and its storage.

## As it grows

Accounts do not share partition keys. Limits are reached in this order (\`npx tsx bench/growth.ts\` simulates it):

1. **Invocations.** ${LIMITS.maxConcurrency} at a time (\`maxConcurrency\`) read about ${formatCount(capacity())} objects a second in full batches; ten thousand accounts
   have ${Math.round(loadOf({ ...DEFAULT_WORKLOAD, accounts: 10_000 }).objectsPerSecond)}. Beyond that alerts are late and *OldestMessage* fires: raise it. *FunctionThrottles* then shows the account's
   own limit of ${formatCount(LIMITS.accountConcurrency)}.
2. **Messages in flight.** SQS allows ${formatCount(LIMITS.inFlight)}, and a failed message stays in flight for ${LIMITS.visibilitySeconds} seconds: if everything fails, the queue
   pauses above ${formatCount(inFlightRate)} objects a second. Nothing is lost for 14 days.
3. **The table.** New, it takes 4,000 writes a second on demand; ten thousand accounts need ${formatCount(tableWrites())}.

One account can outgrow its partition: a key has ${formatCount(LIMITS.partitionReads)} read units a second, and reads grow with the square of a bucket's
objects. Objects with a matched call that one account may deliver in five minutes:

${fillTable()}

Beyond that DynamoDB throttles, messages are retried until the bucket is quiet, and *FailingObjects* fires. \`partitions=16\` spreads
each account over sixteen keys.
`;
}

type Cell = string | number;

function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function waysTable(): string {
  const rows = ACCOUNTS.map((accounts) => {
    const workload = { ...COMPARED_WORKLOAD, accounts };
    const costs = Object.values(WAYS).map((usdOf) => money(usdOf(workload)));
    return [formatCount(accounts), formatCount(objectsPerMonth(workload)), ...costs];
  });
  return table(['accounts', 'objects a month', ...Object.keys(WAYS)], rows);
}

function fillTable(): string {
  const rows = ACTORS.map((actors) => [actors, ...[1, 10].map((batch) => formatCount(objectsThatFill(actors, batch)))]);
  return table(['actors an object', 'each read alone', 'ten of them a batch'], rows);
}

const many = (actors: number) => ({ ...COMPARED_WORKLOAD, accounts: 100, actors });

/** US dollars for DynamoDB for a million objects, at a hundred accounts. */
function stateCost(design: 'detector' | 'counters', changes: { readonly windows: number }): string {
  const workload = { ...COMPARED_WORKLOAD, accounts: 100, ...changes };
  return money(perMillion(stateUsd(workload, design), { objects: objectsPerMonth(workload) }));
}

/** Objects a second of the default concurrency with full batches. */
function capacity(): number {
  const { batchSize } = STACK;
  const { milliseconds } = loadOf({ ...DEFAULT_WORKLOAD, accounts: 10_000, batch: batchSize });
  return Math.floor((LIMITS.maxConcurrency * batchSize) / (milliseconds / 1000) / 100) * 100;
}

function tableWrites(): number {
  const workload = { ...DEFAULT_WORKLOAD, accounts: 10_000 };
  return Math.ceil(loadOf(workload).objectsPerSecond * workload.matchedShare * workload.buckets);
}
