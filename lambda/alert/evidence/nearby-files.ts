import type { Detection } from '../../detection/detections';
import { reasonOf } from '../../errors';
import type { ListedKey, ObjectListing, ObjectRef } from '../../ports';
import { keyBefore, SLOT_SECONDS, slotOf, slotOfKey, type TrailFile, trailFileOf } from '../../trail/object-key';
import { inParallel } from '../../util/concurrency';
import { compareText, getOrInsert } from '../../util/values';
import { AROUND_SECONDS, type TimeRange, timeAround } from './detection-index';
import type { Search } from './model';

/** Files to search that the tallies do not name, and what could not be listed. */
export interface NearbyFiles extends Pick<Search, 'arrived' | 'missing' | 'notSearched' | 'listRequests'> {
  readonly objects: readonly ObjectRef[];
}

/** Limits for one detection: files opened, those of them of the time around it, and their stored bytes. */
const MAX_FILES = 100;
const MAX_FILES_AROUND = 80;
const MAX_STORED_BYTES = 16 * 2 ** 20;

/** A file is named so much later than its records at most: in real trails a delivery took 608 s at the longest. */
const LATE_SECONDS = 3 * SLOT_SECONDS;

const LISTINGS_AT_A_TIME = 8;

/** Where sign-ins through the global endpoints are recorded; CloudTrail user guide, "Global service events" and "Console sign-in events". */
export const SIGN_IN_REGIONS: ReadonlySet<string> = new Set(['us-east-1', 'us-east-2', 'eu-north-1', 'ap-southeast-2']);

const REGION = /^[a-z]{2,}(?:-[a-z]+)+-\d+$/;

/** More seconds than two files are ever apart. */
const FAR = 2 ** 40;

/** A region's folder, and how soon it is searched. */
interface Folder {
  readonly region: string;
  readonly rank: number;
}

/** What a region's folder holds, as far as it was listed. */
interface Page {
  readonly files: readonly File[];
  /** the slot of the latest file that was listed, wanted or not */
  readonly latest: number;
  /** whether it may hold more of what is looked for, than one request lists */
  readonly isCut: boolean;
}

interface File {
  readonly listed: ListedKey;
  /** of the time in its name; NaN where no trail wrote it */
  readonly slot: number;
}

/**
 * Lists the trail's files around a detection, and around the start of its session if that is earlier.
 * @param created when the session began
 * @param isTimeUp whether the time for it is used up
 */
export async function findNearbyFiles(
  detection: Detection,
  created: number | undefined,
  listing: CachedListing,
  isTimeUp: () => boolean,
): Promise<NearbyFiles> {
  const trail = trailOf(detection);
  if (trail === undefined) return unsearched("other files: the objects are not named as a trail's files are");
  listing.begin();
  try {
    const folders = ranked(await listing.folders(trail.bucket, trail.root), detection);
    const pages = (time: TimeRange) => listPages(trail, folders, time, listing, isTimeUp);
    const time = timeAround(detection);
    const around = await pages(time);
    const isEarlier = created !== undefined && slotOf(created) < slotOf(time.from);
    const early = isEarlier ? await pages({ from: created, until: created }) : new Map<string, Page>();
    const listed = folders.map(({ region }) => region).filter((region) => around.has(region));
    const hasArrived = (region: string) => around.get(region)!.latest >= slotOf(detection.start);
    const named = new Set(detection.objects.map(({ key }) => key));
    const { files, left } = chosenOf(
      byRank(folders, around, named, slotOf(detection.start)),
      byRank(folders, early, named, slotOf(created ?? 0)),
      Math.max(1, (detection.aroundSeconds ?? 0) / AROUND_SECONDS),
    );
    const unlisted = folders.map(({ region }) => region).filter((region) => !around.has(region));
    const cut = folders.flatMap(({ region }) => (around.get(region)?.isCut || early.get(region)?.isCut ? region : []));
    return {
      objects: files.map(({ listed: { key } }) => ({ bucket: trail.bucket, key })),
      listRequests: listing.used,
      arrived: listed.filter(hasArrived).sort(compareText),
      missing: listed.filter((region) => !hasArrived(region) && !around.get(region)!.isCut).sort(compareText),
      notSearched: [
        ...(unlisted.length === 0 ? [] : [`files of ${unlisted.join(', ')}: time or list requests were used up`]),
        ...(cut.length === 0 ? [] : [`more files of ${cut.join(', ')} than one request lists`]),
        ...(left === 0 ? [] : [`${left} more files of that time`]),
        'the trails of other accounts',
      ],
    };
  } catch (error) {
    return unsearched(`other files: ${reasonOf(error)}`, listing.used);
  }
}

export function unsearched(reason: string, listRequests = 0): NearbyFiles {
  return { objects: [], listRequests, arrived: undefined, missing: [], notSearched: [reason] };
}

type Trail = TrailFile & { readonly bucket: string };

