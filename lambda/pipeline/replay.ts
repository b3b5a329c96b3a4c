import type { AlertParts } from '../alert/assemble';
import type { EvidenceOptions } from '../alert/evidence/gather';
import type { Alert } from '../alert/model';
import { CallTable, type TableContent } from '../detection/call-table';
import type { MatchedCall } from '../detection/classify';
import { detectionsIn } from '../detection/detections';
import type { RuleParameters } from '../detection/rule';
import { type Tally, tallyCalls } from '../detection/tally';
import { AbandonedError, CredentialsError, type RegionsweepError } from '../errors';
import type { ObjectRef } from '../ports';
import type { SkippedCounts } from '../trail/object-calls';
import type { ObjectReading, ReadOptions, RecordFault } from '../trail/object-reader';
import { inParallel, NO_TURN } from '../util/concurrency';
import { addTo } from '../util/values';

export interface StoredObject {
  readonly object: ObjectRef;
  /** as stored; looked up on demand */
  readonly bytes: number;
  /** changes with the content; absent if unknown */
  readonly version?: string | undefined;
  /** a local file, which any thread can read */
  readonly isFile?: boolean | undefined;
}

export interface ObjectCounts extends SkippedCounts {
  readonly records: number;
  readonly matchedCalls: number;
  readonly faults: number;
  /** the number of excluded ones by the name of the exception */
  readonly exceptedBy: ReadonlyMap<string, number>;
}

/** The result of an object in a replay: plain data, which threads can exchange. */
export interface ReadObject {
  readonly counts: ObjectCounts;
  readonly matchedCalls: readonly MatchedCall[];
  readonly faults: readonly RecordFault[];
  readonly failure: Failure | undefined;
}

export interface Failure {
  readonly message: string;
  /** a fault of the credentials: no other object can be read either */
  readonly isOfCredentials: boolean;
}

export function failureOf(error: RegionsweepError): Failure {
  return { message: error.message, isOfCredentials: error instanceof CredentialsError };
}

export function readObjectOf({ matchedCalls, faults, error, ...reading }: Omit<ObjectReading, 'object'>): ReadObject {
  const { records, skipped, exceptedBy } = reading;
  const counts = { records, matchedCalls: matchedCalls.length, faults: faults.length, ...skipped, exceptedBy };
  return { counts, matchedCalls, faults, failure: error === undefined ? undefined : failureOf(error) };
}

export type ReplayTotals = Readonly<Omit<Totals, 'add' | 'merge'>>;

export class Totals {
  objects = 0;
  failedObjects = 0;
  bytes = 0;
  records = 0;
  matchedCalls = 0;
  faults = 0;
  unattributed = 0;
  ignoredRegion = 0;
  outsideTime = 0;
  excepted = 0;
  unplaceable = 0;
  readonly exceptedBy = new Map<string, number>();

  /** Counts an object. @param bytes as stored */
  add(counts: ObjectCounts, bytes: number, hasFailed: boolean): void {
    this.objects += 1;
    this.failedObjects += hasFailed ? 1 : 0;
    this.bytes += bytes;
    this.addCounts(counts);
  }

  merge(totals: ReplayTotals): void {
    this.objects += totals.objects;
    this.failedObjects += totals.failedObjects;
    this.bytes += totals.bytes;
    this.addCounts(totals);
  }

  /** Written out: a loop over names takes longer than scanning a small object. */
  private addCounts(counts: ObjectCounts): void {
    this.records += counts.records;
    this.matchedCalls += counts.matchedCalls;
    this.faults += counts.faults;
    this.unattributed += counts.unattributed;
    this.ignoredRegion += counts.ignoredRegion;
    this.outsideTime += counts.outsideTime;
    this.excepted += counts.excepted;
    this.unplaceable += counts.unplaceable;
    for (const [name, count] of counts.exceptedBy) addTo(this.exceptedBy, name, count);
  }
}

/** A thread's results of files without a fault. */
export interface Findings {
  readonly totals: ReplayTotals;
  readonly calls: TableContent;
}

export interface RememberedObject {
  readonly counts: ObjectCounts;
  readonly tallies: readonly Tally[];
}

/** Results of objects, kept between runs of a replay; failed objects are not kept. */
export interface ReplayMemory {
  recall(stored: StoredObject): RememberedObject | undefined;
  remember(stored: StoredObject, read: RememberedObject): Promise<void>;
}

export interface ReadRun {
  readonly reading: ReadOptions;
  readonly concurrency: number;
  readonly onObject: (object: ObjectRef, read: ReadObject) => void;
  /** true once no further object may start */
  readonly isStopped: () => boolean;
}

/** Runs the rule over objects in any order. Objects without a matched call take no memory. */
export class Replay {
  readonly totals = new Totals();
  /** objects that an earlier run read */
  recalled = 0;
  isPartial = false;
  readonly calls: CallTable;

  constructor(
    private readonly rule: RuleParameters,
    private readonly memory?: ReplayMemory,
  ) {
    this.calls = new CallTable(rule);
  }

  /** Reads objects, except those that an earlier run read. */
  async read(objects: AsyncIterable<StoredObject>, { reading, concurrency, ...run }: ReadRun): Promise<void> {
    const untilStopped = async function* () {
      for await (const stored of objects) {
        if (run.isStopped()) return;
        yield stored;
      }
    };
    await inParallel(untilStopped(), concurrency, async (stored) => {
      if (this.recall(stored)) return;
      const { readObject } = await import('../trail/object-reader.js');
      const { error, ...found } = await readObject(stored.object, reading);
      // As if it had not started.
      if (error instanceof AbandonedError) return;
      const read = readObjectOf({ error, ...found });
      await this.add(stored, stored.bytes, read);
      run.onObject(stored.object, read);
    });
    this.isPartial ||= run.isStopped();
  }

  /** @returns whether an earlier run read the object, which is then counted */
  recall(stored: StoredObject): boolean {
    const known = this.memory?.recall(stored);
    if (known === undefined) return false;
    this.recalled += 1;
    this.totals.add(known.counts, stored.bytes, false);
    for (const tally of known.tallies) this.calls.addTally(tally);
    return true;
  }

  async add(stored: StoredObject, bytes: number, { counts, matchedCalls, failure }: ReadObject): Promise<void> {
    const { object } = stored;
    this.totals.add(counts, bytes, failure !== undefined);
    if (this.memory === undefined) {
      this.calls.add(object, matchedCalls);
      return;
    }
    const tallies = tallyCalls(object, matchedCalls, this.rule);
    for (const tally of tallies) this.calls.addTally(tally);
    if (failure === undefined) await this.memory.remember(stored, { counts, tallies });
  }

  merge({ totals, calls }: Findings): void {
    this.totals.merge(totals);
    this.calls.merge(calls);
  }

  async alerts(options: EvidenceOptions & Pick<AlertParts, 'accountNames'>): Promise<Alert[]> {
    const { rule, isPartial, calls } = this;
    const detections = await detectionsIn(calls, rule, options.turn ?? NO_TURN);
    if (detections.length === 0) return [];
    const objects = detections.reduce((sum, { objects }) => sum + objects.length, 0);
    // Before more is loaded: threads that are not needed have memory.
    await options.reading.records?.expect(objects);
    // Loaded for the first alert, since most of the program is about alerts.
    const { alertsFor } = await import('./replay-alerts.js');
    const alerts = await alertsFor(detections, { rule, isPartial, since: calls.first }, options);
    this.isPartial = alerts.some(({ partial }) => partial);
    return alerts;
  }
}
