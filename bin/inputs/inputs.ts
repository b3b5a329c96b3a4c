import { setImmediate } from 'node:timers/promises';
import type { ObjectListing, ObjectRef } from '../../lambda/ports';
import type { Console } from '../cli/io';
import type { Amount } from '../cli/progress';
import { openLocalObjects } from './local';
import { distinctUris, type InputObject, isS3Uri, parseS3Uri, type TrailPaths } from './model';

export type TrailObjects = Awaited<ReturnType<typeof openObjects>>;

/**
 * The objects that a command line's paths select, local or in S3.
 * @throws UsageError for an S3 path without a bucket
 */
export async function openObjects({ paths, keyFilter, eventHistory, client }: TrailPaths, console: Console) {
  const uris = distinctUris(paths.filter(isS3Uri).map(parseS3Uri));
  // Loads the SDK.
  const s3 = uris.length === 0 ? undefined : await import('./s3.js');
  const remote = s3?.openS3Objects(uris, keyFilter, client, console);
  const lookUp = eventHistory === true ? await import('./event-history.js') : undefined;
  const history = await lookUp?.openEventHistory(keyFilter, client, console);
  const local = await openLocalObjects(
    paths.filter((path) => !isS3Uri(path)),
    keyFilter,
    console,
    history?.streams,
  );
  const listingOf = (bucket: string) => (bucket === '' ? local.listing : remote!.listing);
  return {
    source: { read: (ref: ObjectRef) => (ref.bucket === '' ? local.source : remote!.source).read(ref) },
    // Lists any objects, for evidence.
    listing: {
      folders: (bucket, ...args) => listingOf(bucket).folders(bucket, ...args),
      keys: (bucket, ...args) => listingOf(bucket).keys(bucket, ...args),
    } satisfies ObjectListing,
    /** whether some are in S3, where requests are slow and charged */
    isRemote: remote !== undefined || history !== undefined,
    /** number of S3 list requests so far */
    listRequests: () => remote?.requests.lists ?? 0,
    local: local.list,
    async *remote(): AsyncGenerator<InputObject> {
      yield* history?.inputs ?? [];
      if (remote !== undefined) yield* remote.list();
    },
    /** text for the progress, if objects and bytes do not show it */
    progress: history?.progress,
    /** text for the summary about their origin */
    notes: history?.notes,
    /** removes temporary copies */
    [Symbol.asyncDispose]: local[Symbol.asyncDispose],
  };
}

/** Files listed between two pauses for other work of the process. */
const FILES_AT_A_TIME = 256;

export async function* listAll(objects: TrailObjects): AsyncIterable<InputObject> {
  let count = 0;
  for (const input of objects.local()) {
    yield input;
    count += 1;
    if (count % FILES_AT_A_TIME === 0) await setImmediate();
  }
  yield* objects.remote();
}

/** Number and size of log files, by listing only; stops early once `isOver`. */
export async function measure(inputs: AsyncIterable<InputObject>, isOver: () => boolean): Promise<Amount> {
  let [objects, bytes] = [0, 0];
  for await (const input of inputs) {
    if (isOver()) break;
    if (input.kind === 'log') [objects, bytes] = [objects + 1, bytes + input.bytes];
  }
  return { objects, bytes };
}
