import type { ListedKey, ObjectListing } from '../../ports';

/** List requests for one hit. */
export const MOST_LISTS = 40;
/** What one request lists at most; source: Amazon S3 API reference, ListObjectsV2. */
export const MOST_KEYS = 1000;
const MOST_FOLDERS = 100;

/** A listing that asks at most so often, and never twice for the same. */
export class Lists {
  private readonly known = new Map<string, Promise<unknown>>();
  private asked = 0;
  /** requests left */
  left = MOST_LISTS;

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
    this.left = MOST_LISTS;
  }

  /** @throws ObjectReadError */
  folders(bucket: string, prefix: string): Promise<readonly string[]> {
    return this.once(`${bucket}/${prefix}`, () => this.listing.folders(bucket, prefix, MOST_FOLDERS));
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
    return this.once(`${bucket}/${after}`, () =>
      this.listing.keys(bucket, prefix, after, MOST_KEYS, isEnough),
    );
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
