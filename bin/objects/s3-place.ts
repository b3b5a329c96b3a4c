import { UsageError } from '../../lambda/errors';
import { BUCKET_NAME } from '../../lambda/trail/bucket-name';

/** Where in S3 a path of the command line points. */
export interface S3Place {
  readonly bucket: string;
  /** what keys start with; need not end at a slash */
  readonly prefix: string;
}

const SCHEME = 's3://';

export function isS3Path(path: string): boolean {
  return path.startsWith(SCHEME);
}

/** @throws UsageError for a path without a bucket's name */
export function parseS3Path(path: string): S3Place {
  const rest = path.slice(SCHEME.length);
  const slash = rest.indexOf('/');
  const bucket = slash < 0 ? rest : rest.slice(0, slash);
  if (!BUCKET_NAME.test(bucket)) {
    throw new UsageError(`${path}: not a bucket's name after s3://; give s3://BUCKET or s3://BUCKET/PREFIX`);
  }
  return { bucket, prefix: slash < 0 ? '' : rest.slice(slash + 1) };
}

/** In the order of their keys, and none that lies within another: so no object is met twice. */
export function distinctPlaces(places: readonly S3Place[]): S3Place[] {
  const sorted = [...places].sort(
    (a, b) => compareBytes(a.bucket, b.bucket) || compareBytes(a.prefix, b.prefix),
  );
  const distinct: S3Place[] = [];
  for (const place of sorted) {
    const last = distinct.at(-1);
    const within = last?.bucket === place.bucket && place.prefix.startsWith(last.prefix);
    if (!within) distinct.push(place);
  }
  return distinct;
}

/** S3 lists keys in the order of their UTF-8 bytes, which is not the order of JavaScript's texts. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
