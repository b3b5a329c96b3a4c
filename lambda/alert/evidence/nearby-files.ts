import type { Detection } from '../../detection/detections';
import { reasonOf } from '../../errors';
import type { ListedKey, ObjectListing, ObjectRef } from '../../ports';
import { keyBefore, SLOT_SECONDS, slotOf, type TrailFile, trailFileOf } from '../../trail/object-key';
import { inParallel } from '../../util/concurrency';
import { compareText } from '../../util/values';
import { AROUND_SECONDS } from './search';

/** Where to look beside the objects that tell of a hit, and what could not be looked for. */
export interface Candidates {
  readonly objects: readonly ObjectRef[];
  readonly arrived: readonly string[] | undefined;
  readonly missing: readonly string[];
  readonly notSearched: readonly string[];
}

/** Files opened beside those that tell of the hit, of them at most so many of the time around it, and their bytes. */
const MAX_FILES = 100;

const MAX_NEAR = 80;

const MAX_STORED_BYTES = 16 * 2 ** 20;

/** A file is named so much later than what it tells at most: in real trails a delivery took 608 s at the longest. */
const LATE_SECONDS = 3 * SLOT_SECONDS;

const LISTINGS_AT_A_TIME = 8;

/** Where the global sign-in and STS endpoints record their calls; CloudTrail user guide, "Global service events". */
const GLOBAL_REGION = 'us-east-1';

const REGION = /^[a-z]{2,}(?:-[a-z]+)+-\d+$/;

/** A region's folder and how soon it is looked at. */
interface Folder {
  readonly region: string;
  readonly rank: number;
}

/** What a region's folder was seen to hold. */
interface Page {
  readonly files: readonly File[];
  /** the latest that was listed, wanted or not */
  readonly latest: number;
  /** whether it may hold more of what is looked for: one request lists so many */
  readonly isCut: boolean;
}

interface File {
  readonly key: string;
  readonly listed: ListedKey;
  readonly folder: Folder;
  readonly slot: number;
}

/**
 * Lists the files of the trail around a hit, and around the beginning of its session where that lies further back.
 * @param created when the session began
 * @param isOver whether the time for it is used up
 */
export async function candidatesFor(
  detection: Detection,
  created: number | undefined,
  lists: Lists,
  isOver: () => boolean,
): Promise<Candidates> {
  const place = placeOf(detection);
  if (place === undefined) return unsearched('other files: the names of these are not those of a trail');
  const listing = new TrailListing(place, lists, isOver);
  try {
    const folders = ranked(await lists.folders(place.bucket, place.root), detection);
    const from = detection.start - AROUND_SECONDS;
    const near = await listing.pages(folders, from, detection.end + AROUND_SECONDS);
    const listed = folders.filter(({ region }) => near.has(region));
    const hasLate = ({ region }: Folder) => near.get(region)!.latest >= slotOf(detection.start);
    const early =
      created !== undefined && slotOf(created) < slotOf(from)
        ? await listing.pages(folders, created, created)
        : new Map<string, Page>();
    const told = new Set(detection.objects.map(({ key }) => key));
    const chosen = chosenOf(filesOf(near, told, slotOf(detection.start)), filesOf(early, told, slotOf(created ?? 0)));
    const cut = folders.filter(({ region }) => near.get(region)?.isCut || early.get(region)?.isCut);
    return {
      objects: chosen.files.map(({ key }) => ({ bucket: place.bucket, key })),
      arrived: listed
        .filter(hasLate)
        .map(({ region }) => region)
        .sort(compareText),
      missing: listed
        .filter((folder) => !hasLate(folder) && !near.get(folder.region)!.isCut)
        .map(({ region }) => region)
        .sort(compareText),
      notSearched: [
        ...notListed(folders.filter(({ region }) => !near.has(region))),
        ...(cut.length === 0
          ? []
          : [`more files of ${cut.map(({ region }) => region).join(', ')} than one request lists`]),
        ...(chosen.left === 0 ? [] : [`${chosen.left} more files of that time`]),
        'the trails of other accounts',
      ],
    };
  } catch (error) {
    return unsearched(`other files: ${reasonOf(error)}`);
  }
}

export function unsearched(reason: string): Candidates {
  return { objects: [], arrived: undefined, missing: [], notSearched: [reason] };
}

class TrailListing {
  constructor(
    private readonly place: TrailFile & { readonly bucket: string },
    private readonly lists: Lists,
    private readonly isOver: () => boolean,
  ) {}

  /**
   * The files named at `from` or later that may tell of calls until `until`, by region, as far as requests and time go.
   */
  async pages(folders: readonly Folder[], from: number, until: number): Promise<Map<string, Page>> {
    const { place, lists } = this;
    const found = new Map<string, Page>();
    const last = slotOf(until) + LATE_SECONDS;
    // A listing is shared by the hits that begin with it, and none of them needs more.
    const end = slotOf(from) + lists.longest + 2 * AROUND_SECONDS + LATE_SECONDS + SLOT_SECONDS;
    await inParallel(folders, LISTINGS_AT_A_TIME, async (folder) => {
      if (lists.left <= 0 || this.isOver()) return;
      const prefix = `${place.root}${folder.region}/`;
      const after = keyBefore(place, folder.region, from);
      const keys = await lists.keys(place.bucket, prefix, after, pastOf(place, folder.region, end));
      const files = keys.flatMap((listed) => fileOf(listed, folder));
      const latest = files.reduce((most, { slot }) => Math.max(most, slot), Number.NEGATIVE_INFINITY);
      found.set(folder.region, {
        files: files.filter(({ slot }) => slot <= last),
        latest,
        isCut: keys.length >= MAX_KEYS && latest <= last,
      });
    });
    return found;
  }
}

