/** How much of what AWS bills a month of the workload takes: the detector, and two other ways to build one. */

import { METRICS } from '../../lambda/ports';
import { costOf, PRICES, type Price, type PriceName, type Prices } from './prices';

/** What the calculator is told, and what it takes where it is told nothing. */

export const SOURCES = ['s3', 'eventbridge', 'sns'] as const;

export type Source = (typeof SOURCES)[number];

export const ARCHITECTURES = ['arm64', 'x86_64'] as const;

export type Architecture = (typeof ARCHITECTURES)[number];

/** What is delivered, what is in it, and how the detector is set. Means; fractions are allowed. */
export interface Workload {
  readonly accounts: number;
  readonly regions: number;
  /** that CloudTrail delivers for one account and region */
  readonly objectsPerHour: number;
  /** share of objects with a call the rule is about, 0 to 1 */
  readonly sightingShare: number;
  /** actors of such an object */
  readonly actors: number;
  /** windows of 30 s in which each of them calls, by one object: what one counter an actor and window pays for */
  readonly windows: number;
  /** buckets of five minutes such an object tells of */
  readonly buckets: number;
  /** bytes of an object as stored */
  readonly objectBytes: number;
  /** bytes of an object inflated */
  readonly rawBytes: number;
  readonly alertsPerDay: number;
  /** e-mail addresses that get each alert */
  readonly emails: number;
  /** how objects are told of */
  readonly source: Source;
  /** whether S3 asks KMS for each object: an encrypted trail without an S3 Bucket Key */
  readonly kms: boolean;
  readonly memoryMiB: number;
  readonly architecture: Architecture;
  /** objects one invocation gets; without it, what the arrivals of a second make */
  readonly batch?: number | undefined;
  /** microseconds of processor time on a whole core, beside the SDK's, of an object of the default size */
  readonly cpuMicros: number;
}

/**
 * The share, the actors, windows, buckets and sizes are the means of two public trails (502 objects): an attack
 * simulation (invictus-ir/aws_dataset) and recorded console sessions (Permiso-io-tools/CloudConsoleCartographer).
 */
export const DEFAULT_WORKLOAD: Workload = {
  accounts: 1,
  regions: 17,
  // CloudTrail user guide: it delivers about every five minutes.
  objectsPerHour: 12,
  sightingShare: 0.17,
  actors: 1,
  windows: 1.8,
  buckets: 1.16,
  objectBytes: 2_600,
  rawBytes: 23_000,
  alertsPerDay: 2,
  emails: 1,
  source: 's3',
  kms: false,
  memoryMiB: 1024,
  architecture: 'arm64',
  // Measured for a median object, 72 to 104 in several runs; docs/performance.md has the last.
  cpuMicros: 100,
};

/** As AWS bills: 365 days in twelve parts. */
export const HOURS_A_MONTH = 730;

const SECONDS_A_MONTH = HOURS_A_MONTH * 3600;

/** The stack's defaults: most messages of a batch, and the seconds it waits for them. */
export const BATCH_SIZE = 50;

export const BATCHING_WINDOW_SECONDS = 1;

/** Lambda developer guide, "Using Lambda with Amazon SQS": as many poll the queue at least, each for a batch of its own. */
export const POLLERS = 5;

export function objectsPerMonth({ accounts, regions, objectsPerHour }: Workload): number {
  return accounts * regions * objectsPerHour * HOURS_A_MONTH;
}

/** Objects of one invocation: told, or what comes to each poller while it waits. */
export function objectsPerInvocation(workload: Workload): number {
  const perSecond = objectsPerMonth(workload) / SECONDS_A_MONTH;
  return workload.batch ?? Math.min(BATCH_SIZE, Math.max(1, (perSecond * BATCHING_WINDOW_SECONDS) / POLLERS));
}

/** Bytes of a record, the mean of the trails above. */
const RECORD_BYTES = 1_240;

/**
 * The share of objects that hold a call the rule is about, where calls are spread evenly over objects. They come in
 * bursts, so the true share is smaller.
 */
export function sightingShareOf(recordShare: number, rawBytes: number): number {
  return 1 - (1 - recordShare) ** Math.max(1, rawBytes / RECORD_BYTES);
}

