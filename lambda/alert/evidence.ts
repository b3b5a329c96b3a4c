import { compareText, entry } from '../collections';
import { inParallel } from '../parallel';
import { type ObjectRef, objectName } from '../ports';
import { type ObjectReading, type Reading, readObject } from '../trail/object-reader';
import { isObject, type Sighting, type TrailRecord } from '../trail/sighting';
import type { Hit } from '../window/hits';

/** What the records of a hit say, each call once by its eventID. Texts are as whoever made the call wrote them. */
export interface Evidence {
  readonly calls: number;
  /** calls with an errorCode or errorMessage */
  readonly denied: number;
  /** calls a region and second */
  readonly timeline: readonly TimelineCell[];
  readonly arns: readonly Counted[];
  readonly identityTypes: readonly Counted[];
  readonly accounts: readonly Counted[];
  readonly userNames: readonly Counted[];
  readonly accessKeyIds: readonly Counted[];
  readonly sourceAddresses: readonly Counted[];
  readonly userAgents: readonly Counted[];
  readonly errorCodes: readonly Counted[];
  /** why calls may be missing: `calls` is a lower bound then */
  readonly gaps: readonly string[];
  /** whether lists or texts were cut to fit a message */
  readonly shortened: boolean;
}

export interface Counted {
  readonly value: string;
  readonly calls: number;
}

export interface TimelineCell {
  readonly region: string;
  /** UTC epoch second */
  readonly second: number;
  readonly calls: number;
  readonly denied: number;
}

/** Bounds of what one alert keeps, so that nobody fills it by calling on. */
const MOST_CALLS = 100_000;
const MOST_VALUES = 10_000;
const MOST_VALUES_TOLD = 50;

/**
 * Opens the objects that tell of the hits once more and gathers each hit's records. An object that cannot be read
 * again leaves a gap, never a missing alert.
 * @param concurrency objects open at a time
 * @param isOver whether the time for it is used up: what was not opened by then is a gap too
 */
export async function gatherEvidence(
  hits: readonly Hit[],
  reading: Reading,
  concurrency: number,
  isOver: () => boolean = () => false,
): Promise<Map<Hit, Evidence>> {
  const collectors = new Map(hits.map((hit) => [hit, new Collector()]));
  const objects = new Map<string, { object: ObjectRef; hits: Hit[] }>();
  for (const hit of hits) {
    for (const object of hit.objects) {
      entry(objects, objectName(object), (): { object: ObjectRef; hits: Hit[] } => ({
        object,
        hits: [],
      })).hits.push(hit);
    }
  }
  await inParallel(objects.values(), concurrency, async ({ object, hits: told }) => {
    if (isOver()) {
      for (const hit of told) collectors.get(hit)!.gap('not all objects could be opened in time');
      return;
    }
    const read = await readObject(object, reading, (sighting) =>
      told.some((hit) => belongsTo(hit, sighting)),
    );
    for (const hit of told) collect(hit, read, collectors.get(hit)!);
  });
  return new Map([...collectors].map(([hit, collector]) => [hit, collector.evidence()]));
}

function collect(hit: Hit, read: ObjectReading, collector: Collector): void {
  for (const { sighting, record } of read.kept) {
    if (belongsTo(hit, sighting)) collector.add(sighting, record);
  }
  if (read.error !== undefined) collector.gap(read.error.message);
}

function belongsTo(hit: Hit, { actor, second }: Sighting): boolean {
  return actor === hit.actor && second >= hit.start && second < hit.end;
}

class Collector {
  private readonly seen = new Set<string>();
  private readonly cells = new Map<
    string,
    { region: string; second: number; calls: number; denied: number }
  >();
  private readonly gaps = new Set<string>();
  private denied = 0;
  private readonly values = {
    arns: new Map<string, number>(),
    identityTypes: new Map<string, number>(),
    accounts: new Map<string, number>(),
    userNames: new Map<string, number>(),
    accessKeyIds: new Map<string, number>(),
    sourceAddresses: new Map<string, number>(),
    userAgents: new Map<string, number>(),
    errorCodes: new Map<string, number>(),
  };

  add({ callId, region, second }: Sighting, record: TrailRecord): void {
    if (this.seen.has(callId)) return;
    if (this.seen.size >= MOST_CALLS) {
      this.gap(`only the first ${MOST_CALLS} calls were looked at`);
      return;
    }
    this.seen.add(callId);
    const denied = isDenied(record) ? 1 : 0;
    this.denied += denied;
    const cell = entry(this.cells, `${second}/${region}`, () => ({ region, second, calls: 0, denied: 0 }));
    cell.calls += 1;
    cell.denied += denied;
    this.addValues(record);
  }

  private addValues(record: TrailRecord): void {
    const identity = isObject(record.userIdentity) ? record.userIdentity : {};
    this.count('arns', identity.arn);
    this.count('identityTypes', identity.type);
    this.count('accounts', identity.accountId ?? record.recipientAccountId);
    this.count('userNames', identity.userName ?? issuerOf(identity).userName);
    this.count('accessKeyIds', identity.accessKeyId);
    this.count('sourceAddresses', record.sourceIPAddress);
    this.count('userAgents', record.userAgent);
    this.count('errorCodes', record.errorCode);
  }

  private count(kind: keyof Collector['values'], value: unknown): void {
    if (typeof value !== 'string' || value === '') return;
    const counts = this.values[kind];
    if (counts.size < MOST_VALUES || counts.has(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }

  gap(reason: string): void {
    this.gaps.add(reason);
  }

  evidence(): Evidence {
    const listed = Object.entries(this.values).map(([kind, counts]) => [kind, mostFrequent(counts)]);
    return {
      calls: this.seen.size,
      denied: this.denied,
      timeline: [...this.cells.values()].sort(
        (a, b) => a.second - b.second || compareText(a.region, b.region),
      ),
      ...(Object.fromEntries(listed) as Record<keyof Collector['values'], Counted[]>),
      gaps: [...this.gaps].sort(compareText),
      shortened: false,
    };
  }
}

function issuerOf(identity: TrailRecord): TrailRecord {
  const context = isObject(identity.sessionContext) ? identity.sessionContext : {};
  return isObject(context.sessionIssuer) ? context.sessionIssuer : {};
}

/** As Elastic's CloudTrail integration reads `event.outcome`: an errorCode or an errorMessage is a failure. */
function isDenied({ errorCode, errorMessage }: TrailRecord): boolean {
  return [errorCode, errorMessage].some((field) => field !== undefined && field !== null && field !== '');
}

function mostFrequent(counts: ReadonlyMap<string, number>): Counted[] {
  return [...counts]
    .map(([value, calls]) => ({ value, calls }))
    .sort((a, b) => b.calls - a.calls || compareText(a.value, b.value))
    .slice(0, MOST_VALUES_TOLD);
}
