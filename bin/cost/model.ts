/** What AWS bills for a month of a deployed detector. Figures are means; fractions are allowed. */

import { METRICS } from '../../lambda/ports';
import { costOf, PRICES, type PriceName, type Prices } from './prices';

/**
 * The share, actors, buckets and bytes are the means of two public trails (502 objects): an attack simulation
 * (invictus-ir/aws_dataset) and recorded console sessions (Permiso-io-tools/CloudConsoleCartographer).
 */
export const DEFAULT_WORKLOAD = {
  accounts: 1,
  regions: 17,
  /** of one account and region; CloudTrail user guide: it delivers about every five minutes */
  objectsPerHour: 12,
  /** share of objects with a matched call */
  matchedShare: 0.17,
  /** identities with a matched call, and buckets of five minutes with one, per such object */
  actors: 1,
  buckets: 1.16,
  /** of an object, decompressed */
  rawBytes: 23_000,
  alertsPerDay: 2,
  emails: 1,
  source: 's3' as 's3' | 'eventbridge' | 'sns',
  kms: false,
  memoryMiB: 512,
  architecture: 'arm64' as 'arm64' | 'x86_64',
  /** objects per invocation; otherwise as many as arrive while a poller waits */
  batch: undefined as number | undefined,
  /** processor time of an object in µs, without the SDK; measured: 72 to 104 (docs/performance.md) */
  cpuMicros: 100,
};

export type Workload = Readonly<typeof DEFAULT_WORKLOAD>;

/** A twelfth of 365 days, as AWS bills. */
export const HOURS_PER_MONTH = 730;
const DAYS_PER_MONTH = 365 / 12;

/** An item expires after 35 days, and DynamoDB deletes it within two more. */
export const STORED_MONTHS = 37 / DAYS_PER_MONTH;

/** The stack's defaults: messages per batch, seconds a poller waits for them, objects an invocation reads in parallel. */
export const STACK = { batchSize: 50, batchingWindowSeconds: 10, openObjects: 16 };

/** Lambda developer guide, "Using Lambda with Amazon SQS": the least number of pollers, each with its own batch. */
export const POLLERS = 5;

export function objectsPerMonth({ accounts, regions, objectsPerHour }: Workload): number {
  return accounts * regions * objectsPerHour * HOURS_PER_MONTH;
}

export function objectsPerInvocation(workload: Workload): number {
  const perSecond = objectsPerMonth(workload) / (HOURS_PER_MONTH * 3600);
  return workload.batch ?? Math.min(STACK.batchSize, Math.max(1, (perSecond * STACK.batchingWindowSeconds) / POLLERS));
}

/** Quantities per month, in the units of the prices. */
export type Usage = Partial<Record<PriceName, number>>;

/** Usage per object. */
export function readingUsage(workload: Workload): Usage {
  const objects = objectsPerMonth(workload);
  const batch = objectsPerInvocation(workload);
  const invocations = objects / batch;
  const seconds = (invocations * invocationMilliseconds(workload)) / 1000;
  const matched = objects * workload.matchedShare;
  const { writeUnits, readUnits, storedBytes } = stateOf(workload);
  const stored = (matched * storedBytes * STORED_MONTHS) / 1e9;
  return {
    s3Get: objects,
    // Sent one by one; received and deleted by ten.
    sqs: objects + 2 * (objects / Math.min(batch, 10)),
    lambdaRequests: invocations,
    [workload.architecture === 'arm64' ? 'lambdaArm' : 'lambdaX86']: seconds * (workload.memoryMiB / 1024),
    // Bytes of the function's log, including CloudWatch's overhead; measured on the real logger.
    logs: (matched * 690 + invocations * 1_300) / 1e9,
    ...(workload.source === 'eventbridge' && { eventBridge: objects }),
    ...(workload.source === 'sns' && { snsPublish: objects }),
    ...(workload.kms && { kmsRequests: objects }),
    ...{ dynamoWrite: matched * writeUnits, dynamoRead: matched * readUnits },
    ...{ dynamoStorage: stored, dynamoRecovery: stored },
  };
}

/**
 * Usage of one alert besides its bucket: claim, rate limit, history, mark, follow-up, and its identity's earlier alerts, up
 * to 50 KB with an alert each day.
 */
export const ALERT_REQUESTS = { writes: 7, writeUnits: 60, reads: 8, readUnits: 27 };

/** An upper bound: evidence rarely opens 500 objects, and few alerts have a follow-up. */
function alertUsage({ alertsPerDay, emails }: Workload): Usage {
  const alerts = alertsPerDay * DAYS_PER_MONTH;
  const { writeUnits, readUnits } = ALERT_REQUESTS;
  return {
    ...{ s3Get: alerts * 500, s3ListPut: alerts * 100, kmsRequests: alerts * 4 },
    ...{ dynamoWrite: alerts * writeUnits, dynamoRead: alerts * readUnits },
    ...{ snsPublish: alerts * 2, snsEmail: alerts * 2 * emails },
  };
}

/** Fixed usage of the stack; each poller asks every 20 s while the queue is empty. */
export const STANDING_USAGE = {
  ...{ metric: Object.keys(METRICS).length, alarm: 12, dashboard: 1, kmsKey: 1 },
  sqs: POLLERS * 3 * 60 * HOURS_PER_MONTH,
} satisfies Usage;

