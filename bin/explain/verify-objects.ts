import { createHash } from 'node:crypto';
import { AbandonedError, InflateError, ObjectGoneError, RegionsweepError, ServiceError } from '../../lambda/errors';
import { type ListedKey, type ObjectListing, type ObjectRef, objectName } from '../../lambda/ports';
import { type InflateOptions, inflateObject } from '../../lambda/trail/object-bytes';
import { SLOT_SECONDS, type TrailFile, trailFileOf } from '../../lambda/trail/object-key';
import { getOrInsert, parseInstant } from '../../lambda/util/values';
import { unlessInterrupted } from '../cli/interruption';
import { dayOf } from '../inputs/model';
import { type Digest, linkFault, type PublicKey, readDigest, type StoredDigest } from './digest';

export interface DigestAccess extends InflateOptions {
  readonly listing: ObjectListing;
  /** @throws ObjectReadError */
  readonly readStored: (object: ObjectRef) => Promise<StoredDigest>;
  /** The keys that may have signed in a region and interval, UTC epoch seconds. @throws ServiceError */
  readonly publicKeys: (region: string, from: number, until: number) => Promise<readonly PublicKey[]>;
}

export interface Verified {
  readonly object: ObjectRef;
  readonly verdict: 'signed' | 'changed' | 'not covered';
  /** the digest, or why there is no valid one */
  readonly reason: string;
}

export interface Verification {
  readonly objects: readonly Verified[];
  /** breaks in the chain of digests around them, which may mean deleted digests */
  readonly broken: readonly string[];
}

/** Seconds in which to search: a digest covers an hour, log files arrive within minutes, and both may be late. */
const SEARCH_SECONDS = 4 * 3600;

const DAY_SECONDS = 86_400;

/** A trail has 24 digests a day. */
const MAX_DIGESTS_A_DAY = 1000;

/**
 * Compares objects with their digests, until Ctrl-C.
 * @throws ServiceError if public keys cannot be read
 */
export async function verifyObjects(
  objects: readonly ObjectRef[],
  access: DigestAccess,
  interrupted: AbortSignal,
): Promise<Verification> {
  const digests = new DigestReader(access);
  const broken = new Set<string>();
  const verified: Verified[] = [];
  const verify = async (object: ObjectRef): Promise<Verified> => {
    const digest = await digests.findFor(object);
    if (typeof digest === 'string') return { object, verdict: 'not covered', reason: digest };
    for (const fault of await digests.faultsAround(digest)) broken.add(fault);
    return compare(object, digest, access);
  };
  for (const object of objects) {
    const one = await unlessInterrupted(() => verify(object), interrupted).catch((error: unknown): Verified => {
      if (!(error instanceof AbandonedError)) throw error;
      return { object, verdict: 'not covered', reason: 'not compared: Ctrl-C' };
    });
    verified.push(one);
  }
  return { objects: verified, broken: [...broken] };
}

async function compare(object: ObjectRef, digest: Digest, options: InflateOptions): Promise<Verified> {
  const hash = createHash('sha256');
  try {
    await inflateObject(object, options, (piece) => hash.update(piece));
  } catch (error) {
    if (!(error instanceof RegionsweepError)) throw error;
    const isGone = error instanceof ObjectGoneError;
    const verdict = isGone || error instanceof InflateError ? 'changed' : 'not covered';
    return { object, verdict, reason: error.message };
  }
  const isSame = hash.digest('hex') === digest.logs.get(objectName(object));
  const name = objectName(digest.object);
  return isSame
    ? { object, verdict: 'signed', reason: name }
    : { object, verdict: 'changed', reason: `it is not what ${name} says` };
}

/** Reads each digest, and each listing, once. */
class DigestReader {
  private readonly lists = new Map<string, Promise<readonly ListedKey[]>>();
  private readonly read = new Map<string, Promise<Digest | string | undefined>>();
  private readonly keys = new Map<string, Promise<readonly PublicKey[]>>();

  constructor(private readonly access: DigestAccess) {}

