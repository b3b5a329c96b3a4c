/**
 * What an object key says of its object, before anything is downloaded. Source: AWS CloudTrail user guide, "Finding
 * your CloudTrail log files": `[prefix/]AWSLogs/[o-orgid/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/FILE.json.gz`.
 */

export type PassedOverKind = 'digest' | 'insight' | 'aggregated' | 'other';

export type KeyKind =
  | { readonly kind: 'log'; readonly account: string; readonly region: string; readonly day: string }
  | { readonly kind: PassedOverKind };

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
  return { kind: passedOverKind(key) };
}

/** Local files are sorted by less: each `.json` or `.json.gz` is a log unless its path says otherwise. */
export function classifyPath(path: string): 'log' | PassedOverKind {
  if (!/\.json(?:\.gz)?$/i.test(path)) return 'other';
  // Folders above the trail are the user's own, and may be named after anything.
  if (classifyKey(path).kind === 'log') return 'log';
  const kind = passedOverKind(path);
  return kind === 'other' ? 'log' : kind;
}

function passedOverKind(key: string): PassedOverKind {
  // Folder and file name both carry the word; a prefix of the user's own may as well, so the last one decides.
  const words = key.match(ALL_NO_LOG);
  return words === null
    ? 'other'
    : (words.at(-1)!.slice('CloudTrail-'.length).toLowerCase() as PassedOverKind);
}