/** The trail with most of the detection's objects. */
function trailOf({ objects }: Detection): Trail | undefined {
  const trails = new Map<string, Trail[]>();
  for (const { bucket, key } of objects) {
    const file = trailFileOf(key);
    if (file !== undefined) getOrInsert(trails, `${file.root} ${bucket}`, () => []).push({ ...file, bucket });
  }
  return [...trails].sort(([a, as], [b, bs]) => bs.length - as.length || compareText(a, b))[0]?.[1][0];
}

/** Where sign-ins are recorded first, then where the actor was, then the rest. */
function ranked(names: readonly string[], { regions }: Detection): Folder[] {
  const visited = new Set(regions.map(({ region }) => region));
  return names
    .filter((name) => REGION.test(name))
    .map((region) => ({ region, rank: SIGN_IN_REGIONS.has(region) ? 0 : visited.has(region) ? 1 : 2 }))
    .sort((a, b) => a.rank - b.rank || compareText(a.region, b.region));
}

/** The files that may hold calls of that time, by region, as far as requests and time go. */
async function listPages(
  trail: Trail,
  folders: readonly Folder[],
  { from, until }: TimeRange,
  listing: CachedListing,
  isTimeUp: () => boolean,
): Promise<Map<string, Page>> {
  const pages = new Map<string, Page>();
  const last = slotOf(until) + LATE_SECONDS;
  // A page is shared by the detections that begin with it, and none of them needs more.
  const end = slotOf(from) + listing.longest + LATE_SECONDS + SLOT_SECONDS;
  await inParallel(folders, LISTINGS_AT_A_TIME, async (folder) => {
    if (listing.left <= 0 || isTimeUp()) return;
    const bound = keyBefore(trail, folder.region, end);
    const isPast = (key: string) => key > bound && (slotOfKey(key) ?? end) > end;
    const after = keyBefore(trail, folder.region, from);
    const listed = await listing.files(trail.bucket, `${trail.root}${folder.region}/`, after, isPast);
    let latest = Number.NEGATIVE_INFINITY;
    for (const { slot } of listed) if (slot > latest) latest = slot;
    const files = listed.filter(({ slot }) => slot <= last);
    pages.set(folder.region, { files, latest, isCut: listed.length >= MAX_KEYS && latest <= last });
  });
  return pages;
}

/** The files that the tallies do not name, those first that most likely hold the beginning. */
function byRank(
  folders: readonly Folder[],
  pages: ReadonlyMap<string, Page>,
  named: ReadonlySet<string>,
  around: number,
): File[] {
  // Sorted by group, of which there are few: many regions have a file of the same time.
  const groups = new Map<number, File[]>();
  for (const { region, rank } of folders) {
    for (const file of pages.get(region)?.files ?? []) {
      if (named.has(file.listed.key)) continue;
      getOrInsert(groups, rank * FAR + Math.abs(file.slot - around), () => []).push(file);
    }
  }
  return [...groups].sort(([a], [b]) => a - b).flatMap(([, files]) => files);
}

/** @param scale of a longer time more is opened */
function chosenOf(around: readonly File[], early: readonly File[], scale: number): { files: File[]; left: number } {
  const first = MAX_FILES_AROUND * scale;
  const all = [...around.slice(0, first), ...early, ...around.slice(first)];
  const files: File[] = [];
  let stored = 0;
  for (const file of all) {
    if (files.length >= MAX_FILES * scale) break;
    const { bytes } = file.listed;
    if (stored + bytes > MAX_STORED_BYTES * scale) continue;
    files.push(file);
    stored += bytes;
  }
  return { files, left: all.length - files.length };
}

/** List requests for one detection. */
const MAX_REQUESTS = 40;

/** What one request lists at most; source: Amazon S3 API reference, ListObjectsV2. */
const MAX_KEYS = 1000;
const MAX_FOLDERS = 100;

/** A listing with a limit of requests for each detection, which never makes the same one twice. */
export class CachedListing {
  private readonly answers = new Map<string, Promise<unknown>>();
  /** requests for the current detection */
  used = 0;

  /** @param longest seconds of the longest time around a detection */
  constructor(
    private readonly listing: ObjectListing,
    readonly longest: number,
  ) {}

  /** Turns to another detection. */
  begin(): void {
    this.used = 0;
  }

  get left(): number {
    return MAX_REQUESTS - this.used;
  }

  /** @throws ObjectReadError */
  folders(bucket: string, prefix: string): Promise<readonly string[]> {
    return this.once(`${bucket}/${prefix}`, () => this.listing.folders(bucket, prefix, MAX_FOLDERS));
  }

  /**
   * @param isPast the same for the same `after`
   * @throws ObjectReadError
   */
  files(bucket: string, prefix: string, after: string, isPast: (key: string) => boolean): Promise<readonly File[]> {
    return this.once(`${bucket}/${after}`, async () => {
      const keys = await this.listing.keys(bucket, prefix, { after, limit: MAX_KEYS, isPast });
      return keys.map((listed) => ({ listed, slot: slotOfKey(listed.key) ?? Number.NaN }));
    });
  }

  private once<T>(key: string, ask: () => Promise<T>): Promise<T> {
    return getOrInsert(this.answers, key, () => {
      this.used += 1;
      return ask();
    }) as Promise<T>;
  }
}
