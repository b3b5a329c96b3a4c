import type { MetricName } from './metric-names';
import type { TallyPart } from './window/tally-encoding';

/** What the core asks of the world. Adapters implement these; the core never reaches round them. */

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
  /**
   * The whole object, where its stored bytes can be had without waiting and are few; else it is to be streamed.
   * @returns bytes that are valid until it is asked for another object
   * @throws ObjectReadError when it cannot be had
   */
  readWhole?(ref: ObjectRef): Uint8Array | undefined;
}

/**
 * What lies in a store, by key in the order of UTF-8 bytes. Each call is one request, or as many as its own bound needs.
 * @throws ObjectReadError from every method, when it cannot be listed
 */
export interface ObjectListing {
  /** The names of the folders right under a prefix that ends in `/`, without it and without a slash. At most `most`. */
  folders(bucket: string, prefix: string, most: number): Promise<readonly string[]>;
  /**
   * The objects whose keys begin with `prefix`, which ends in `/`, and come behind `after`. At most `most`.
   * @param isEnough asked of each key in its turn: behind the first that is, nothing need be listed
   */
  keys(
    bucket: string,
    prefix: string,
    after: string,
    most: number,
    isEnough?: (key: string) => boolean,
  ): Promise<readonly ListedKey[]>;
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
   * valid until it returns. Where it meets a fault it has given what comes before it. What `take` throws passes through.
   * @param area memory of at least a byte in which the pieces shall lie, where the engine has a choice
   * @returns false when it gave nothing and the object is to be streamed instead
   * @throws InflateError as above
   */
  inflateWhole(
    gzip: Uint8Array,
    name: string,
    limit: number,
    take: (piece: Uint8Array) => void,
    area?: Uint8Array,
  ): boolean;
}

/**
 * Keeps tallies, and small registers that only change by comparing first. Two implementations, one contract: memory for
 * local replay, DynamoDB for the deployed detector. Every read sees all that was written before it, by anybody; what has
 * expired is not seen. Seconds are UTC epoch.
 * @throws LedgerError from every method, when the store cannot be reached or refuses
 */
export interface Ledger {
  /** Adds one part under `key` (see bucketKey); adding it again changes nothing but its expiry. */
  putTally(key: string, part: TallyPart, expiresAt: number): Promise<void>;
  /** All that is under the key, in no order: the parts, and the registers by their sort key. */
  read(key: string): Promise<LedgerPage>;
  readRegister(place: Place): Promise<Register | undefined>;
  /**
   * Writes a register if it still is at `version` (0: if there is none), and moves it to the next version.
   * @returns whether it was written. After a lost answer this may be false for a write that was done: read, and compare.
   */
  writeRegister(place: Place, value: string, version: number, expiresAt: number): Promise<boolean>;
  /** Writes or replaces an entry that nothing depends on: what was told, how a replay goes. */
  putEntry(place: Place, value: string, expiresAt: number): Promise<void>;
  /** The entries of a partition key with sort keys from `from` on and before `before`, by sort key. */
  entries(partitionKey: string, from: string, before: string): AsyncIterable<Entry>;
}

/** Where a register or an entry lies. Entries have partition keys of their own, apart from tallies and registers. */
export interface Place {
  readonly partitionKey: string;
  readonly sortKey: string;
}

export interface LedgerPage {
  readonly parts: readonly TallyPart[];
  readonly registers: ReadonlyMap<string, Register>;
}

export interface Register {
  readonly value: string;
  /** 1 after the first write */
  readonly version: number;
}

export interface Entry {
  readonly sortKey: string;
  readonly value: string;
}

/** An alert, follow-up, summary or notice as SNS takes it: `body` holds a text for each protocol, as JSON. */
export interface TopicMessage {
  readonly subject: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface AlertSink {
  /**
   * @returns the message's id
   * @throws SendError
   */
  publish(message: TopicMessage): Promise<string>;
}

/** The queue the function itself is fed by. */
export interface OwnQueue {
  /**
   * @param delaySeconds 0 to 900
   * @throws SendError
   */
  send(body: string, delaySeconds: number): Promise<void>;
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

/** What is logged and counted. Fields hold no whole record and no token; texts of attackers are made inert before. */
export interface Telemetry {
  count(metric: MetricName, value: number): void;
  /** A measurement of which the distribution matters, as a lag in seconds. */
  observe(metric: MetricName, value: number): void;
  info(message: string, fields: LogFields): void;
  warn(message: string, fields: LogFields): void;
  error(message: string, fields: LogFields): void;
}

export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
