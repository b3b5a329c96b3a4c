/** docs/cost.md: its tables come from the calculator, what was measured from cost-figures.ts. */

import { formatCount } from '../bin/cli/progress';
import { money } from '../bin/commands/cost';
import {
  BATCH_SIZE,
  DEFAULT_WORKLOAD,
  estimate,
  FUNCTION_TIME,
  LIMITS,
  perMillion,
  TALLY_BYTES,
  WAYS,
} from '../bin/cost/model';
import { PRICES_ARE } from '../bin/cost/prices';
import { GROWTH_TABLE, ONE_ACCOUNT_TABLE } from './cost-figures';
import {
  capacity,
  fillTable,
  ledgerTable,
  linesTable,
  loadTable,
  percent,
  pricesTable,
  stateCost,
  stateTable,
  tableWrites,
  waysTable,
} from './cost-tables';

export function costPage(): string {
  const { sightingShare, actors, windows, buckets, objectBytes, regions, objectsPerHour } = DEFAULT_WORKLOAD;
  const { s3Milliseconds, storeMilliseconds, sdkMilliseconds } = FUNCTION_TIME;
  const thousand = estimate({ ...DEFAULT_WORKLOAD, accounts: 1_000 });
  return `# What it costs

<!-- Made from docs/cost-page.ts by npm run docs. Change it there. -->

\`\`\`sh
npm run -s regionsweep -- cost --accounts 100 --regions 17 --objects-per-hour 12
\`\`\`

works it out for what you have; \`npm run -s regionsweep -- cost --help\` lists what else may be said, [commands.md](commands.md) too.
Prices are ${PRICES_ARE}.

Without being told otherwise it takes ${regions} regions, ${objectsPerHour} objects an hour in each (CloudTrail delivers about every five minutes),
${percent(sightingShare)} of them with a call the rule is about, by ${actors} identity in ${windows} windows and ${buckets} spans of five minutes, ${formatCount(objectBytes)} bytes as
stored. These are the means of two public trails, 502 objects: an attack simulation and recorded console sessions.
What your own trail holds is better: \`regionsweep replay --dry-run\` counts its objects and bytes.

## A hundred accounts

${linesTable()}

Where few objects come at a time, each has an invocation to itself, with its own receive, delete and log lines: full batches
are worth half of it. A thousand accounts cost ${money(perMillion(thousand.reading.usd, thousand))} a million. A trail encrypted by KMS whose bucket has no S3 Bucket Key costs 3.00 a
million more (\`--kms\`), which is more than anything else.

## Beside other ways to build it

US dollars a month, by the object alone: topic, alarms and dashboard would be the same for each.

${waysTable()}

- **${WAYS.counters}** is the usual design: an item holds the regions seen, and each object changes it once for each actor and
  window. It needs no query, so it is the cheaper one where an object tells of one actor in one window (\`--windows 1\`:
  ${stateCost('counters', 1)} instead of ${stateCost('detector', 1)} a million for the state), and the dearer one beyond. It cannot say which objects an alert came from. Everything else of it is reckoned
  as ours.
- **Athena** scans 10 MB at least each time, lists every account and region, and reads each object once, or, where only
  CloudTrail's own folders part them, the whole day so far, each time anew. To read nine minutes only,
  somebody must first copy the objects into finer folders. Nine minutes miss what comes later, and two runs tell one burst twice.

What the state alone costs, US dollars a million objects, at a hundred accounts and by how many identities call in an object:

${stateTable()}

## The ledger

With \`a\` actors in an object, \`n\` objects that tell of a bucket (an account's five minutes) in the end, and \`g\` of them in a
batch, an object with a sighting costs, for each bucket it tells of:

- one write of \`S = ${TALLY_BYTES.item} + ${TALLY_BYTES.actor} a\` bytes: \`ceil(S / 1024)\` write units, whatever the number of windows;
- \`1 / g\` queries, which read half the bucket in the mean: about \`n S / (2 g 4096)\` read units, one at least a query.

An object without a sighting costs nothing. An alert costs four writes, two reads of single items and, at its follow-up, one
more query. In sliding mode a call less than a window from a bucket's edge has the neighbour read too.

Measured on the ledger's own requests against an emulator of DynamoDB, by the published rules for items and pages, which
the emulator's own count confirms: \`npx tsx bench/ledger-units.ts\`. A test holds every figure to the model.

${ledgerTable()}

So a bucket that many objects tell of one by one is dear: it is read again by each. What tames it is the batch.

## What the figures rest on

| | | |
|---|---|---|
| units of the ledger | measured | above |
| log lines | measured | 690 bytes an object, 1,300 an invocation |
| processor time of an object | measured | 72 to 104 us in several runs (performance.md has the last), reckoned as ${DEFAULT_WORKLOAD.cpuMicros}, beside the SDK's, on a whole core; \`--cpu-micros\` |
| processor time of a request | measured, and doubled for TLS | \`npx tsx bench/function-parts.ts\`: 0.3 to 0.5 ms over plain HTTP, 2 cores, Node 20; reckoned with ${sdkMilliseconds} ms |
| looking through a bucket | measured | the same: 5 to 7 us an actor of an object |
| waiting | assumed | S3 ${s3Milliseconds} ms an object, ${FUNCTION_TIME.openObjects} at a time; DynamoDB ${storeMilliseconds} ms a request |
| objects an invocation | assumed | five pollers, each gathering for a second: \`--batch\` |
| evidence | bound | each alert is charged all it may open, 500 objects |
| left out | | starts of new functions, e-mails of alarms, the trail and its storage, the free tier |

## As it grows

By the calculator, where objects come evenly. It adds up waiting and computing, as if nothing overlapped:

${loadTable()}

The detector's own core, run on a virtual clock with functions of one core, and a ledger that refuses what is beyond
DynamoDB's limits: \`npx tsx bench/load.ts\`. Pollers and waits are as assumed above.

${GROWTH_TABLE}

Accounts do not heat each other: each account's five minutes are a partition key of their own, and ten thousand accounts
ask no more of one than a single account does. What grows with them is, in this order:

1. **Invocations.** Batches fill, so they grow more slowly than objects. ${LIMITS.maxConcurrency} at a time (the default of \`maxConcurrency\`) read about
   ${formatCount(capacity())} objects a second in full batches. What comes faster waits in the queue and is read when there is room; alerts come
   later, and *OldestMessage* is raised when one waits for 30 minutes. Raise \`maxConcurrency\`; an account's own limit of
   ${formatCount(LIMITS.accountConcurrency)} invocations (new accounts have fewer) then shows as *FunctionThrottles*.
2. **Messages in flight.** SQS hands out ${formatCount(LIMITS.inFlight)} at most. Those being read are ${formatCount(LIMITS.maxConcurrency * BATCH_SIZE)} at most. But a message that fails is out of sight for
   ${LIMITS.visibilitySeconds} seconds, so where everything fails, as when the table cannot be reached, the limit is reached from about
   ${formatCount(Math.floor(LIMITS.inFlight / LIMITS.visibilitySeconds))} objects a second on. Then the queue gives nothing out until some come back. Nothing is lost: they stay 14 days.
3. **The table as a whole.** On demand it takes 4,000 writes and 12,000 reads a second when new, and twice its highest peak
   after that; ten thousand accounts need about ${formatCount(tableWrites())} writes a second.
4. **S3** answers ${formatCount(LIMITS.s3Gets)} reads a second for one prefix, and each account and region has its own.

**One account that outgrows its partition.** DynamoDB gives one partition key ${formatCount(LIMITS.partitionReads)} read units and ${formatCount(LIMITS.partitionWrites)} write units a second. Reads come
first, since a bucket's are the square of its objects. The objects with a sighting that one account may deliver in five
minutes until then:

${fillTable()}

Beyond that DynamoDB throttles. The SDK asks six times in all, with growing pauses of random length; what still fails, fails
its message, which is seen again after six minutes, and so on, ten times, before it goes to the dead letters. *FailingObjects* is
raised after some fifteen minutes, *DeadLetters* at the end. By then the bucket is quiet: no more objects tell of it. Here, one message a batch, as
where an account is one among thousands:

${ONE_ACCOUNT_TABLE}

The second row asks for more than there is: it is throttled, two messages come back six minutes later, and nothing is lost.
With \`partitions=16\` the account is spread over sixteen keys: more writes and queries, each small, and none refused. A test
(\`test/simulation/load.test.ts\`) has a sweep in the midst of such a crowd: it is told, once. Worse faults than throttling are
searched by \`npm run simulate-worlds\`.

A query's page holds 1 MB; a bucket of more takes several, one after the other.

## Prices

A JSON file given with \`--prices\` puts yours in their place: \`{"s3Get": 0.43}\`. What is wrong in it is named.

${pricesTable()}
`;
}
