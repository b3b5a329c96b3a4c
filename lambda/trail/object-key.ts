import { formatInstant, parseInstant } from '../util/values';

/**
 * What an object key says of its object, before anything is downloaded. Source: AWS CloudTrail user guide, "Finding
 * your CloudTrail log files": `[prefix/]AWSLogs/[o-orgid/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/FILE.json.gz`.
 */

export type SkippedKind = 'digest' | 'insight' | 'aggregated' | 'other';

export type KeyKind =
  | { readonly kind: 'log'; readonly account: string; readonly region: string; readonly day: string }
  | { readonly kind: SkippedKind };

const TRAIL_KEY =
  /(?:^|\/)AWSLogs\/(?:o-[a-z0-9]{10,32}\/)?(\d{12})\/CloudTrail\/([a-z]{2,}(?:-[a-z]+)+-\d+)\/(\d{4}\/\d\d\/\d\d)\/[^/]+\.json\.gz$/;

const NO_LOG = /CloudTrail-(Digest|Insight|Aggregated)/i;

const ALL_NO_LOG = new RegExp(NO_LOG, 'gi');

/** Sorts a decoded S3 key. `day` is `YYYY/MM/DD` as in the key. */
export function classifyKey(key: string): KeyKind {
  const match = TRAIL_KEY.exec(key);
  if (match !== null && !NO_LOG.test(key.slice(match.index))) {
    return { kind: 'log', account: match[1]!, region: match[2]!, day: match[3]! };
  }
  return { kind: skippedKind(key) };
}

/** Local files are sorted by less: each `.json` or `.json.gz` is a log unless its path says otherwise. */
export function classifyPath(path: string): 'log' | SkippedKind {
  if (!/\.json(?:\.gz)?$/i.test(path)) return 'other';
  // Folders above the trail are the user's own, and may be named after anything.
  if (classifyKey(path).kind === 'log') return 'log';
  const kind = skippedKind(path);
  return kind === 'other' ? 'log' : kind;
}

function skippedKind(key: string): SkippedKind {
  // Folder and file name both carry the word; a prefix of the user's own may as well, so the last one decides.
  const words = key.match(ALL_NO_LOG);
  return words === null ? 'other' : (words.at(-1)!.slice('CloudTrail-'.length).toLowerCase() as SkippedKind);
}

/**
 * Where a file of a trail lies, by its key. Source: AWS CloudTrail user guide, "Finding your CloudTrail log files" and
 * "CloudTrail log file name format": `…/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_….json.gz`.
 */

export interface TrailFile {
  /** the key up to and with `CloudTrail/`: below it lies a folder for each region */
  readonly root: string;
  readonly account: string;
  readonly region: string;
  /** the time in the name, UTC epoch seconds: five minutes that its records end in, or shortly before */
  readonly slot: number;
}

/** Seconds from one file name's time to the next. */
export const SLOT_SECONDS = 300;

const NAMED_TIME = /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_[^/]*$/;

/** `undefined` for a key that no trail wrote. */
export function trailFileOf(key: string): TrailFile | undefined {
  const kind = classifyKey(key);
  const time = NAMED_TIME.exec(key);
  if (kind.kind !== 'log' || time === null) return undefined;
  const [, year, month, day, hour, minute] = time;
  const slot = parseInstant(`${year}-${month}-${day}T${hour}:${minute}:00Z`);
  if (slot === undefined) return undefined;
  const { account, region } = kind;
  return {
    root: key.slice(0, key.lastIndexOf(`/CloudTrail/${region}/`) + '/CloudTrail/'.length),
    account,
    region,
    slot,
  };
}

/** The key that every file of a region named at `second` or later comes behind, and every earlier one before. */
export function keyBefore(
  { root, account }: Pick<TrailFile, 'root' | 'account'>,
  region: string,
  second: number,
): string {
  const time = formatInstant(slotOf(second));
  const day = time.slice(0, 10).replaceAll('-', '/');
  const stamp = `${day.replaceAll('/', '')}T${time.slice(11, 16).replace(':', '')}Z`;
  return `${root}${region}/${day}/${account}_CloudTrail_${region}_${stamp}`;
}

export function slotOf(second: number): number {
  return Math.floor(second / SLOT_SECONDS) * SLOT_SECONDS;
}

/**
 * Bucket names, those from before 2018 included. An ARN is none, so that nobody can point the function at an access
 * point. Source: Amazon S3 user guide, "General purpose bucket naming rules".
 */
export const BUCKET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$/;
