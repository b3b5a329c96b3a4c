import { leastOf } from '../../collections';
import { inParallel } from '../../parallel';
import { parseInstant } from '../../time';
import type { Reading } from '../../trail/object-reader';
import type { Hit } from '../../window/hits';
import { bareEvidence, ownFault } from './bare';
import { type Candidates, candidatesFor, unsearched } from './candidates';
import { Collector } from './collector';
import type { Evidence } from './evidence';
import { AROUND_SECONDS, HitIndex } from './hit-index';
import { Lists } from './lists';
import { needlesOf } from './needles';
import { isIp, Neighbourhood } from './neighbourhood';
import { ObjectSearch } from './object-search';
import { byObject, elseIn, moreFiles, type Opened, Openings, unreadOf } from './openings';
import { RememberedSource } from './remembered-source';

/** How much may be opened for evidence. */
export interface EvidenceLimits {
  /** objects for each hit, of those that tell of it */
  readonly objects: number;
  /** inflated bytes for all hits */
  readonly bytes: number;
}

const NO_LIMITS: EvidenceLimits = { objects: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

/** Hits that are looked for beside the objects that tell of them: further ones would make a replay slow. */
const MOST_SEARCHED = 20;
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
  hits: readonly Hit[],
  reading: Reading,
  concurrency: number,
  isOver: () => boolean = () => false,
  limits: EvidenceLimits = NO_LIMITS,
  expiry?: Promise<unknown>,
): Promise<Map<Hit, Evidence>> {
  const gathering = new Gathering(hits, reading, concurrency, isOver, limits);
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
    hits: readonly Hit[],
    reading: Reading,
    private readonly concurrency: number,
    private readonly isOver: () => boolean,
    private readonly limits: EvidenceLimits,
  ) {
    this.collectors = hits.map((hit) => new Collector(hit));
    this.neighbourhood = new Neighbourhood(hits.map(timesOf));
    this.source = new RememberedSource(reading.source);
    this.search = new ObjectSearch(
      { ...reading, source: this.source },
      new HitIndex(this.collectors),
      this.neighbourhood,
    );
    this.lists = reading.listing === undefined ? undefined : new Lists(reading.listing, longestOf(hits));
  }

  /** Opens what the tallies name, for the calls of the hits: they say whom and what else to look for. */
  async openForCalls(): Promise<void> {
    const { limits } = this;
    const objects = byObject(this.collectors, (collector) => {
      const { hit } = collector;
      if (hit.objects.length > limits.objects) {
        collector.gap(`only ${limits.objects} of ${hit.objects.length} objects were opened`);
      }
      return hit.objects.slice(0, limits.objects);
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
    const needles = needlesOf(this.collectors);
    await inParallel(this.opened, this.concurrency, async ({ object, collectors, isWhole }) => {
      if (this.isOver()) return;
      const error = await this.search.openAround(object, needles);
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
    const needles = new Map(this.collectors.map((collector) => [collector, needlesOf([collector])]));
    await inParallel(objects, this.concurrency, async ({ object, collectors }) => {
      const reason = this.whyNot();
      if (reason !== undefined) {
        for (const collector of collectors) this.beside.left(collector, reason);
        return;
      }
      // What is gone by now, or broken, told nothing of the hit.
      const wanted = new Set(collectors.flatMap((collector) => [...needles.get(collector)!]));
      const error = await this.search.openBeside(object, wanted);
      for (const collector of collectors) this.beside.opened(collector, error === undefined);
    });
  }

  private async candidatesOf(collector: Collector, index: number): Promise<Candidates> {
    if (this.lists === undefined) return unsearched('other files: nothing lists them here');
    if (index >= MOST_SEARCHED) {
      return unsearched(`other files: they are searched for the first ${MOST_SEARCHED} alerts of a run`);
    }
    const reason = this.whyNot();
    if (reason !== undefined) return unsearched(`other files: ${reason}`);
    this.lists.begin();
    return candidatesFor(collector.hit, createdOf(collector), this.lists, this.isOver);
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

  evidence(): Map<Hit, Evidence> {
    try {
      this.search.settleSignIns(this.collectors);
    } catch (error) {
      this.broke(error);
    }
    return new Map(this.collectors.map((collector) => [collector.hit, this.evidenceFor(collector)]));
  }

  private evidenceFor(collector: Collector): Evidence {
    try {
      return this.evidenceOf(collector);
    } catch (error) {
      return bareEvidence(collector.hit, ownFault(error));
    }
  }

  private evidenceOf(collector: Collector): Evidence {
    const { hit, counts } = collector;
    const { from, until } = timesOf(hit);
    const own = new Set([hit.actor, ...counts.values('arns')]);
    const at = (places: Iterable<string>, since: number, before: number) =>
      this.neighbourhood.at(places, since, before, own);
    const { arrived, missing, notSearched, objects } =
      this.candidates.get(collector) ?? unsearched(`other files: ${LATE}`);
    const told = this.told.of(collector);
    const around = this.around.of(collector);
    const beside = this.beside.of(collector);
    const due = Math.min(hit.objects.length, this.limits.objects);
    if (told.opened < due && this.isOver()) collector.gap(LATE);
    return collector.evidence({
      neighbours: at([...counts.values('sourceAddresses')].filter(isIp), from, until),
      siblings: at(counts.values('issuers'), hit.start, hit.end),
      search: {
        named: hit.objects.length,
        told: told.read,
        beside: beside.read,
        lists: this.requests.get(collector) ?? 0,
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

function longestOf(hits: readonly Hit[]): number {
  return hits.reduce((most, { start, end }) => Math.max(most, end - start), 0);
}

function timesOf({ start, end }: Hit): { from: number; until: number } {
  return { from: start - AROUND_SECONDS, until: end + AROUND_SECONDS };
}

/** When the session of the calls began, the earliest where there are several. */
function createdOf({ counts }: Collector): number | undefined {
  const seconds = [...counts.values('sessionsCreated')].flatMap((text) => parseInstant(text) ?? []);
  return seconds.length === 0 ? undefined : leastOf(seconds);
}