/** Says which files are named later than `end`: of a region all later keys are such too. */
function pastOf(place: TrailFile, region: string, end: number): (key: string) => boolean {
  const bound = keyBefore(place, region, end);
  return (key) => key > bound && (trailFileOf(key)?.slot ?? end) > end;
}

function fileOf(listed: ListedKey, folder: Folder): File[] {
  const slot = trailFileOf(listed.key)?.slot;
  return slot === undefined ? [] : [{ key: listed.key, listed, folder, slot }];
}

/** The trail most of the hit's objects lie in. */
function placeOf({ objects }: Detection): (TrailFile & { readonly bucket: string }) | undefined {
  const counts = new Map<string, number>();
  const places = objects.flatMap(({ bucket, key }) => {
    const file = trailFileOf(key);
    return file === undefined ? [] : [{ ...file, bucket }];
  });
  for (const { bucket, root } of places) {
    counts.set(`${bucket}/${root}`, (counts.get(`${bucket}/${root}`) ?? 0) + 1);
  }
  const countOf = ({ bucket, root }: { bucket: string; root: string }) => counts.get(`${bucket}/${root}`)!;
  return places.sort((a, b) => countOf(b) - countOf(a) || compareText(a.root, b.root))[0];
}

/** Where sign-ins are recorded first, then where the actor was, then the rest. */
function ranked(names: readonly string[], { regions }: Detection): Folder[] {
  const visited = new Set(regions.map(({ region }) => region));
  return names
    .filter((name) => REGION.test(name))
    .map((region) => ({ region, rank: region === GLOBAL_REGION ? 0 : visited.has(region) ? 1 : 2 }))
    .sort((a, b) => a.rank - b.rank || compareText(a.region, b.region));
}

/** The files that do not tell of the hit, the likeliest to tell of its beginning first. */
function filesOf(found: ReadonlyMap<string, Page>, told: ReadonlySet<string>, around: number): File[] {
  return [...found.values()]
    .flatMap(({ files }) => files)
    .filter(({ key }) => !told.has(key))
    .sort(
      (a, b) =>
        a.folder.rank - b.folder.rank ||
        Math.abs(a.slot - around) - Math.abs(b.slot - around) ||
        compareText(a.key, b.key),
    );
}

function chosenOf(near: readonly File[], early: readonly File[]): { files: File[]; left: number } {
  const all = [...near.slice(0, MAX_NEAR), ...early, ...near.slice(MAX_NEAR)];
  const files: File[] = [];
  let bytes = 0;
  for (const file of all) {
    if (files.length >= MAX_FILES) break;
    const size = file.listed.bytes;
    if (bytes + size > MAX_STORED_BYTES) continue;
    files.push(file);
    bytes += size;
  }
  return { files, left: all.length - files.length };
}

function notListed(folders: readonly Folder[]): string[] {
  if (folders.length === 0) return [];
  return [`files of ${folders.map(({ region }) => region).join(', ')}: time or list requests were used up`];
}

/** List requests for one hit. */
export const MAX_LISTS = 40;

/** What one request lists at most; source: Amazon S3 API reference, ListObjectsV2. */
export const MAX_KEYS = 1000;

const MAX_FOLDERS = 100;

/** A listing that asks at most so often, and never twice for the same. */
export class Lists {
  private readonly known = new Map<string, Promise<unknown>>();
  private asked = 0;
  /** requests left */
  left = MAX_LISTS;

  /** @param longest seconds of the longest hit that is asked for */
  constructor(
    private readonly listing: ObjectListing,
    readonly longest: number,
  ) {}

  /** Requests for all hits so far. */
  get requests(): number {
    return this.asked;
  }

  /** Turns to another hit. */
  begin(): void {
    this.left = MAX_LISTS;
  }

  /** @throws ObjectReadError */
  folders(bucket: string, prefix: string): Promise<readonly string[]> {
    return this.once(`${bucket}/${prefix}`, () => this.listing.folders(bucket, prefix, MAX_FOLDERS));
  }

  /**
   * @param isEnough the same for the same `after`
   * @throws ObjectReadError
   */
  keys(
    bucket: string,
    prefix: string,
    after: string,
    isEnough: (key: string) => boolean,
  ): Promise<readonly ListedKey[]> {
    return this.once(`${bucket}/${after}`, () => this.listing.keys(bucket, prefix, after, MAX_KEYS, isEnough));
  }

  private once<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.known.get(key) as Promise<T> | undefined;
    if (known !== undefined) return known;
    this.left -= 1;
    this.asked += 1;
    const answer = ask();
    this.known.set(key, answer);
    return answer;
  }
}