/** Quantities a month, in what the price counts. What is absent is not used. */
export type Usage = Partial<Record<PriceName, number>>;

const GB = 1e9;

const MONTHS_A_YEAR = 12;

const DAYS_A_MONTH = 365 / MONTHS_A_YEAR;

/** Days from writing to expiry, and two more until DynamoDB has deleted what expired. */
const TALLY_DAYS = 35 + 2;

/** The function's own lines, with what CloudWatch adds to each: measured on the real logger. */
const LOG_BYTES = { object: 690, invocation: 1_300 } as const;

/** Each alert may open as many objects as its evidence is allowed, list as many places, and be followed up once. */
const ALERT = { gets: 500, lists: 100, messages: 2, keyRequests: 4 } as const;

/** What the stack has, whatever is delivered. */
export const STANDING = {
  metrics: Object.keys(METRICS).length,
  alarms: 8,
  dashboards: 1,
  topicKeys: 1,
} as const;

/** Each poller asks every 20 s where nothing comes. */
const IDLE_RECEIVES = POLLERS * 3 * 60 * HOURS_A_MONTH;

/** What one object with a sighting costs the ledger under this workload. */
export function storeOf(workload: Workload): StateUse {
  const { accounts, regions, objectsPerHour, sightingShare, actors, buckets } = workload;
  const perBucket = (regions * objectsPerHour * sightingShare * buckets) / 12;
  // An account's objects come scattered among those of the others.
  const together = (objectsPerInvocation(workload) * sightingShare) / accounts;
  return stateUse({ actors, buckets, objectsPerBucket: perBucket, objectsPerEvaluation: together });
}

/** What is paid by the object. */
export function detectorUsage(workload: Workload): Usage {
  const objects = objectsPerMonth(workload);
  const notification = objects * workload.sightingShare;
  const store = storeOf(workload);
  return {
    ...readingUsage(workload),
    dynamoWrite: notification * store.writeUnits,
    dynamoRead: notification * store.readUnits,
    ...storage(notification * store.storedBytes),
  };
}

/** Everything but the state: the same for whoever reads each object once as it comes. */
function readingUsage(workload: Workload): Usage {
  const objects = objectsPerMonth(workload);
  const batch = objectsPerInvocation(workload);
  const invocations = objects / batch;
  const gibSeconds =
    invocations * (invocationMilliseconds(workload, storeOf(workload)) / 1000) * (workload.memoryMiB / 1024);
  return {
    s3Get: objects,
    // Sent one by one; received and deleted by ten.
    sqs: objects + 2 * (objects / Math.min(batch, 10)),
    lambdaRequests: invocations,
    [workload.architecture === 'arm64' ? 'lambdaArm' : 'lambdaX86']: gibSeconds,
    logs: (objects * LOG_BYTES.object + invocations * LOG_BYTES.invocation) / GB,
    ...(workload.source === 'eventbridge' ? { eventBridge: objects } : {}),
    ...(workload.source === 'sns' ? { snsPublish: objects } : {}),
    ...(workload.kms ? { kmsRequests: objects } : {}),
  };
}

/** What is paid by the alert: at most, since evidence rarely opens as much as it may. */
export function alertUsage({ alertsPerDay, emails }: Workload): Usage {
  const alerts = alertsPerDay * DAYS_A_MONTH;
  return {
    s3Get: alerts * ALERT.gets,
    s3ListPut: alerts * ALERT.lists,
    dynamoWrite: alerts * ALERT_REQUESTS.writeUnits,
    dynamoRead: alerts * ALERT_REQUESTS.readUnits,
    snsPublish: alerts * ALERT.messages,
    snsEmail: alerts * ALERT.messages * emails,
    kmsRequests: alerts * ALERT.keyRequests,
  };
}

/** What is paid for being there. */
export function standingUsage(): Usage {
  return {
    metric: STANDING.metrics,
    alarm: STANDING.alarms,
    dashboard: STANDING.dashboards,
    kmsKey: STANDING.topicKeys,
    sqs: IDLE_RECEIVES,
  };
}

/** Bytes of a counter: keys, the set of regions and its expiry. */
const COUNTER_BYTES = 450;

/**
 * The usual design: one item an actor and window that holds the regions seen, changed by one update for each actor and
 * window of each object. It needs no query, since the update answers with the new value.
 */
