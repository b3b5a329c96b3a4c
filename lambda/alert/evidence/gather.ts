import type { Detection } from '../../detection/detections';
import { isIp } from '../../detection/ip';
import { reasonOf } from '../../errors';
import { type ObjectRef, objectName } from '../../ports';
import type { ReadOptions } from '../../trail/object-reader';
import type { AddressOwners } from '../../util/address-owners';
import { inParallel } from '../../util/concurrency';
import { getOrInsert, maxOf, minOf, parseInstant, plural } from '../../util/values';

import { Collector } from './collector';
import { secondsOf, timeAround } from './detection-index';
import type { Evidence, EvidenceLimits } from './model';
import { CachedListing, findNearbyFiles, type NearbyFiles, unsearched } from './nearby-files';
import { Neighbourhood } from './neighbours';
import { CALL_LITERALS, CachedSource, EvidenceSearch, type Literals, searchAround, searchFor } from './search';

export interface EvidenceOptions {
  readonly reading: ReadOptions;
  /** number of objects open at a time */
  readonly concurrency: number;
  readonly limits?: EvidenceLimits;
  /** whether the time is up: objects not opened by then are gaps */
  readonly isTimeUp?: () => boolean;
  /** settles when the time is up, to abandon an object that stalls */
  readonly timeUp?: Promise<unknown> | undefined;
  /** called between objects and detections: lets the process do other work */
  readonly turn?: (() => Promise<void>) | undefined;
  /** owners of source addresses */
  readonly owners?: AddressOwners | undefined;
}

