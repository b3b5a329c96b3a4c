/**
 * Where in a bucket to look for what is asked of a trail. Source: AWS CloudTrail user guide, "Finding your CloudTrail
 * log files": `[prefix/]AWSLogs/[o-orgid/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/FILE.json.gz`. Each level is listed by
 * folder and only what is asked for is entered, so that a year of an organisation costs a few listings, not all of them.
 */
import { UsageError } from '../../lambda/errors';
import { dayOf, daysOf, isNarrow, type Narrowing } from './narrowing';
import { compareBytes } from './s3-place';

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
const MOST_DAYS = 31;
/** Folders above `AWSLogs/` that are looked into before it is the user's turn to say where the trail is. */
const MOST_FOLDERS_ABOVE = 200;

const ORGANIZATION = /^o-[a-z0-9]{10,32}$/;
const ACCOUNT = /^\d{12}$/;

/**
 * What to list of a place, in the order of the keys.
 * @param now UTC epoch second
 * @throws UsageError where the trail lies too deep below the prefix
 */
export async function* rangesUnder(
  prefix: string,
  narrowing: Narrowing,
  folders: ListFolders,
  now: number,
): AsyncIterable<KeyRange> {
  if (isNarrow(narrowing)) yield* new TrailWalk(prefix, narrowing, folders, now).all();
  else yield { prefix };
}

class TrailWalk {
  private foldersAbove = 0;

  constructor(
    private readonly prefix: string,
    private readonly narrowing: Narrowing,
    private readonly listFolders: ListFolders,
    private readonly now: number,
  ) {}

  all(): AsyncIterable<KeyRange> {
    return this.under(this.prefix.slice(0, this.prefix.lastIndexOf('/') + 1));
  }

  private async *under(folder: string): AsyncIterable<KeyRange> {
    const level = levelOf(folder);
    switch (level.kind) {
      case 'above':
        yield* this.above(folder);
        break;
      case 'accounts':
        for await (const child of this.children(folder, this.accountsIn(level))) {
          const name = nameOf(child);
          const isEntered = ORGANIZATION.test(name) ? !level.inOrganization : this.isAccountAskedFor(name);
          if (isEntered) yield* this.under(child);
        }
        break;
      case 'services':
        yield* this.within(`${folder}CloudTrail/`);
        break;
      case 'regions':
        for await (const child of this.children(folder, this.narrowing.regions)) yield* this.within(child);
        break;
      case 'region':
        yield* this.ofRegion(level.folder);
        break;
      case 'elsewhere':
        break;
    }
  }

  /** Nothing but `AWSLogs/` says where a trail begins. */
  private async *above(folder: string): AsyncIterable<KeyRange> {
    for await (const child of this.children(folder, undefined)) {
      this.foldersAbove += 1;
      if (this.foldersAbove > MOST_FOLDERS_ABOVE) {
        throw new UsageError(
          `no end of folders under ${this.prefix === '' ? 'the whole bucket' : this.prefix} that are no trail: give the prefix that AWSLogs/ lies in`,
        );
      }
      yield* this.under(child);
    }
  }

  private accountsIn({
    inOrganization,
  }: {
    readonly inOrganization: boolean;
  }): readonly string[] | undefined {
    // At the top there may be an organization's folder, whose name nobody knows before it is listed.
    return inOrganization ? this.narrowing.accounts : undefined;
  }

  private isAccountAskedFor(name: string): boolean {
    return ACCOUNT.test(name) && (this.narrowing.accounts?.includes(name) ?? true);
  }

  private async *within(folder: string): AsyncIterable<KeyRange> {
    if (this.isCompatible(folder)) yield* this.under(folder);
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
    const { first, last } = daysOf(this.narrowing);
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
    const { since, until } = this.narrowing;
    if (since === undefined) return undefined;
    const { last } = daysOf({ until: until ?? this.now });
    const days: string[] = [];
    for (let second = since; days.length <= MOST_DAYS; second += DAY_SECONDS) {
      const day = dayOf(second);
      if (day > last!) return days;
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

type Level =
  | { readonly kind: 'above' | 'services' | 'regions' | 'elsewhere' }
  | { readonly kind: 'accounts'; readonly inOrganization: boolean }
  /** `folder` is the region's, also where the given one lay further down */
  | { readonly kind: 'region'; readonly folder: string };

/** How far down the usual layout a folder lies; of several `AWSLogs/` in it the last counts. */
function levelOf(folder: string): Level {
  const above = /^(?:.*\/)?AWSLogs\//.exec(folder)?.[0];
  if (above === undefined) return { kind: 'above' };
  const names = folder.slice(above.length).split('/').slice(0, -1);
  const inOrganization = ORGANIZATION.test(names[0] ?? '');
  const [account, service, region] = inOrganization ? names.slice(1) : names;
  if (account === undefined) return { kind: 'accounts', inOrganization };
  if (!ACCOUNT.test(account)) return { kind: 'elsewhere' };
  if (service === undefined) return { kind: 'services' };
  if (service !== 'CloudTrail') return { kind: 'elsewhere' };
  if (region === undefined) return { kind: 'regions' };
  return {
    kind: 'region',
    folder: `${above}${names.slice(0, inOrganization ? 4 : 3).join('/')}/`,
  };
}

function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf('/', folder.length - 2) + 1, -1);
}
