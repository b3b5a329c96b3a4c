/** Objects in S3. Loaded when a path asks for it: the SDK takes longer to load than a small replay takes. */
import { type ClientSettings, s3Client } from '../../lambda/adapters/clients';
import { listObjects, listPrefixes } from '../../lambda/adapters/s3-list';
import { S3Listing } from '../../lambda/adapters/s3-listing';
import { countRequests } from '../../lambda/adapters/s3-requests';
import { S3Source } from '../../lambda/adapters/s3-source';
import { ObjectReadError } from '../../lambda/errors';
import type { ObjectListing, ObjectRef, ObjectSource } from '../../lambda/ports';
import { classifyKey } from '../../lambda/trail/object-key';
import type { Console } from '../console';
import type { Found } from './found';
import { objectsIn } from './listing';
import { isAskedFor, type Narrowing } from './narrowing';
import { compareBytes, type S3Place } from './s3-place';
import { rangesUnder } from './trail-walk';

export interface S3Objects {
  readonly source: ObjectSource;
  /** finds what lies beside what is asked for, for evidence */
  readonly listing: ObjectListing;
  /** listings asked for so far */
  readonly requests: { readonly lists: number };
  /** @param after what comes at or before this object is left out, without listing it */
  find(after?: ObjectRef): AsyncIterable<Found>;
}

/** @param places in the order of their keys, none within another */
export function openS3Objects(
  places: readonly S3Place[],
  narrowing: Narrowing,
  settings: ClientSettings,
  { env }: Pick<Console, 'env'>,
): S3Objects {
  const client = s3Client(settings, env);
  const requests = countRequests(client);
  async function* findIn({ bucket, prefix }: S3Place, after: string | undefined): AsyncIterable<Found> {
    const folders = (of: string) => listPrefixes(client, bucket, of);
    const ranges = rangesUnder(prefix, narrowing, folders);
    const list = (of: string, behind: string | undefined) => listObjects(client, bucket, of, behind);
    try {
      for await (const { key, bytes, lastModified } of objectsIn(ranges, list, after)) {
        const { kind } = classifyKey(key);
        if (kind !== 'log') yield { kind: 'passed-over', as: kind };
        else if (!isAskedFor(key, narrowing)) yield { kind: 'passed-over', as: 'not asked for' };
        else yield { kind: 'log', object: { bucket, key }, bytes, version: String(lastModified) };
      }
    } catch (error) {
      if (!(error instanceof ObjectReadError)) throw error;
      yield { kind: 'failure', error };
    }
  }
  return {
    source: new S3Source(client),
    listing: new S3Listing(client),
    requests,
    async *find(after) {
      for (const place of places) {
        const order = after === undefined ? 1 : compareBytes(place.bucket, after.bucket);
        if (order >= 0) yield* findIn(place, order === 0 ? after?.key : undefined);
      }
    },
  };
}
