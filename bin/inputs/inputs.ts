import type { ClientSettings } from '../../lambda/adapters/aws';
import { filesystemListing } from '../../lambda/adapters/local/files';
import type { ObjectListing, ObjectSource } from '../../lambda/ports';
import type { Console } from '../cli/io';
import type { Amount } from '../cli/progress';
import { openLocalObjects } from './local';
import { distinctPlaces, type Found, isS3Path, type KeyFilter, parseS3Path } from './model';

/** The objects that the paths of a command line name, wherever they are, and where to read them. */
export interface TrailObjects {
  readonly source: ObjectSource;
  /** finds what lies beside them, for evidence */
  readonly listing: ObjectListing;
  /** whether some are in S3: farther away, and each request has its price */
  readonly isRemote: boolean;
  /** listings asked of S3 so far */
  readonly lists: () => number;
  find(): AsyncIterable<Found>;
  /** removes what was kept of standard input */
  [Symbol.asyncDispose](): Promise<void>;
}

/** @throws UsageError for an S3 path without a bucket */
export async function openObjects(
  paths: readonly string[],
  keyFilter: KeyFilter,
  settings: ClientSettings,
  console: Console,
): Promise<TrailObjects> {
  const places = distinctPlaces(paths.filter(isS3Path).map(parseS3Path));
  const remote = places.length === 0 ? undefined : openRemote()(places, keyFilter, settings, console);
  const local = await openLocalObjects(
    paths.filter((path) => !isS3Path(path)),
    keyFilter,
    console,
  );
  const findAll = async function* (): AsyncIterable<Found> {
    yield* local.find();
    if (remote !== undefined) yield* remote.find();
  };
  const listingOf = (bucket: string) => (bucket === '' ? filesystemListing : remote!.listing);
  return {
    source: {
      read: (ref) => (ref.bucket === '' ? local.source : remote!.source).read(ref),
      readSync: (ref) => (ref.bucket === '' ? local.source.readSync?.(ref) : undefined),
    },
    listing: {
      folders: (bucket, ...of) => listingOf(bucket).folders(bucket, ...of),
      keys: (bucket, ...of) => listingOf(bucket).keys(bucket, ...of),
    },
    isRemote: remote !== undefined,
    lists: () => remote?.requests.lists ?? 0,
    // To hand on each of them would take its time.
    find: remote === undefined ? local.find : findAll,
    [Symbol.asyncDispose]: () => local[Symbol.asyncDispose](),
  };
}

/** How much is to be read, by looking at all of it once; nothing is opened. */
export async function measure(objects: AsyncIterable<Found>): Promise<Amount> {
  let amount: Amount = { objects: 0, bytes: 0 };
  for await (const found of objects) {
    if (found.kind === 'log') amount = { objects: amount.objects + 1, bytes: amount.bytes + found.bytes };
  }
  return amount;
}

/** The SDK is loaded by whoever reads from S3, and by nobody else. */
function openRemote() {
  return (require('./s3') as typeof import('./s3')).openS3Objects;
}
