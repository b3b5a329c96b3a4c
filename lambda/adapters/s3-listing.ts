import type { S3Client } from '@aws-sdk/client-s3';
import type { ListedKey, ObjectListing } from '../ports';
import { listObjects, listPrefixes } from './s3-list';

/** What lies in S3. Up to 1,000 answers are one request: the rest of a listing is not asked for. */
export class S3Listing implements ObjectListing {
  constructor(private readonly client: S3Client) {}

  async folders(bucket: string, prefix: string, most: number): Promise<string[]> {
    const names: string[] = [];
    for await (const folder of listPrefixes(this.client, bucket, prefix)) {
      names.push(folder.slice(prefix.length, -1));
      if (names.length === most) break;
    }
    return names;
  }

  async keys(
    bucket: string,
    prefix: string,
    after: string,
    most: number,
    isEnough: (key: string) => boolean = () => false,
  ): Promise<ListedKey[]> {
    const keys: ListedKey[] = [];
    for await (const { key, bytes } of listObjects(this.client, bucket, prefix, after)) {
      keys.push({ key, bytes });
      if (keys.length === most || isEnough(key)) break;
    }
    return keys;
  }
}
