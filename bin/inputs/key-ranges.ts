/**
 * Where in a bucket to look for what is asked of a trail. Source: AWS CloudTrail user guide, "Finding your CloudTrail
 * log files": `[prefix/]AWSLogs/[o-orgid/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/FILE.json.gz`. Each level is listed by
 * folder and only what is asked for is entered, so that a year of an organisation costs a few listings, not all of them.
 */

import { UsageError } from '../../lambda/errors';
import { compareBytes, dayOf, daysOf, isNarrow, type KeyFilter } from './model';

/** Keys to list: those that start with `prefix`, come behind `after` and before `before`. */
export interface KeyRange {
  readonly prefix: string;
  readonly after?: string;
  readonly before?: string;
}

/** The folders right under a folder, or those among them that start with the rest of the prefix; each ends in a slash. */
export type ListFolders = (prefix: string) => AsyncIterable<string>;

const DAY_SECONDS = 86_400;

/** Up to so many days each is listed by itself; more are one listing that begins and ends among the keys. */
const MAX_DAYS = 31;

/** Folders above `AWSLogs/` that are looked into before it is the user's turn to say where the trail is. */
const MAX_FOLDERS_ABOVE = 200;

const ORGANIZATION = /^o-[a-z0-9]{10,32}$/;

const ACCOUNT = /^\d{12}$/;

/**
 * What to list of a place, in the order of the keys.
 * @throws UsageError where the trail lies too deep below the prefix
 */
export async function* rangesUnder(
  prefix: string,
  keyFilter: KeyFilter,
  folders: ListFolders,
): AsyncIterable<KeyRange> {
  if (isNarrow(keyFilter)) yield* new KeyRanges(prefix, keyFilter, folders).all();
  else yield { prefix };
}

class KeyRanges {
  private foldersAbove = 0;

  constructor(
    private readonly prefix: string,
    private readonly keyFilter: KeyFilter,
    private readonly listFolders: ListFolders,
  ) {}

  all(): AsyncIterable<KeyRange> {
    return this.under(this.prefix.slice(0, this.prefix.lastIndexOf('/') + 1));
  }

  private async *under(folder: string): AsyncIterable<KeyRange> {
    const level = levelOf(folder);
    if (!this.isAskedFor(level)) return;
    switch (level.kind) {
      case 'above':
        yield* this.above(folder);
        break;
      case 'top':
      case 'organization':
        // At the top there may be an organization's folder, whose name nobody knows before it is listed.
        yield* this.within(this.children(folder, level.kind === 'top' ? undefined : this.keyFilter.accounts));
        break;
      case 'account':
        yield* this.within(this.children(folder, ['CloudTrail']));
        break;
      case 'trail':
        yield* this.within(this.children(folder, this.keyFilter.regions));
        break;
      case 'region':
        yield* this.ofRegion(level.folder);
        break;
      case 'elsewhere':
        break;
    }
  }

  private isAskedFor({ account, region }: Level): boolean {
    const { accounts, regions } = this.keyFilter;
    const isWanted = (name: string | undefined, names: readonly string[] | undefined) =>
      name === undefined || (names?.includes(name) ?? true);
    return isWanted(account, accounts) && isWanted(region, regions);
  }

  private async *within(folders: AsyncIterable<string>): AsyncIterable<KeyRange> {
    for await (const folder of folders) yield* this.under(folder);
  }

  /** Nothing but `AWSLogs/` says where a trail begins. */
  private async *above(folder: string): AsyncIterable<KeyRange> {
    for await (const child of this.children(folder, undefined)) {
      this.foldersAbove += 1;
      if (this.foldersAbove > MAX_FOLDERS_ABOVE) {
        throw new UsageError(
          `no end of folders under ${this.prefix === '' ? 'the whole bucket' : this.prefix} that are no trail: give the prefix that AWSLogs/ lies in`,
        );
      }
      yield* this.under(child);
    }
  }

  /** By name where the names are known, else as they are listed. */
  private async *children(folder: string, names: readonly string[] | undefined): AsyncIterable<string> {
    if (names === undefined) {
      yield* this.listFolders(this.prefix.startsWith(folder) ? this.prefix : folder);
      return;
    }
    const known = [...new Set(names)].map((name) => `${folder}${name}/`).sort(compareBytes);
    yield* known.filter((child) => this.isCompatible(child));
  }

  private *ofRegion(folder: string): Iterable<KeyRange> {
    const { first, last } = daysOf(this.keyFilter);
    const days = this.days();
    if (days !== undefined) {
      for (const day of days) {
        const of = `${folder}${day}/`;
        if (this.isCompatible(of)) yield { prefix: this.narrower(of) };
      }
      return;
    }
    yield {
      prefix: this.narrower(folder),
      ...(first === undefined ? {} : { after: `${folder}${first}/` }),
      // The last day's own keys come before this, and those of the next one do not: `0` follows `/`.
      ...(last === undefined ? {} : { before: `${folder}${last}0` }),
    };
  }

  /** Each day, where they are few. */
  private days(): string[] | undefined {
    const { since } = this.keyFilter;
    const { last } = daysOf(this.keyFilter);
    if (since === undefined || last === undefined) return undefined;
    const days: string[] = [];
    for (let second = since; days.length <= MAX_DAYS; second += DAY_SECONDS) {
      const day = dayOf(second);
      if (day > last) return days;
      days.push(day);
    }
    return undefined;
  }

  private isCompatible(folder: string): boolean {
    return folder.startsWith(this.prefix) || this.prefix.startsWith(folder);
  }

  /** The user's prefix, where that lies within. */
  private narrower(folder: string): string {
    return this.prefix.startsWith(folder) ? this.prefix : folder;
  }
}

interface Level {
  readonly kind: 'above' | 'top' | 'organization' | 'account' | 'trail' | 'region' | 'elsewhere';
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  /** the folder itself, or the region's where that lies above */
  readonly folder: string;
}

/** How far down the usual layout a folder lies; of several `AWSLogs/` in it the last counts. */
function levelOf(folder: string): Level {
  const above = /^(?:.*\/)?AWSLogs\//s.exec(folder)?.[0];
  if (above === undefined) return { kind: 'above', folder };
  const names = folder.slice(above.length).split('/').slice(0, -1);
  const organization = ORGANIZATION.test(names[0] ?? '') ? names.shift() : undefined;
  const [account, service, region] = names;
  if (account === undefined) return { kind: organization === undefined ? 'top' : 'organization', folder };
  const isTrail = ACCOUNT.test(account) && (service ?? 'CloudTrail') === 'CloudTrail';
  if (!isTrail) return { kind: 'elsewhere', folder };
  if (service === undefined) return { kind: 'account', account, folder };
  if (region === undefined) return { kind: 'trail', account, folder };
  const owner = organization === undefined ? account : `${organization}/${account}`;
  return { kind: 'region', account, region, folder: `${above}${owner}/${service}/${region}/` };
}