/** A month's costs of one kind. */
export function billOf(usage: Usage, prices: Prices = PRICES) {
  const lines = (Object.keys(PRICES) as PriceName[]).flatMap((name) => {
    const [price, quantity] = [prices[name], usage[name] ?? 0];
    return quantity === 0 ? [] : [{ name, price, quantity, usd: costOf(price, quantity) }];
  });
  return { lines, usd: lines.reduce((sum, { usd }) => sum + usd, 0) };
}

export type Bill = ReturnType<typeof billOf>;

/** A month's costs per object, per alert, and for the stack itself. */
export function estimate(workload: Workload, prices: Prices = PRICES) {
  const usages = [readingUsage(workload), alertUsage(workload), STANDING_USAGE] as const;
  const [reading, alerts, standing] = usages.map((usage) => billOf(usage, prices)) as [Bill, Bill, Bill];
  const usd = reading.usd + alerts.usd + standing.usd;
  return { objects: objectsPerMonth(workload), reading, alerts, standing, usd };
}

/**
 * Milliseconds; nothing was measured in Lambda. Assumed: `s3` to the first byte of a small object, `store` of a DynamoDB
 * request, `overhead` from an invocation's start to its first request and from its last answer to the end. Of a whole
 * core, by bench/function-parts.ts: `sdk` a request (0.35, and as much for TLS), `evaluation` of a million bytes of tallies.
 */
export const FUNCTION_TIME = { s3: 30, store: 6, overhead: 5, sdk: 0.6, evaluation: 45 };

/** Milliseconds of one invocation: objects are read in parallel, buckets evaluated in turn. */
export function invocationMilliseconds(workload: Workload): number {
  const { s3, store, overhead, sdk, evaluation } = FUNCTION_TIME;
  const state = stateOf(workload);
  const objects = objectsPerInvocation(workload);
  const matched = objects * workload.matchedShare;
  const rounds = Math.ceil(objects / STACK.openObjects);
  const waiting = rounds * (s3 + (matched === 0 ? 0 : store)) + matched * state.queries * store;
  // Beyond the default size a core reads 400 bytes in a microsecond: docs/performance.md.
  const micros = workload.cpuMicros + Math.max(0, workload.rawBytes - DEFAULT_WORKLOAD.rawBytes) / 400;
  const requests = objects + matched * (state.writes + state.queries);
  const evaluated = (matched * state.readUnits * DYNAMODB_BYTES.readUnit) / 1e6;
  const computing = (objects * micros) / 1000 + requests * sdk + evaluated * evaluation;
  return overhead + waiting + computing / coreShare(workload.memoryMiB);
}

/** The usable share of one processor: 1,769 MB are one. Lambda developer guide, "Configure Lambda function memory". */
export function coreShare(memoryMiB: number): number {
  return Math.min(1, memoryMiB / 1_769);
}

/** Bytes of a write unit, a read unit and a page. DynamoDB developer guide, "Read and write operations", "Querying tables". */
export const DYNAMODB_BYTES = { writeUnit: 1024, readUnit: 4096, page: 2 ** 20 };

/** Bytes of a tally: keys, attribute names and the object's name; and an actor with one call and an ARN of 85 bytes. */
export function tallyBytes(actors: number): number {
  return 400 + 120 * actors;
}

function stateOf(workload: Workload) {
  const { accounts, regions, objectsPerHour, matchedShare, actors, buckets } = workload;
  const objectsPerBucket = (regions * objectsPerHour * matchedShare * buckets) / 12;
  // Objects of an account arrive scattered among those of the others.
  const objectsPerEvaluation = (objectsPerInvocation(workload) * matchedShare) / accounts;
  return stateUse({ actors, buckets, objectsPerBucket, objectsPerEvaluation });
}

/**
 * Requests and units per object with a matched call: it writes one item per bucket, and each batch reads every touched
 * bucket once. So reads grow with the square of a bucket's objects, divided by those of a batch. bench/store-units.ts
 * measures the real requests; a test compares them with this.
 * @param load `objectsPerBucket`: the final number; `objectsPerEvaluation`: those in one batch
 */
export function stateUse(load: Record<'actors' | 'buckets' | 'objectsPerBucket' | 'objectsPerEvaluation', number>) {
  const { actors, buckets, objectsPerBucket, objectsPerEvaluation } = load;
  const bytes = tallyBytes(actors);
  const objects = Math.max(1, Math.ceil(objectsPerBucket));
  const step = Math.min(objects, Math.max(1, Math.floor(objectsPerEvaluation)));
  let [pages, readUnits] = [0, 0];
  for (let known = step; known < objects + step; known += step) {
    const read = Math.min(known, objects) * bytes;
    pages += Math.ceil(read / DYNAMODB_BYTES.page);
    readUnits += Math.ceil(read / DYNAMODB_BYTES.readUnit);
  }
  return {
    writes: buckets,
    writeUnits: buckets * Math.ceil(bytes / DYNAMODB_BYTES.writeUnit),
    queries: (buckets * pages) / objects,
    readUnits: (buckets * readUnits) / objects,
    // DynamoDB adds 100 bytes to each item; the same guide, "DynamoDB item sizes and formats".
    storedBytes: buckets * (bytes + 100),
  };
}