const NO_LIMITS: EvidenceLimits = { objects: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

/** Most detections for which nearby files are searched: more would make a replay slow. */
const MAX_SEARCHED = 20;

const MIB = 2 ** 20;

const LATE = 'not all objects could be opened in time';

/**
 * Rereads the objects that the detections' tallies name, and some nearby, and gathers each detection's evidence. An object
 * that cannot be read leaves a gap, never a missing alert.
 */
export async function gatherEvidence(
  detections: readonly Detection[],
  options: EvidenceOptions,
): Promise<Map<Detection, Evidence>> {
  const cases: Case[] = [];
  for (const detection of detections) {
    cases.push(new Case(detection));
    await options.turn?.();
  }
  const gathering = new Gathering(cases, options);
  const all = gathering.run().catch((error: unknown) => gathering.fail(error));
  // Do not wait for what stalls.
  await Promise.race([all, ...(options.timeUp === undefined ? [] : [options.timeUp])]);
  const evidence = await gathering.evidence();
  if (options.owners !== undefined) await addOwners(evidence, options.owners);
  return evidence;
}

async function addOwners(evidence: Map<Detection, Evidence>, owners: AddressOwners): Promise<void> {
  for (const [detection, one] of evidence) {
    const addresses = one.sourceAddresses.map(({ value }) => value).filter(isIp);
    evidence.set(detection, { ...one, owners: await owners.find(addresses) });
  }
}

/** The evidence of one detection, and the state of the objects to read for it. */
class Case {
  readonly collector: Collector;
  /** the objects that the tallies name: read for the matched calls, then for those around them */
  readonly named = new Progress();
  readonly around = new Progress();
  readonly nearby = new Progress();
  nearbyFiles: NearbyFiles = unsearched(`other files: ${LATE}`);

  constructor(readonly detection: Detection) {
    this.collector = new Collector(detection);
  }
}

/** Counts opened objects, and those read to their end. */
class Progress {
  opened = 0;
  read = 0;
  /** why objects were not opened */
  reason = LATE;

  add(isRead: boolean): void {
    this.opened += 1;
    this.read += isRead ? 1 : 0;
  }

  /** Which of `count` objects were not read, and why. */
  unread(count: number, describe: (files: string) => string): string[] {
    const causes: [number, string][] = [
      [this.opened - this.read, 'could not be read to the end'],
      [count - this.opened, this.reason],
    ];
    return causes.flatMap(([n, reason]) => (n === 0 ? [] : `${describe(plural(n, 'file'))}: ${reason}`));
  }
}

/** An object, and the detections for which it is read. */
interface SharedObject {
  readonly object: ObjectRef;
  readonly cases: Case[];
  isRead: boolean;
}

/** The objects with which each detection begins, and the rest. */
function firstOfEach(objects: readonly SharedObject[]): [SharedObject[], SharedObject[]] {
  const begun = new Set<Case>();
  const [first, rest]: [SharedObject[], SharedObject[]] = [[], []];
  for (const shared of objects) {
    (shared.cases.every((one) => begun.has(one)) ? rest : first).push(shared);
    for (const one of shared.cases) begun.add(one);
  }
  return [first, rest];
}

class Gathering {
  private readonly collectors: readonly Collector[];
  private readonly source: CachedSource;
  private readonly neighbourhood: Neighbourhood;
  private readonly search: EvidenceSearch;
  private readonly limits: EvidenceLimits;
  private readonly isTimeUp: () => boolean;
  /** inflated bytes so far; an object read twice counts once */
  private bytes = 0;

  constructor(
    private readonly cases: readonly Case[],
    private readonly options: EvidenceOptions,
  ) {
    const { reading, limits = NO_LIMITS, isTimeUp = () => false } = options;
    this.limits = limits;
    this.isTimeUp = isTimeUp;
    this.collectors = cases.map(({ collector }) => collector);
    this.source = new CachedSource(reading.source);
    this.neighbourhood = new Neighbourhood(cases.map(({ detection }) => timeAround(detection)));
    this.search = new EvidenceSearch(
      { ...reading, source: this.source },
      this.collectors,
      this.neighbourhood,
      options.turn,
    );
  }

  async run(): Promise<void> {
    const again = await this.readNamed();
    await Promise.all([this.readAround(again), this.listNearby()]);
    this.source.clear();
    await this.readNearby();
  }

  /**
   * Reads the objects that the tallies name, one of each detection first: its matched calls nearly always determine what
   * else to search for.
   * @returns the opened objects to read again, for what was not known yet
   */
  private async readNamed(): Promise<SharedObject[]> {
    const most = this.limits.objects;
    const named = [...this.shared(({ detection }) => detection.objects.slice(0, most))];
    for (const { detection, collector } of this.cases) {
      const count = detection.objects.length;
      if (count > most) collector.addGap(`only ${most} of ${count} objects were opened`);
    }
    const [first, rest] = firstOfEach(named);
    const begun = await this.readCalls(first, CALL_LITERALS);
    const known = searchAround(this.collectors, this.neighbourhood);
    const others = await this.readCalls(rest, known);
    // Both lists have their literals in one order.
    const isAllKnown = searchAround(this.collectors, this.neighbourhood).all.length === known.all.length;
    if (!isAllKnown) return [...begun, ...others];
    for (const { cases } of others) for (const { around } of cases) around.add(true);
    return begun;
  }

  /** @returns the opened objects */
  private async readCalls(objects: readonly SharedObject[], literals: Literals): Promise<SharedObject[]> {
    const opened: SharedObject[] = [];
    await this.forEach(objects, async (shared) => {
      const { object, cases } = shared;
      const reason = this.whyNot();
      if (reason !== undefined) {
        for (const { collector } of cases) collector.addGap(reason);
        return;
      }
      const { bytes, error } = await this.search.read(object, literals);
      this.bytes += bytes;
      shared.isRead = error === undefined;
      opened.push(shared);
      for (const { named, collector } of cases) {
        named.add(shared.isRead);
        if (error !== undefined) collector.addGap(error.message);
      }
    });
    return opened;
  }

  /** Reads objects again for other calls: each may contain the actor and the address of every detection. */
  private async readAround(opened: readonly SharedObject[]): Promise<void> {
    const literals = searchAround(this.collectors, this.neighbourhood);
    await this.forEach(opened, async ({ object, cases, isRead }) => {
      if (this.isTimeUp()) return;
      const { error } = await this.search.read(object, literals);
      // Objects that failed before are gaps already.
      for (const { around } of cases) around.add(error === undefined || !isRead);
    });
  }

  /** Finds the files that the tallies do not name. */
  private async listNearby(): Promise<void> {
    const { reading, turn } = this.options;
    const { listing } = reading;
    const longest = maxOf(this.cases.map(({ detection }) => secondsOf(timeAround(detection))));
    const cached = listing === undefined ? undefined : new CachedListing(listing, longest);
    for (const [index, one] of this.cases.entries()) {
      await turn?.();
      one.nearbyFiles = await this.nearbyFilesOf(one, index, cached);
    }
  }

  /** Looks for sign-ins and other calls in these files. */
  private async readNearby(): Promise<void> {
    const objects = [...this.shared(({ nearbyFiles }) => nearbyFiles.objects)];
    await this.forEach(this.withLiterals(objects), async ({ object, cases, literals }) => {
      const reason = this.whyNot();
      if (reason !== undefined) {
        for (const { nearby } of cases) nearby.reason = reason;
        return;
      }
      const { bytes, error } = await this.search.read(object, literals);
      this.bytes += bytes;
      // A missing or broken file is no gap in the matched calls.
      for (const { nearby } of cases) nearby.add(error === undefined);
    });
  }

  /** Before any is read. Most are read for the same alerts as the one before, so that the search keeps its literals. */
  private withLiterals(objects: readonly SharedObject[]): (SharedObject & { readonly literals: Literals })[] {
    const numbers = new Map(this.cases.map((one, number) => [one, number]));
    const known = new Map<string, Literals>();
    return objects.map((shared) => {
      const { cases } = shared;
      const key = cases.map((one) => numbers.get(one)).join();
      const literals = getOrInsert(known, key, () => searchFor(cases.map(({ collector }) => collector)));
      return { ...shared, literals };
    });
  }

  private async nearbyFilesOf(one: Case, index: number, listing: CachedListing | undefined): Promise<NearbyFiles> {
    if (listing === undefined) return unsearched('other files: they cannot be listed here');
    if (index >= MAX_SEARCHED) {
      return unsearched(`other files: they are searched for the first ${MAX_SEARCHED} alerts of a run`);
    }
    const reason = this.whyNot();
    if (reason !== undefined) return unsearched(`other files: ${reason}`);
    const created = [...one.collector.counts.values('sessionsCreated')].flatMap((text) => parseInstant(text) ?? []);
    const earliest = created.length === 0 ? undefined : minOf(created);
    return findNearbyFiles(one.detection, earliest, listing, this.isTimeUp);
  }

  private whyNot(): string | undefined {
    if (this.isTimeUp()) return LATE;
    if (this.bytes < this.limits.bytes) return undefined;
    return `only the first ${Math.floor(this.limits.bytes / MIB)} MiB were read`;
  }

  /** Each object once, with all its detections. */
  private shared(objectsOf: (one: Case) => readonly ObjectRef[]): Iterable<SharedObject> {
    const shared = new Map<string, SharedObject>();
    for (const one of this.cases) {
      for (const object of objectsOf(one)) {
        getOrInsert(shared, objectName(object), () => ({ object, cases: [], isRead: false })).cases.push(one);
      }
    }
    return shared.values();
  }

  private forEach<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
    const { concurrency, turn } = this.options;
    return inParallel(items, concurrency, async (item) => {
      await turn?.();
      await work(item);
    });
  }

  /** A defect of ours is a gap too: an alert with little evidence is better than none. */
  fail(error: unknown): void {
    for (const collector of this.collectors) collector.addGap(defectOf(error));
  }

  async evidence(): Promise<Map<Detection, Evidence>> {
    try {
      this.search.addSignIns();
    } catch (error) {
      this.fail(error);
    }
    const evidence = new Map<Detection, Evidence>();
    for (const one of this.cases) {
      evidence.set(one.detection, this.evidenceFor(one));
      await this.options.turn?.();
    }
    return evidence;
  }

  private evidenceFor(one: Case): Evidence {
    try {
      return this.evidenceOf(one);
    } catch (error) {
      const { collector, nearbyFiles } = new Case(one.detection);
      collector.addGap(defectOf(error));
      const none = { listed: [], count: 0 };
      const search = { ...nearbyFiles, named: 0, read: 0, nearby: 0, notSearched: [] };
      return collector.evidence({ neighbours: none, siblings: none, search });
    }
  }

  private evidenceOf({ detection, collector, named, around, nearby, nearbyFiles }: Case): Evidence {
    const { counts } = collector;
    const own = new Set([detection.actor, ...counts.values('arns'), ...collector.openers()]);
    const due = Math.min(detection.objects.length, this.limits.objects);
    if (named.opened < due && this.isTimeUp()) collector.addGap(LATE);
    const { objects, ...listed } = nearbyFiles;
    return collector.evidence({
      neighbours: this.neighbourhood.at(collector.places, timeAround(detection), own),
      siblings: this.neighbourhood.at(counts.values('issuers'), { from: detection.start, until: detection.end }, own),
      search: {
        ...listed,
        named: detection.objects.length,
        read: named.read,
        nearby: nearby.read,
        notSearched: [
          ...around.unread(named.opened, (files) => `other calls in ${files} with calls of the alert`),
          ...nearby.unread(objects.length, (files) => files.replace('file', 'more file')),
          ...listed.notSearched,
        ],
      },
    });
  }
}

function defectOf(error: unknown): string {
  return `an internal error (${reasonOf(error)}) ended the search; please report it`;
}
