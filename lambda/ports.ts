/** What the core needs of the world. Adapters implement these; the core never reaches round them. */

/** One stored object. A local file has the bucket `''` and its path as key. */
export interface ObjectRef {
  readonly bucket: string;
  readonly key: string;
}

/** How messages and alerts name an object: `s3://bucket/key`, or the path of a local file. */
export function objectName(ref: ObjectRef): string {
  return ref.bucket === '' ? ref.key : `s3://${ref.bucket}/${ref.key}`;
}

export interface ObjectSource {
  /**
   * The object's stored bytes in order, in pieces of any size.
   * @throws ObjectReadError when it cannot be had
   */
  read(ref: ObjectRef): AsyncIterable<Uint8Array>;
}

/**
 * What lies in a store, by key in the order of UTF-8 bytes. Each call is one request, or as many as its own bound needs.
 * @throws ObjectReadError from every method, when it cannot be listed
 */
export interface ObjectListing {
  /** The names of at most `limit` folders right under a prefix that ends in `/`, without it and without a slash. */
  folders(bucket: string, prefix: string, limit: number): Promise<readonly string[]>;
  /** The objects whose keys begin with `prefix`, which ends in `/`. */
  keys(bucket: string, prefix: string, options: ListOptions): Promise<readonly ListedKey[]>;
}

export interface ListOptions {
  /** keys after this one */
  readonly after: string;
  /** the most keys to return */
  readonly limit: number;
  /** asked of each key in its turn: after the first that is past, none need be listed */
  readonly isPast?: (key: string) => boolean;
}

export interface ListedKey {
  readonly key: string;
  /** as stored. @throws ObjectReadError where it is looked up only now, and cannot be */
  readonly bytes: number;
}

export interface InflateEngine {
  readonly name: 'zlib' | 'zlib-sync';
  /**
   * Inflates one gzip object of one or more members.
   * @param name how an error names the object
   * @param limit most bytes of output
   * @returns the output in pieces of 1 byte to 4 MiB; a piece is valid only until the next one is asked for
   * @throws InflateError when the stream is cut, corrupt, followed by anything but zero bytes, or larger than `limit`
   */
  inflate(stored: AsyncIterable<Uint8Array>, name: string, limit: number): AsyncIterable<Uint8Array>;
  /**
   * The same for an object whose stored bytes are all at hand, without waiting: the pieces are given to `take`, and are
   * valid until it returns. What `take` throws passes through.
   * @returns false when it gave nothing and the object is to be streamed instead
   */
  inflateSync(gzip: Uint8Array, limit: number, take: (piece: Uint8Array) => void): boolean;
}

/** Searches objects for records, without the record scanner and faster than it. */
export interface RecordSearch {
  /**
   * @param literals of which a record must contain one
   * @returns undefined where only the record scanner can read the object, or look for these
   */
  search(object: ObjectRef, literals: readonly string[]): Promise<FoundRecords | undefined>;
}

export interface FoundRecords {
  /** JSON, each an object */
  readonly records: readonly string[];
  /** inflated size of the object */
  readonly bytes: number;
}

/** An alert, follow-up, summary or notice as SNS takes it: `body` holds a text for each protocol, as JSON. */
export interface TopicMessage {
  readonly subject: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** one more attribute, a list; with none there is no such attribute */
  readonly signals: readonly string[];
}

export interface AlertSink {
  /**
   * @returns the message's id
   * @throws SendError
   */
  publish(message: TopicMessage): Promise<string>;
}

/** The queue the function itself is fed by. */
export interface ControlQueue {
  /** @throws SendError when some could not be sent; those before them were */
  sendBatch(bodies: readonly string[]): Promise<void>;
}

/** The document with exceptions that changes without a deployment. */
export interface ExceptionsParameter {
  readonly name: string;
  /**
   * @returns its text; `undefined` where there is no such parameter
   * @throws ParameterError
   */
  read(): Promise<string | undefined>;
}

/** What is logged and counted. Fields hold no whole record and no token; texts of attackers are sanitized before. */
export interface Telemetry {
  count(metric: MetricName, value: number): void;
  /** A measurement of which the distribution matters, as a lag in seconds. */
  observe(metric: MetricName, value: number): void;
  debug(message: string, fields: LogFields): void;
  info(message: string, fields: LogFields): void;
  warn(message: string, fields: LogFields): void;
  error(message: string, fields: LogFields): void;
}

export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** The function's CloudWatch metrics, in one list for the code that emits them and the stack that watches them. */

export const METRIC_NAMESPACE = 'regionsweep';

/** The only dimension: its value is the detector's name, so that several detectors in one account stay apart. */
export const METRIC_DIMENSION = 'detector';

/** What each metric counts; the lags are seconds, all others counts. */
export const METRICS = {
  /** of the live trail, not of replays */
  objectsRead: 'ObjectsRead',
  /** of a day before: they are no sign that the trail is still written */
  oldObjectsRead: 'OldObjectsRead',
  objectsSkipped: 'ObjectsSkipped',
  /** announced, and deleted before they were read */
  objectsGone: 'ObjectsGone',
  /** not read, not stored, or its alerts not published: tried again, and at last in the dead letters */
  objectsFailed: 'ObjectsFailed',
  recordsRead: 'RecordsRead',
  matchedCalls: 'Sightings',
  unattributed: 'Unattributed',
  /** calls that an exception matched */
  excepted: 'Excepted',
  alerts: 'Alerts',
  /** live ones, not those of replays */
  alertsHeldBack: 'AlertsHeldBack',
  /** repeats of an actor with an alert shortly before */
  alertsSuppressed: 'AlertsSuppressed',
  /** from the time of an object's newest record to its reading */
  deliveryLag: 'DeliveryLagSeconds',
  /** from the time of the deciding call to the publishing of its alert */
  detectionLag: 'DetectionLagSeconds',
} as const;

export type MetricName = (typeof METRICS)[keyof typeof METRICS];
