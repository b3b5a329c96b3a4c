import { formatInstant, getOrInsert, parseInstant } from '../util/values';

/**
 * What an object key says about its object, before any download. Source: AWS CloudTrail user guide, "Finding your
 * CloudTrail log files" and "CloudTrail log file name format":
 * `[prefix/]AWSLogs/[o-orgid/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_….json.gz`.
 */
export type KeyKind =
  | { readonly kind: 'log'; readonly account: string; readonly region: string; readonly day: string }
  | { readonly kind: SkippedKind };

export type SkippedKind = 'digest' | 'insight' | 'aggregated' | 'another service' | 'macOS metadata' | 'other';

const TRAIL_KEY =
  /(?:^|\/)AWSLogs\/(?:o-[a-z0-9]{10,32}\/)?(\d{12})\/CloudTrail\/([a-z]{2,}(?:-[a-z]+)+-\d+)\/(\d{4}\/\d\d\/\d\d)\/[^/]+\.json\.gz$/;

/** In folder and file name. A user's prefix may contain it too, so the last one decides. */
const NO_LOG = /^.*CloudTrail-(Digest|Insight|Aggregated)/is;

/** Folders of AWS Config, load balancers and others that write to the same bucket. */
const SERVICE_KEY = /(?:^|\/)AWSLogs\/(?:o-[a-z0-9]{10,32}\/)?\d{12}\/(?!CloudTrail)[^/]+\//i;

/** Files that macOS adds to copies and archives. */
const MACOS = /(?:^|\/)(?:\._[^/]*|__MACOSX\/.*)$/s;

/** Classifies a decoded S3 key. `day` is `YYYY/MM/DD` as in the key. */
export function classifyKey(key: string): KeyKind {
  const match = TRAIL_KEY.exec(key);
  // Only the name of the file, or a folder above the trail, may still say otherwise.
  if (match === null || MACOS.test(key) || NO_LOG.test(key.slice(match.index))) return { kind: skippedKind(key) };
  return { kind: 'log', account: match[1]!, region: match[2]!, day: match[3]! };
}

/** Any other key is a log too, unless it says otherwise. */
export function classifyAnyKey(key: string): 'log' | SkippedKind {
  const kind = classifyKey(key).kind === 'log' ? 'other' : skippedKind(key);
  return kind === 'other' ? 'log' : kind;
}

/** A file that the user, or a shell's glob, names is a log whatever its name, except digests and the like. */
export function classifyNamed(path: string): 'log' | SkippedKind {
  const kind = skippedKind(path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1));
  return kind === 'other' ? 'log' : kind;
}

/** Any JSON file in a folder is a log, unless its path says otherwise. Browsers number copies: `x.json (1).gz`. */
export function classifyPath(path: string): 'log' | SkippedKind {
  if (!/\.(?:json|jsonl|ndjson)(?: ?\(\d{1,3}\))?(?:\.gz)?$/i.test(path))
    return MACOS.test(path) ? 'macOS metadata' : 'other';
  // Folders above the trail are the user's, and may have any name.
  return classifyAnyKey(path);
}

function skippedKind(key: string): SkippedKind {
  if (MACOS.test(key)) return 'macOS metadata';
  const last = NO_LOG.exec(key);
  if (last !== null) return last[1]!.toLowerCase() as SkippedKind;
  return SERVICE_KEY.test(key) ? 'another service' : 'other';
}

export interface TrailFile {
  /** the key up to `CloudTrail/`, inclusive: it has a folder for each region */
  readonly root: string;
  readonly account: string;
  readonly region: string;
  /** the time in the name, UTC epoch seconds; its records end within the five minutes after it, or shortly before */
  readonly slot: number;
}

/** Seconds between the times in file names. */
export const SLOT_SECONDS = 300;

const NAMED_TIME = /^\/\d{12}_CloudTrail_[a-z0-9-]+_(\d{8}T\d{4})Z_[^/]*\.json\.gz$/;

const MAX_REMEMBERED = 1000;

/** The times read so far: an alert asks for those of thousands of files, and many share one. */
const known = new Map<string, number | undefined>();

/** The time in the name of a log file, UTC epoch seconds; undefined for a key that no trail wrote. */
export function slotOfKey(key: string): number | undefined {
  const [, time] = NAMED_TIME.exec(key.slice(key.lastIndexOf('/'))) ?? [];
  if (time === undefined) return undefined;
  if (known.size >= MAX_REMEMBERED) known.clear();
  return getOrInsert(known, time, () => parseInstant(time.replace(/(....)(..)(..)T(..)(..)/, '$1-$2-$3T$4:$5:00Z')));
}

export function trailFileOf(key: string): TrailFile | undefined {
  const kind = classifyKey(key);
  const slot = slotOfKey(key);
  if (kind.kind !== 'log' || slot === undefined) return undefined;
  const { account, region } = kind;
  const folder = `/CloudTrail/${region}/`;
  return { root: key.slice(0, key.lastIndexOf(folder) + '/CloudTrail/'.length), account, region, slot };
}

/** A key that sorts before every file of a region named at `second` or later, and after every earlier one. */
export function keyBefore({ root, account }: TrailFile, region: string, second: number): string {
  const [day, time] = formatInstant(slotOf(second)).split('T') as [string, string];
  const stamp = `${day.replaceAll('-', '')}T${time.slice(0, 5).replace(':', '')}Z`;
  return `${root}${region}/${day.replaceAll('-', '/')}/${account}_CloudTrail_${region}_${stamp}`;
}

export const slotOf = (second: number) => Math.floor(second / SLOT_SECONDS) * SLOT_SECONDS;

/**
 * Bucket names, including those from before 2018, but not ARNs, so that nobody can point the function at an access point.
 * Source: Amazon S3 user guide, "General purpose bucket naming rules".
 */
export const BUCKET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$/;
