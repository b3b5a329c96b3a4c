/** What the core needs from outside; adapters implement these. */

/** One stored object. A local file has the bucket `''` and its path as key. */
export interface ObjectRef {
  readonly bucket: string;
  readonly key: string;
}

/** The name of an object in messages and alerts: `s3://bucket/key`, or the path of a local file. */
export function objectName(ref: ObjectRef): string {
  return ref.bucket === '' ? ref.key : `s3://${ref.bucket}/${ref.key}`;
}

export interface ObjectSource {
  /** The object's stored bytes in order, in pieces of any size. @throws ObjectReadError if it cannot be read */
  read(ref: ObjectRef): AsyncIterable<Uint8Array>;
}

/**
 * Lists stored objects by key, in the order of UTF-8 bytes. Each call is one request, or as many as its bound requires.
 * @throws ObjectReadError from every method, if listing fails
 */
export interface ObjectListing {
  /** The names of at most `limit` folders directly under a prefix that ends in `/`, without prefix and slash. */
  folders(bucket: string, prefix: string, limit: number): Promise<readonly string[]>;
  /** The objects whose keys begin with `prefix`, which ends in `/`. */
  keys(bucket: string, prefix: string, options: ListOptions): Promise<readonly ListedKey[]>;
}

export interface ListOptions {
  readonly after: string;
  readonly limit: number;
  /** called with each key in order; listing may stop at the first key for which it is true */
  readonly isPast?: (key: string) => boolean;
}

export interface ListedKey {
  readonly key: string;
  /** as stored. @throws ObjectReadError if it has to be looked up and cannot be */
  readonly bytes: number;
}

export interface InflateEngine {
  readonly name: 'zlib' | 'zlib-sync';
  /**
   * Inflates one gzip object of one or more members.
   * @param name the object's name in errors
   * @param limit maximum bytes of output
   * @returns the output in pieces of 1 byte to 4 MiB; a piece is valid until the next is requested
   * @throws InflateError if the stream is cut short, corrupt, followed by anything but zero bytes, or larger than `limit`
   */
  inflate(stored: AsyncIterable<Uint8Array>, name: string, limit: number): AsyncIterable<Uint8Array>;
  /**
   * The same, synchronously, for an object in memory: calls `take` with pieces that are valid until it returns. What `take`
   * throws is rethrown.
   * @returns false if it gave nothing and the object must be streamed instead
   */
  inflateSync(gzip: Uint8Array, limit: number, take: (piece: Uint8Array) => void): boolean;
}

/** Searches objects for records, faster than the record scanner. */
export interface RecordSearch {
  /** @param objects how many will be searched, about: more than one thread may be worth it */
  expect(objects: number): Promise<void>;
  /** Records with one of these literals; undefined if only the record scanner can read the object or find them. */
  search(object: ObjectRef, literals: readonly string[]): Promise<FoundRecords | undefined>;
}

export interface FoundRecords {
  /** JSON, each an object */
  readonly records: readonly string[];
  /** inflated size of the object */
  readonly bytes: number;
}

/** An alert, follow-up, summary or notice for SNS: `body` is JSON with a text for each protocol. */
export interface TopicMessage {
  readonly subject: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** a list attribute; left out if empty */
  readonly signals: readonly string[];
}

export interface AlertSink {
  /** @returns the message's id @throws ServiceError */
  publish(message: TopicMessage): Promise<string>;
}

export interface ControlQueue {
  /** @throws ServiceError if some could not be sent; earlier ones were */
  sendBatch(bodies: readonly string[]): Promise<void>;
}

/** The document of exceptions that can change without a deployment. */
export interface ExceptionsParameter {
  readonly name: string;
  /** Its text; `undefined` if the parameter does not exist. @throws ServiceError */
  read(): Promise<string | undefined>;
}

/** Logs and metrics. Fields hold no complete record and no token; untrusted texts are sanitized by the caller. */
export interface Telemetry {
  count(metric: MetricName, value: number): void;
  /** A measurement whose distribution matters, such as a lag in seconds. */
  observe(metric: MetricName, value: number): void;
  readonly debug: Log;
  readonly info: Log;
  readonly warn: Log;
  readonly error: Log;
}

export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export type Log = (message: string, fields: LogFields) => void;

/** The function's CloudWatch metrics, shared by the code that emits them and the stack that watches them. */

export const METRIC_NAMESPACE = 'regionsweep';

/** The only dimension; its value is the detector's name. */
export const METRIC_DIMENSION = 'detector';

/** What each metric counts; the lags are seconds, all others counts. */
export const METRICS = {
  /** of the live trail, without replays */
  objectsRead: 'ObjectsRead',
  /** more than a day old: no sign that the trail is alive */
  oldObjectsRead: 'OldObjectsRead',
  objectsSkipped: 'ObjectsSkipped',
  /** deleted before they were read */
  objectsGone: 'ObjectsGone',
  /** not read, not stored, or alerts not published; retried until they are dead letters */
  objectsFailed: 'ObjectsFailed',
  recordsRead: 'RecordsRead',
  matchedCalls: 'Sightings',
  unattributed: 'Unattributed',
  /** calls that an exception matched */
  excepted: 'Excepted',
  alerts: 'Alerts',
  /** without replays */
  alertsHeldBack: 'AlertsHeldBack',
  /** suppressed repeats of an actor */
  alertsSuppressed: 'AlertsSuppressed',
  /** from an object's newest record to its reading */
  deliveryLag: 'DeliveryLagSeconds',
  /** from the deciding call to the publishing of its alert */
  detectionLag: 'DetectionLagSeconds',
} as const;

export type MetricName = (typeof METRICS)[keyof typeof METRICS];