export function counterUsage(workload: Workload): Usage {
  const updates = objectsPerMonth(workload) * workload.sightingShare * workload.actors * workload.windows;
  return { ...readingUsage(workload), dynamoWrite: updates, ...storage(updates * COUNTER_BYTES) };
}

function storage(bytesPerMonth: number): Usage {
  const gb = (bytesPerMonth * (TALLY_DAYS / DAYS_A_MONTH)) / GB;
  return { dynamoStorage: gb, dynamoRecovery: gb };
}

/** A query every five minutes; each scans 10 MB at least, and writes a result and its description. */
const ATHENA = { queries: 12 * HOURS_A_MONTH, leastBytes: 10e6, puts: 2, keysAListing: 1000 } as const;

/** How far back Athena must read: at best nine minutes, or the day so far, as CloudTrail's keys part it. */
export const ATHENA_HOURS = { best: 9 / 60, day: 12 } as const;

/**
 * A query every five minutes over what was delivered in so many hours. Partitions are projected, so each account and
 * region is listed once a query, and each object is read once.
 */
export function athenaUsage(workload: Workload, hours: number): Usage {
  const { accounts, regions, objectsPerHour, objectBytes } = workload;
  const partitions = accounts * regions;
  const objects = objectsPerHour * hours;
  const listings = Math.max(1, objects / ATHENA.keysAListing);
  return {
    athena: (ATHENA.queries * Math.max(ATHENA.leastBytes, partitions * objects * objectBytes)) / 1e12,
    s3Get: ATHENA.queries * partitions * objects,
    s3ListPut: ATHENA.queries * (partitions * listings + ATHENA.puts),
    ...(workload.kms ? { kmsRequests: ATHENA.queries * partitions * objects } : {}),
  };
}

/** One thing that AWS bills. */
export interface Line {
  readonly name: PriceName;
  readonly price: Price;
  /** a month, in what the price counts */
  readonly quantity: number;
  /** US dollars a month */
  readonly usd: number;
}

export interface Bill {
  readonly lines: readonly Line[];
  /** US dollars a month */
  readonly usd: number;
}

/** A month of the workload. */
export interface Estimate {
  readonly objects: number;
  /** by the object */
  readonly reading: Bill;
  /** by the alert, at most */
  readonly alerts: Bill;
  /** for being there */
  readonly standing: Bill;
  /** US dollars a month of what each way of reading costs; alerts and what is standing would be the same for all */
  readonly sideBySide: readonly { readonly way: Way; readonly bill: Bill }[];
}

export const WAYS = {
  detector: 'regionsweep',
  counters: 'one counter an actor and window',
  athenaBest: 'Athena every 5 minutes, if it reads 9 minutes only',
  athenaDay: "Athena every 5 minutes, by CloudTrail's own days",
} as const;

export type Way = keyof typeof WAYS;

export function estimate(workload: Workload, prices: Prices = PRICES): Estimate {
  const bill = (usage: Usage) => billOf(usage, prices);
  const reading = bill(detectorUsage(workload));
  return {
    objects: objectsPerMonth(workload),
    reading,
    alerts: bill(alertUsage(workload)),
    standing: bill(standingUsage()),
    sideBySide: [
      { way: 'detector', bill: reading },
      { way: 'counters', bill: bill(counterUsage(workload)) },
      { way: 'athenaBest', bill: bill(athenaUsage(workload, ATHENA_HOURS.best)) },
      { way: 'athenaDay', bill: bill(athenaUsage(workload, ATHENA_HOURS.day)) },
    ],
  };
}

function billOf(usage: Usage, prices: Prices): Bill {
  const lines = (Object.keys(PRICES) as PriceName[]).flatMap((name): Line[] => {
    const quantity = usage[name] ?? 0;
    const price = prices[name];
    return quantity === 0 ? [] : [{ name, price, quantity, usd: costOf(price, quantity) }];
  });
  return { lines, usd: lines.reduce((sum, { usd }) => sum + usd, 0) };
}

/** US dollars for a million of the workload's objects. */
export function perMillion(usd: number, { objects }: Pick<Estimate, 'objects'>): number {
  return (usd / objects) * 1e6;
}

