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
