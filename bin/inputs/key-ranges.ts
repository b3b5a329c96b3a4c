/**
 * The key ranges of a bucket to list for a key filter. Source: AWS CloudTrail user guide, "Finding your CloudTrail log
 * files": `[prefix/]AWSLogs/[o-orgid/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/FILE.json.gz`. Each level is listed by folder,
 * and only selected folders are entered, so that one account's day in an organization takes few requests.
 */

import { UsageError } from '../../lambda/errors';
import { classifyKey } from '../../lambda/trail/object-key';
import { compareUtf8 } from '../../lambda/util/values';
import { dayOf, daysOf, isNarrow, type KeyFilter } from './model';

/** Keys that start with `prefix`, after `after` and before `before`. */
export interface KeyRange {
  readonly prefix: string;
  readonly after?: string;
  readonly before?: string;
}

const DAY_SECONDS = 86_400;

/** Most days that are listed one by one; more are one listing with bounds. */
const MAX_DAYS = 31;

/** Most folders in which to search for `AWSLogs/`. */
const MAX_FOLDERS_ABOVE = 200;

const FILE_NAME = /\.(?:json|jsonl|ndjson|log|txt|gz)$/i;

const ORGANIZATION = /^o-[a-z0-9]{10,32}$/;

const ACCOUNT = /^\d{12}$/;

/**
 * The ranges under a prefix, in the order of the keys.
 * @param listFolders yields the folders directly under a folder that match the rest of the prefix; each ends in `/`
 * @throws UsageError if the trail is too deep below the prefix
 */
export async function* rangesUnder(
  prefix: string,
  keyFilter: KeyFilter,
  listFolders: (prefix: string) => AsyncIterable<string>,
): AsyncIterable<KeyRange> {
  // A single object's key may have any layout.
  if (!isNarrow(keyFilter) || (FILE_NAME.test(prefix) && classifyKey(prefix).kind !== 'log')) {
    yield { prefix };
    return;
  }
  const { accounts, regions } = keyFilter;
  // The folders to enter at each level; if unknown, a listing shows them, such as an organization's folder at the top.
  const names = { above: undefined, top: undefined, organization: accounts, account: ['CloudTrail'], trail: regions };
  let foldersAbove = 0;

  async function* under(folder: string): AsyncIterable<KeyRange> {
    const level = levelOf(folder);
    if (level === undefined || !isIncluded(level.account, accounts) || !isIncluded(level.region, regions)) return;
    if (level.kind === 'region') {
      for (const range of daysIn(level.folder, keyFilter)) {
        if (isCompatible(range.prefix)) yield { ...range, prefix: within(range.prefix) };
      }
      return;
    }
    for await (const child of childrenOf(folder, names[level.kind])) {
      // Only `AWSLogs/` marks the start of a trail.
      if (level.kind === 'above') foldersAbove += 1;
      if (foldersAbove > MAX_FOLDERS_ABOVE) throw new UsageError(noTrailUnder(prefix));
      yield* under(child);
    }
  }

  async function* childrenOf(folder: string, known: readonly string[] | undefined): AsyncIterable<string> {
    if (known === undefined) yield* listFolders(within(folder));
    else
      yield* [...new Set(known)]
        .map((name) => `${folder}${name}/`)
        .sort(compareUtf8)
        .filter(isCompatible);
  }

  function isCompatible(folder: string): boolean {
    return folder.startsWith(prefix) || prefix.startsWith(folder);
  }

  /** The user's prefix, if it is within the folder. */
  function within(folder: string): string {
    return prefix.startsWith(folder) ? prefix : folder;
  }

  yield* under(prefix.slice(0, prefix.lastIndexOf('/') + 1));
}

function isIncluded(name: string | undefined, names: readonly string[] | undefined): boolean {
  return name === undefined || (names?.includes(name) ?? true);
}

function noTrailUnder(prefix: string): string {
  return `more than ${MAX_FOLDERS_ABOVE} folders under ${prefix === '' ? 'the bucket' : prefix} and no trail yet: give the prefix that AWSLogs/ lies in`;
}

function daysIn(folder: string, keyFilter: KeyFilter): KeyRange[] {
  const { first, last } = daysOf(keyFilter);
  if (keyFilter.since !== undefined && last !== undefined) {
    const days: KeyRange[] = [];
    for (let second = keyFilter.since; dayOf(second) <= last && days.length <= MAX_DAYS; second += DAY_SECONDS) {
      days.push({ prefix: `${folder}${dayOf(second)}/` });
    }
    if (days.length <= MAX_DAYS) return days;
  }
  return [
    {
      prefix: folder,
      ...(first === undefined ? {} : { after: `${folder}${first}/` }),
      // `0` follows `/`: it sorts after the last day's keys and before the next day's.
      ...(last === undefined ? {} : { before: `${folder}${last}0` }),
    },
  ];
}

interface Level {
  readonly kind: 'above' | 'top' | 'organization' | 'account' | 'trail' | 'region';
  readonly account?: string;
  readonly region?: string;
  /** the folder itself, or the region's folder above it */
  readonly folder: string;
}

/** The level of a folder in the usual layout, if it has it; the last `AWSLogs/` counts. */
function levelOf(folder: string): Level | undefined {
  const above = /^(?:.*\/)?AWSLogs\//s.exec(folder)?.[0];
  if (above === undefined) return { kind: 'above', folder };
  const names = folder.slice(above.length).split('/').slice(0, -1);
  const organization = ORGANIZATION.test(names[0] ?? '') ? names.shift() : undefined;
  const [account, service, region] = names;
  if (account === undefined) return { kind: organization === undefined ? 'top' : 'organization', folder };
  if (!ACCOUNT.test(account) || (service ?? 'CloudTrail') !== 'CloudTrail') return undefined;
  if (service === undefined) return { kind: 'account', account, folder };
  if (region === undefined) return { kind: 'trail', account, folder };
  const owner = organization === undefined ? account : `${organization}/${account}`;
  return { kind: 'region', account, region, folder: `${above}${owner}/${service}/${region}/` };
}
