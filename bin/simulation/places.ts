import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { uploadObject } from '../../lambda/adapters/s3-upload';
import { ObjectWriteError, reasonOf } from '../../lambda/errors';
import type { ObjectRef } from '../../lambda/ports';
import type { S3Place } from '../objects/s3-place';

/** Where the objects of a simulated trail go. Gives each one's name there. */
export type TrailPlace = (key: string, body: Uint8Array) => Promise<ObjectRef>;

export function inFolder(folder: string): TrailPlace {
  return async (key, body) => {
    const file = join(folder, key);
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, body);
    } catch (cause) {
      throw new ObjectWriteError(`${file}: cannot be written: ${reasonOf(cause)}`, { cause });
    }
    return { bucket: '', key: file };
  };
}

export function inBucket(client: S3Client, { bucket, prefix }: S3Place): TrailPlace {
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  return async (key, body) => {
    const object = { bucket, key: `${folder}${key}` };
    await uploadObject(client, object, body);
    return object;
  };
}
