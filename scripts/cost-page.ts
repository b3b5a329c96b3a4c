/** docs/cost.md: its tables come from the calculator, what was measured from cost-figures.ts. */

import { formatCount } from '../bin/cli/progress';
import { money, perMillion } from '../bin/commands/cost';
import { DEFAULT_WORKLOAD, estimate, FUNCTION_TIME, STACK, tallyBytes } from '../bin/cost/model';
import { PRICES_ARE } from '../bin/cost/prices';
import { COMPARED_MEANS } from './cost-comparison';
import { GROWTH_TABLE } from './cost-figures';
import {
  capacity,
  fillTable,
  linesTable,
  loadTable,
  percent,
  pricesTable,
  stateCost,
  stateTable,
  storeTable,
  tableWrites,
  waysTable,
} from './cost-tables';
import { LIMITS } from './growth';

export function costPage(): string {
  const { matchedShare, actors, buckets, regions, objectsPerHour, cpuMicros } = DEFAULT_WORKLOAD;
  const { windows, objectBytes } = COMPARED_MEANS;
  const thousand = estimate({ ...DEFAULT_WORKLOAD, accounts: 1_000 });
  const inFlightRate = Math.floor(LIMITS.inFlight / LIMITS.visibilitySeconds);
  const actorBytes = tallyBytes(1) - tallyBytes(0);
  return `# What it costs

<!-- Made from scripts/cost-page.ts by npm run docs. Change it there. -->

\`\`\`sh
npm run -s regionsweep -- cost --accounts 100 --regions 17 --objects-per-hour 12
\`\`\`

estimates the cost of your deployment; \`--help\` and [commands.md](commands.md) list the other options. Prices are ${PRICES_ARE}.

By default the calculator assumes ${regions} regions with ${objectsPerHour} objects an hour each (CloudTrail delivers about every five minutes),
${percent(matchedShare)} of them with a \`DescribeInstances\`, by ${actors} identity in ${buckets} buckets of five minutes. These are the means of two
public trails, 502 objects: an attack simulation and recorded console sessions. Use the figures of your own trail where you can:
\`regionsweep replay PATHS --dry-run\` counts its objects and bytes.

## A hundred accounts

${linesTable()}

Of a poll every ten seconds (\`batchingWindowSeconds\`) an invocation reads eleven objects at this rate, with one receive, one delete
and its log lines; an alert is that much later, after the minutes that CloudTrail takes. With a window of one second, 1,024 MiB and
a log line for every object it was 49.68: SQS 16.47, logs 13.68, Lambda 10.38, S3 5.96, DynamoDB 3.19. A thousand accounts cost
${money(perMillion(thousand.reading.usd, thousand))} a million objects. A trail encrypted with KMS whose bucket has no S3 Bucket
Key adds 3.00 a million (\`--kms\`), more than anything else.

## Compared with other designs

US dollars a month for the objects alone: topic, alarms and dashboard would cost the same for each. The comparison also takes
${windows} windows of 30 s for each actor of an object, and objects of ${formatCount(objectBytes)} bytes as stored: means of the same trails.

${waysTable()}

- **One counter per actor and window** is the usual design: an item holds the regions seen, and each object updates it once per actor
  and window. It needs no query, so it is cheaper where an object has one actor in one window
  (${stateCost('counters', { windows: 1 })} instead of ${stateCost('detector', { windows: 1 })} a million objects for the state), and dearer beyond that. It cannot say which objects an alert came from.
  All else is assumed to be the same.
- **Athena** scans at least 10 MB a query, lists every account and region, and reads every object once. With CloudTrail's own
  folders, which end at days, each query reads the whole day so far. To read only nine minutes, something must first copy
  the objects into finer folders. Nine minutes miss late deliveries, and two queries report one burst twice.

US dollars for the state alone, a million objects at a hundred accounts, by the number of actors in an object:

${stateTable()}

## The state table

Let \`a\` be the actors in an object, \`n\` the objects that end up in one bucket (five minutes of an account), and \`g\` those of them
that arrive in one batch. An object with a matched call costs, for each of its buckets:

- one write of \`S = ${tallyBytes(0)} + ${actorBytes} a\` bytes: \`ceil(S / 1024)\` write units, whatever the number of windows;
- \`1 / g\` queries, which read half of the bucket on average: about \`n S / (2 g 4096)\` read units, at least one a query.

An object without a matched call costs nothing. An alert costs four writes, two reads of single items and, at its follow-up, one
more query. In sliding mode, a call less than one window from the edge of its bucket adds a query of the neighbouring bucket.

Measured on the real requests against an emulator of DynamoDB, by the published rules for items and pages, which the
emulator's own count confirms: \`npx tsx bench/store-units.ts\`. A test compares every figure with the model.

${storeTable()}

Cost rises when many objects update the same bucket one at a time, because each rereads it. Batching reduces this.

## Where the figures come from

| | | |
|---|---|---|
| units of the state table | measured | above |
| log lines | measured | 690 bytes an object with a matched call, 1,300 an invocation |
| processor time of an object | measured | 72 to 104 us in several runs ([performance.md](performance.md) has the last); the calculator takes ${cpuMicros}, without the SDK, on a whole core; \`--cpu-micros\` |
| processor time of a request | measured, and doubled for TLS | \`npx tsx bench/function-parts.ts\`: 0.3 to 0.5 ms over plain HTTP, 2 cores, Node 20; the calculator takes ${FUNCTION_TIME.sdk} ms |
| evaluating a bucket | measured | the same bench: 5 to 7 us for each actor of an object |
| waiting | assumed | S3 ${FUNCTION_TIME.s3} ms an object, ${STACK.openObjects} in parallel; DynamoDB ${FUNCTION_TIME.store} ms a request |
| objects an invocation | assumed | five pollers, each waiting ten seconds for more: \`--batch\` |
| evidence | upper bound | every alert is charged the most it may open, 500 objects |
| not included | | cold starts, alarm e-mails, the trail and its storage, the free tier |

## As it grows

By the calculator, where objects arrive evenly; it adds waiting and computing, as if they never overlapped:

${loadTable()}

Simulated with the detector's own core on a virtual clock, functions of one core, and a state table that refuses requests beyond
DynamoDB's limits: \`npx tsx bench/load.ts\`, with the assumptions above.

${GROWTH_TABLE}

Accounts do not share partitions: five minutes of an account are one partition key, and ten thousand accounts put no more load
on it than one account does. What reaches a limit is, in this order:

1. **Invocations.** Batches fill up, so invocations grow more slowly than objects. ${LIMITS.maxConcurrency} at a time (the default of \`maxConcurrency\`) read about
   ${formatCount(capacity())} objects a second in full batches. Beyond that, messages wait in the queue and alerts are late; the alarm *OldestMessage* fires
   after 30 minutes. Raise \`maxConcurrency\`. The account's own limit of ${formatCount(LIMITS.accountConcurrency)} invocations (new accounts have fewer) then shows as
   *FunctionThrottles*.
2. **Messages in flight.** SQS allows ${formatCount(LIMITS.inFlight)}. Those being read are ${formatCount(LIMITS.maxConcurrency * STACK.batchSize)} at most. But a failed message stays in flight for ${LIMITS.visibilitySeconds} seconds: if
   everything fails, because the table cannot be reached for example, the limit is reached from about ${formatCount(inFlightRate)} objects a second on, and
   the queue delivers nothing until some return. Nothing is lost: messages are kept for 14 days.
3. **The table as a whole.** On demand it takes 4,000 writes and 12,000 reads a second when new, and twice its highest peak
   after that; ten thousand accounts need about ${formatCount(tableWrites())} writes a second.
4. **S3** serves ${formatCount(LIMITS.s3Gets)} reads a second for one prefix, and each account and region has its own.

**One account that outgrows its partition.** DynamoDB gives one partition key ${formatCount(LIMITS.partitionReads)} read units and ${formatCount(LIMITS.partitionWrites)} write units a second. Reads
reach the limit first, since they grow with the square of a bucket's objects. Objects with a matched call that one account may deliver in
five minutes before that:

${fillTable()}

Beyond that DynamoDB throttles. The SDK tries six times, with growing random pauses. If all six attempts fail, the message returns to
the queue and is retried every six minutes, up to ten times, then moves to the dead-letter queue. *FailingObjects* fires after some
fifteen minutes, *DeadLetters* at the end. By then the bucket is quiet, because no more objects arrive for it. With \`partitions=16\`
the account is spread over sixteen keys: more writes and queries, each small. \`npx tsx bench/load.ts\` simulates both, and
\`npm run simulate-worlds\` searches worse faults than throttling.

A query returns up to 1 MB a page; a larger bucket takes several, one after the other.

## Prices

\`--prices FILE\` replaces prices with those of a JSON file such as \`{"s3Get": 0.43}\`; an invalid entry is an error.

${pricesTable()}
`;
}
