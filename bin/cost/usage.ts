/** How much of what AWS bills a month of the workload takes: the detector, and two other ways to build one. */
import { METRICS } from '../../lambda/metric-names';
import { invocationMilliseconds } from './function-time';
import { ALERT_REQUESTS, type LedgerUse, ledgerUse } from './ledger-model';
import type { PriceName } from './prices';
import { HOURS_A_MONTH, objectsPerInvocation, objectsPerMonth, POLLERS, type Workload } from './workload';

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
export function ledgerOf(workload: Workload): LedgerUse {
  const { accounts, regions, objectsPerHour, sightingShare, actors, buckets } = workload;
  const perBucket = (regions * objectsPerHour * sightingShare * buckets) / 12;
  // An account's objects come scattered among those of the others.
  const together = (objectsPerInvocation(workload) * sightingShare) / accounts;
  return ledgerUse({ actors, buckets, objectsPerBucket: perBucket, objectsPerEvaluation: together });
}

/** What is paid by the object. */
export function detectorUsage(workload: Workload): Usage {
  const objects = objectsPerMonth(workload);
  const telling = objects * workload.sightingShare;
  const ledger = ledgerOf(workload);
  return {
    ...readingUsage(workload),
    dynamoWrite: telling * ledger.writeUnits,
    dynamoRead: telling * ledger.readUnits,
    ...storage(telling * ledger.storedBytes),
  };
}

/** Everything but the state: the same for whoever reads each object once as it comes. */
function readingUsage(workload: Workload): Usage {
  const objects = objectsPerMonth(workload);
  const batch = objectsPerInvocation(workload);
  const invocations = objects / batch;
  const gibSeconds =
    invocations * (invocationMilliseconds(workload, ledgerOf(workload)) / 1000) * (workload.memoryMiB / 1024);
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