/**
 * How long one invocation takes: waiting for S3 and DynamoDB, and processor time. Nothing here was measured in Lambda; the
 * figures say where they come from, and each is replaced in one place.
 */

export const FUNCTION_TIME = {
  /** assumed: first byte of a small object, within a region */
  s3Milliseconds: 30,
  /** assumed: DynamoDB's single-digit milliseconds, from a request to its answer */
  storeMilliseconds: 6,
  /** the SDK's own processor time a request on a whole core, bench/function-parts.ts: 0.35, and about as much for TLS */
  sdkMilliseconds: 0.6,
  /** processor time of merging and looking through a million bytes of tallies: 5 us an actor, bench/function-parts.ts */
  evaluationMilliseconds: 45,
  /** assumed: from the start of an invocation to its first request, and from its last answer to the end */
  overheadMilliseconds: 5,
  /** inflated bytes a microsecond on a whole core, of what an object has beyond the default one: docs/performance.md */
  bytesAMicrosecond: 400,
  /** Lambda developer guide, "Configure Lambda function memory": where a function has a whole processor */
  wholeCoreMiB: 1_769,
  /** objects one invocation has open at a time; the stack's default */
  openObjects: 16,
} as const;

/** Milliseconds of one invocation. Objects are read side by side; buckets are looked at one after the other. */
export function invocationMilliseconds(workload: Workload, store: StateUse): number {
  const { s3Milliseconds, storeMilliseconds, sdkMilliseconds, overheadMilliseconds, openObjects } = FUNCTION_TIME;
  const objects = objectsPerInvocation(workload);
  const notification = objects * workload.sightingShare;
  const rounds = Math.ceil(objects / openObjects);
  const putting = notification === 0 ? 0 : rounds * storeMilliseconds;
  const waiting = rounds * s3Milliseconds + putting + notification * store.queries * storeMilliseconds;
  const requests = objects + notification * (store.writes + store.queries);
  const evaluated = (notification * store.readUnits * READ_UNIT_BYTES) / 1e6;
  const computing =
    objects * (objectMicros(workload) / 1000) +
    requests * sdkMilliseconds +
    evaluated * FUNCTION_TIME.evaluationMilliseconds;
  return overheadMilliseconds + waiting + computing / coreShare(workload.memoryMiB);
}

/** The share of one processor that a function has; more than one is of no use to it. */
export function coreShare(memoryMiB: number): number {
  return Math.min(1, memoryMiB / FUNCTION_TIME.wholeCoreMiB);
}

function objectMicros({ cpuMicros, rawBytes }: Workload): number {
  const more = Math.max(0, rawBytes - DEFAULT_WORKLOAD.rawBytes);
  return cpuMicros + more / FUNCTION_TIME.bytesAMicrosecond;
}

/**
 * What the ledger asks of DynamoDB, as its design promises: an object with a sighting is one item put for each bucket it
 * tells of, whatever the number of its actors and windows, and a batch reads each bucket it touched once. Measured
 * against the real requests by bench/ledger-units.ts; a test holds them to it.
 */

/** DynamoDB developer guide, "Read and write operations": bytes of a write unit and of a strongly consistent read unit. */
export const WRITE_UNIT_BYTES = 1024;

export const READ_UNIT_BYTES = 4096;

/** The same guide, "Querying tables": most bytes of one page. */
export const PAGE_BYTES = 2 ** 20;

/** The same guide, "DynamoDB item sizes and formats": what storing an item costs beside its bytes. */
const STORED_ITEM_BYTES = 100;

/** Bytes of a tally: keys, attribute names and the object's name; and each actor with one call, its ARN at 85 bytes. */
export const TALLY_BYTES = { item: 400, actor: 120 } as const;

/** What telling one alert takes beside its bucket: claim, cap, journal, mark, and the look back of its follow-up. */
export const ALERT_REQUESTS = { writes: 5, writeUnits: 9, reads: 6, readUnits: 12 } as const;

/** What objects with a sighting look like to the ledger. All are means; fractions are allowed. */
export interface StateLoad {
  /** actors in each of them */
  readonly actors: number;
  /** buckets each tells of, 1 or more: two where it crosses an edge of five minutes */
  readonly buckets: number;
  /** objects that tell of one bucket in the end */
  readonly objectsPerBucket: number;
  /** objects of one bucket that one batch brings together, 1 or more */
  readonly objectsPerEvaluation: number;
}

