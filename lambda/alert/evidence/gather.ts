import type { Detection } from '../../detection/detections';
import { isIp } from '../../detection/ip';
import { reasonOf } from '../../errors';
import { type ObjectRef, objectName } from '../../ports';
import type { ReadOptions } from '../../trail/object-reader';
import { inParallel } from '../../util/concurrency';
import { getOrInsert, minOf, parseInstant, plural } from '../../util/values';
import { Collector } from './collector';
import type { Evidence, Search } from './model';
import { type Candidates, candidatesFor, Lists, unsearched } from './nearby-files';
import { type Beside, Neighbourhood } from './neighbours';
import { AROUND_SECONDS, DetectionIndex, literalsOf, ObjectSearch, RememberedSource } from './search';

/** How much may be opened for evidence. */
export interface EvidenceLimits {
  /** objects for each hit, of those that tell of it */
  readonly objects: number;
  /** inflated bytes for all hits */
  readonly bytes: number;
}

const NO_LIMITS: EvidenceLimits = { objects: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

/** Hits that are looked for beside the objects that tell of them: further ones would make a replay slow. */
const MAX_SEARCHED = 20;

const MIB = 2 ** 20;

const LATE = 'not all objects could be opened in time';

/**
 * Opens the objects that tell of the hits once more, and some beside them, and gathers each hit's evidence. An object
 * that cannot be read again leaves a gap, never a missing alert.
 * @param concurrency objects open at a time
 * @param isOver whether the time for it is used up: what was not opened by then is a gap too
 * @param expiry settles when that time is used up, so that an object that stalls is given up as well
 */
export async function gatherEvidence(
  detections: readonly Detection[],
  reading: ReadOptions,
  concurrency: number,
  isOver: () => boolean = () => false,
  limits: EvidenceLimits = NO_LIMITS,
  expiry?: Promise<unknown>,
): Promise<Map<Detection, Evidence>> {
  const gathering = new Gathering(detections, reading, concurrency, isOver, limits);
  const all = gathering
    .openForCalls()
    .then(() => gathering.openAround())
    .then(() => gathering.openBeside());
  const told = all.catch((error: unknown) => gathering.broke(error));
  // Of what stalled nobody waits for the end.
  await (expiry === undefined ? told : Promise.race([told, expiry]));
  return gathering.evidence();
}

class Gathering {
  private readonly collectors: readonly Collector[];
  private readonly neighbourhood: Neighbourhood;
  private readonly search: ObjectSearch;
  private readonly lists: Lists | undefined;
  private readonly candidates = new Map<Collector, Candidates>();
  private readonly requests = new Map<Collector, number>();
  private readonly source: RememberedSource;
  /** what tells of the hits, as far as it was opened, and whether it was read to its end */
  private readonly opened: (Opened & { readonly isWhole: boolean })[] = [];
  private readonly told = new Openings();
  private readonly around = new Openings();
  private readonly beside = new Openings();

  constructor(
    detections: readonly Detection[],
    reading: ReadOptions,
    private readonly concurrency: number,
    private readonly isOver: () => boolean,
    private readonly limits: EvidenceLimits,
  ) {
    this.collectors = detections.map((detection) => new Collector(detection));
    this.neighbourhood = new Neighbourhood(detections.map(timesOf));
    this.source = new RememberedSource(reading.source);
    this.search = new ObjectSearch(
      { ...reading, source: this.source },
      new DetectionIndex(this.collectors),
      this.neighbourhood,
    );
    this.lists = reading.listing === undefined ? undefined : new Lists(reading.listing, longestOf(detections));
  }

  /** Opens what the tallies name, for the calls of the hits: they say whom and what else to look for. */
  async openForCalls(): Promise<void> {
    const { limits } = this;
    const objects = byObject(this.collectors, (collector) => {
      const { detection } = collector;
      if (detection.objects.length > limits.objects) {
        collector.gap(`only ${limits.objects} of ${detection.objects.length} objects were opened`);
      }
      return detection.objects.slice(0, limits.objects);
    });
    await inParallel(objects, this.concurrency, async ({ object, collectors }) => {
      const reason = this.whyNot();
      if (reason !== undefined) {
        for (const collector of collectors) collector.gap(reason);
        return;
      }
      const error = await this.search.openForCalls(object);
      this.opened.push({ object, collectors, isWhole: error === undefined });
      for (const collector of collectors) {
        this.told.opened(collector, error === undefined);
        if (error !== undefined) collector.gap(error.message);
      }
    });
  }

  /** Opens the same once more for what lies around the calls. Any of them may tell of any hit's actor and address. */
  async openAround(): Promise<void> {
    const literals = literalsOf(this.collectors);
    await inParallel(this.opened, this.concurrency, async ({ object, collectors, isWhole }) => {
      if (this.isOver()) return;
      const error = await this.search.openAround(object, literals);
      // What was broken before is a gap already.
      for (const collector of collectors) this.around.opened(collector, error === undefined || !isWhole);
    });
    this.source.forget();
  }

  /** Looks for sign-ins and other calls in files that do not tell of the hit. */
  async openBeside(): Promise<void> {
    for (const [index, collector] of this.collectors.entries()) {
      const before = this.lists?.requests ?? 0;
      this.candidates.set(collector, await this.candidatesOf(collector, index));
      this.requests.set(collector, (this.lists?.requests ?? 0) - before);
    }
    const objects = byObject(this.collectors, (collector) => this.candidates.get(collector)!.objects);
    const literals = new Map(this.collectors.map((collector) => [collector, literalsOf([collector])]));
    await inParallel(objects, this.concurrency, async ({ object, collectors }) => {
      const reason = this.whyNot();
      if (reason !== undefined) {
        for (const collector of collectors) this.beside.left(collector, reason);
        return;
      }
      // What is gone by now, or broken, told nothing of the hit.
      const wanted = new Set(collectors.flatMap((collector) => [...literals.get(collector)!]));
      const error = await this.search.openBeside(object, wanted);
      for (const collector of collectors) this.beside.opened(collector, error === undefined);
    });
  }

  private async candidatesOf(collector: Collector, index: number): Promise<Candidates> {
    if (this.lists === undefined) return unsearched('other files: nothing lists them here');
    if (index >= MAX_SEARCHED) {
      return unsearched(`other files: they are searched for the first ${MAX_SEARCHED} alerts of a run`);
    }
    const reason = this.whyNot();
    if (reason !== undefined) return unsearched(`other files: ${reason}`);
    this.lists.begin();
    return candidatesFor(collector.detection, createdOf(collector), this.lists, this.isOver);
  }

  private whyNot(): string | undefined {
    if (this.isOver()) return LATE;
    if (this.search.bytes < this.limits.bytes) return undefined;
    return `only the first ${Math.floor(this.limits.bytes / MIB)} MiB were read`;
  }

  /** A fault of our own is a gap as well: an alert that says little is better than none. */
  broke(error: unknown): void {
    for (const collector of this.collectors) collector.gap(ownFault(error));
  }

  evidence(): Map<Detection, Evidence> {
    try {
      this.search.settleSignIns(this.collectors);
    } catch (error) {
      this.broke(error);
    }
    return new Map(this.collectors.map((collector) => [collector.detection, this.evidenceFor(collector)]));
  }

  private evidenceFor(collector: Collector): Evidence {
    try {
      return this.evidenceOf(collector);
    } catch (error) {
      return bareEvidence(collector.detection, ownFault(error));
    }
  }

  private evidenceOf(collector: Collector): Evidence {
    const { detection, counts } = collector;
    const { from, until } = timesOf(detection);
    const own = new Set([detection.actor, ...counts.values('arns')]);
    const at = (places: Iterable<string>, since: number, before: number) =>
      this.neighbourhood.at(places, since, before, own);
    const { arrived, missing, notSearched, objects } =
      this.candidates.get(collector) ?? unsearched(`other files: ${LATE}`);
    const told = this.told.of(collector);
    const around = this.around.of(collector);
    const beside = this.beside.of(collector);
    const due = Math.min(detection.objects.length, this.limits.objects);
    if (told.opened < due && this.isOver()) collector.gap(LATE);
    return collector.evidence({
      neighbours: at([...counts.values('sourceAddresses')].filter(isIp), from, until),
      siblings: at(counts.values('issuers'), detection.start, detection.end),
      search: {
        named: detection.objects.length,
        read: told.read,
        nearby: beside.read,
        listRequests: this.requests.get(collector) ?? 0,
        arrived,
        missing,
        notSearched: [
          ...unreadOf(around, told.opened, elseIn, LATE),
          ...unreadOf(beside, objects.length, moreFiles, LATE),
          ...notSearched,
        ],
      },
    });
  }
}

function longestOf(detections: readonly Detection[]): number {
  return detections.reduce((most, { start, end }) => Math.max(most, end - start), 0);
}

function timesOf({ start, end }: Detection): { from: number; until: number } {
  return { from: start - AROUND_SECONDS, until: end + AROUND_SECONDS };
}

/** When the session of the calls began, the earliest where there are several. */
function createdOf({ counts }: Collector): number | undefined {
  const seconds = [...counts.values('sessionsCreated')].flatMap((text) => parseInstant(text) ?? []);
  return seconds.length === 0 ? undefined : minOf(seconds);
}

/** An object and the hits it is opened for. */
export interface Opened {
  readonly object: ObjectRef;
  readonly collectors: Collector[];
}

/** Each object once, however many hits it is opened for. */
export function byObject(
  collectors: readonly Collector[],
  objectsOf: (collector: Collector) => readonly ObjectRef[],
): Iterable<Opened> {
  const opened = new Map<string, Opened>();
  for (const collector of collectors) {
    for (const object of objectsOf(collector)) {
      getOrInsert(opened, objectName(object), () => ({ object, collectors: [] })).collectors.push(collector);
    }
  }
  return opened.values();
}

/** What became of the objects that were to be opened for a hit. */
export interface Opening {
  /** opened, whatever came of it, and of those the ones read to their end */
  opened: number;
  read: number;
  /** not opened, by reason */
  readonly left: Map<string, number>;
}

/** Keeps count of what was opened for each hit. */
export class Openings {
  private readonly openings = new Map<Collector, Opening>();

  of(collector: Collector): Opening {
    return getOrInsert(this.openings, collector, () => ({ opened: 0, read: 0, left: new Map<string, number>() }));
  }

  opened(collector: Collector, isRead: boolean): void {
    const opening = this.of(collector);
    opening.opened += 1;
    opening.read += isRead ? 1 : 0;
  }

  left(collector: Collector, reason: string): void {
    const { left } = this.of(collector);
    left.set(reason, (left.get(reason) ?? 0) + 1);
  }
}

/**
 * Which of so many were not read, and why.
 * @param named how so many of them are called
 * @param late why nothing is known of the others
 */
export function unreadOf(
  { opened, read, left }: Opening,
  count: number,
  named: (files: number) => string,
  late: string,
): string[] {
  const known = [...left.values()].reduce((sum, files) => sum + files, 0);
  const causes: [number, string][] = [
    [opened - read, 'could not be read to the end'],
    ...[...left].map(([reason, files]): [number, string] => [files, reason]),
    [count - opened - known, late],
  ];
  return causes.flatMap(([files, reason]) => (files === 0 ? [] : [`${named(files)}: ${reason}`]));
}

/** How the unread are named: of the files that tell of the calls, and of those beside them. */
export const elseIn = (files: number) => `what else lies in ${plural(files, 'file')} of the calls`;

export const moreFiles = (files: number) => plural(files, 'more file');

/** What is left to tell of a hit where gathering its evidence met a fault of our own. */

const NONE: Beside = { listed: [], count: 0 };

const NOWHERE: Search = {
  ...{ named: 0, read: 0, nearby: 0, listRequests: 0 },
  ...{ arrived: undefined, missing: [], notSearched: [] },
};

/** Evidence that nothing was found, and why. */
export function bareEvidence(detection: Detection, gap: string): Evidence {
  const collector = new Collector(detection);
  collector.gap(gap);
  return collector.evidence({ neighbours: NONE, siblings: NONE, search: NOWHERE });
}

export function ownFault(error: unknown): string {
  return `a fault of regionsweep's own (${reasonOf(error)}) ended the search; report it`;
}