  /** The digest of an object, or why there is none. */
  async findFor(object: ObjectRef): Promise<Digest | string> {
    const file = trailFileOf(object.key);
    if (file === undefined) return 'its key is not of a trail';
    const faults: string[] = [];
    const [from, until] = [file.slot - SLOT_SECONDS, file.slot + SEARCH_SECONDS];
    for (const key of await this.candidates(object.bucket, file, from, until)) {
      const digest = await this.digest({ bucket: object.bucket, key });
      if (typeof digest === 'string') faults.push(digest);
      else if (digest?.logs.has(objectName(object))) return digest;
    }
    return faults[0] ?? 'no digest names it: is log file validation on, and an hour over?';
  }

  /** Breaks between a digest and its neighbours. */
  async faultsAround(digest: Digest): Promise<string[]> {
    const before = digest.previous === undefined ? undefined : await this.digest(digest.previous.object);
    const faults = [linkFault(before, digest)];
    const file = digestFileOf(digest.object.key);
    const later = await this.candidates(digest.object.bucket, file, file.slot + 1, file.slot + SEARCH_SECONDS);
    for (const key of later.filter((one) => digestFileOf(one).trail === file.trail).slice(0, 1)) {
      const next = await this.digest({ bucket: digest.object.bucket, key });
      if (typeof next === 'string') faults.push(next);
      else if (next?.previous !== undefined) faults.push(linkFault(await this.digest(next.previous.object), next));
    }
    return faults.filter((fault) => fault !== undefined);
  }

  /** Keys of a region's digests that end in an interval, by time. */
  private async candidates(bucket: string, file: Pick<TrailFile, 'root' | 'region'>, from: number, until: number) {
    const folder = `${file.root.replace(/CloudTrail(?:-Digest)?\/$/, 'CloudTrail-Digest/')}${file.region}/`;
    const keys: string[] = [];
    for (const day of new Set([from, until].map(dayOf))) {
      const prefix = `${folder}${day}/`;
      const list = () => this.access.listing.keys(bucket, prefix, { after: '', limit: MAX_DIGESTS_A_DAY });
      for (const { key } of await getOrInsert(this.lists, `${bucket}/${prefix}`, list)) keys.push(key);
    }
    const isWithin = (key: string) => digestFileOf(key).slot >= from && digestFileOf(key).slot <= until;
    return keys.filter(isWithin).sort((a, b) => digestFileOf(a).slot - digestFileOf(b).slot);
  }

  /** The digest; `undefined` if it does not exist; a text if it is invalid. */
  private digest(object: ObjectRef): Promise<Digest | string | undefined> {
    return getOrInsert(this.read, objectName(object), async () => {
      try {
        const { region, slot } = digestFileOf(object.key);
        const day = slot - (slot % DAY_SECONDS);
        const range = [region, day - DAY_SECONDS, day + 2 * DAY_SECONDS] as const;
        const keys = await getOrInsert(this.keys, range.join(), () => this.access.publicKeys(...range));
        return readDigest(await this.access.readStored(object), keys);
      } catch (error) {
        if (error instanceof ObjectGoneError) return undefined;
        if (error instanceof RegionsweepError && !(error instanceof ServiceError)) return error.message;
        throw error;
      }
    });
  }
}

/** `…/CloudTrail-Digest/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail-Digest_REGION_TRAIL_HOME_YYYYMMDDTHHMMSSZ.json.gz` */
const DIGEST_KEY =
  /^(.*CloudTrail-Digest\/)([^/]+)\/\d{4}\/\d\d\/\d\d\/[^/]*_CloudTrail-Digest_([^/]+)_(\d{8}T\d{6}Z)[^/]*$/;

/** The parts of a digest's key; `slot` is the UTC epoch second of its end, NaN for other keys. */
function digestFileOf(key: string) {
  const [, root = '', region = '', trail = '', time = ''] = DIGEST_KEY.exec(key) ?? [];
  const instant = time.replace(/^(....)(..)(..)T(..)(..)/, '$1-$2-$3T$4:$5:');
  return { root, region, trail, slot: parseInstant(instant) ?? Number.NaN };
}