/** For each object with a sighting. */
export interface StateUse {
  readonly writes: number;
  readonly writeUnits: number;
  readonly queries: number;
  readonly readUnits: number;
  /** as stored, overhead included */
  readonly storedBytes: number;
}

/** Bytes of one tally with so many actors. */
export function tallyBytes(actors: number): number {
  return TALLY_BYTES.item + TALLY_BYTES.actor * actors;
}

export function stateUse({ actors, buckets, objectsPerBucket, objectsPerEvaluation }: StateLoad): StateUse {
  const bytes = tallyBytes(actors);
  const evaluation = evaluationsOf(bytes, objectsPerBucket, objectsPerEvaluation);
  return {
    writes: buckets,
    writeUnits: buckets * Math.ceil(bytes / WRITE_UNIT_BYTES),
    queries: buckets * evaluation.queries,
    readUnits: buckets * evaluation.readUnits,
    storedBytes: buckets * (bytes + STORED_ITEM_BYTES),
  };
}

/**
 * A bucket fills up, and each batch that adds to it reads all that is there by then. So what is read grows with the
 * square of the objects in it, divided by how many a batch brings at once.
 * @returns queries (pages) and units, for each object of the bucket
 */
function evaluationsOf(bytes: number, objectsPerBucket: number, objectsPerEvaluation: number) {
  const objects = Math.max(1, Math.ceil(objectsPerBucket));
  const step = Math.min(objects, Math.max(1, Math.floor(objectsPerEvaluation)));
  let queries = 0;
  let readUnits = 0;
  for (let known = step; known < objects + step; known += step) {
    const read = Math.min(known, objects) * bytes;
    queries += Math.ceil(read / PAGE_BYTES);
    readUnits += Math.ceil(read / READ_UNIT_BYTES);
  }
  return { queries: queries / objects, readUnits: readUnits / objects };
}

/** Where a deployed detector meets the limits of what it is built on, as accounts or one account grow. */

/** Each from the quotas of its service's developer guide; the last two are the stack's own defaults. */
export const LIMITS = {
  /** DynamoDB: of one partition key, a second */
  partitionReads: 3_000,
  partitionWrites: 1_000,
  /** SQS: messages handed out and not deleted, of one standard queue */
  inFlight: 120_000,
  /** Lambda: invocations at a time of an account and region, unless raised; new accounts begin with fewer */
  accountConcurrency: 1_000,
  /** S3: of one prefix, a second */
  s3Gets: 5_500,
  maxConcurrency: 10,
  /** seconds in which a message that failed is not handed out again: six times the time limit, and the batching window */
  visibilitySeconds: 361,
} as const;

const BUCKET_SECONDS = 300;

/**
 * Objects with a sighting that one account delivers in five minutes when its partition gives all the read units it has:
 * each batch reads what is there by then, half of it in the mean.
 * @param together objects of the account that one batch brings
 */
export function objectsThatFill(actors: number, together: number): number {
  const unitsForOne = tallyBytes(actors) / (2 * together * READ_UNIT_BYTES);
  return Math.floor(Math.sqrt((LIMITS.partitionReads * BUCKET_SECONDS) / unitsForOne));
}

export interface Load {
  readonly objectsPerSecond: number;
  readonly objectsPerInvocation: number;
  readonly milliseconds: number;
  readonly invocationsAtATime: number;
  /** messages out of sight if every one failed */
  readonly inFlightAtWorst: number;
}

/** What is under way at a time, where objects come evenly. */
export function loadOf(workload: Workload): Load {
  const objectsPerSecond = objectsPerMonth(workload) / (HOURS_A_MONTH * 3600);
  const batch = objectsPerInvocation(workload);
  const milliseconds = invocationMilliseconds(workload, storeOf(workload));
  return {
    objectsPerSecond,
    objectsPerInvocation: batch,
    milliseconds,
    invocationsAtATime: (objectsPerSecond / batch) * (milliseconds / 1000),
    inFlightAtWorst: objectsPerSecond * LIMITS.visibilitySeconds,
  };
}
