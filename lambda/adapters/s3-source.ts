import { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { ObjectGoneError, ObjectReadError } from '../errors';
import { type ObjectRef, type ObjectSource, objectName } from '../ports';
import { S3_ADVICE } from './s3-advice';
import { explain, faultOf } from './sdk-errors';

/** Objects of S3, streamed. A download that breaks is not resumed: the message that asked for it comes back. */
export class S3Source implements ObjectSource {
  constructor(private readonly client: S3Client) {}

  async *read(ref: ObjectRef): AsyncIterable<Uint8Array> {
    try {
      const { Body } = await this.client.send(new GetObjectCommand({ Bucket: ref.bucket, Key: ref.key }));
      // The SDK's type covers browsers too; in Node a body is always a stream.
      if (Body instanceof Readable) yield* Body as AsyncIterable<Uint8Array>;
    } catch (cause) {
      throw readError(ref, cause);
    }
  }
}

function readError(ref: ObjectRef, cause: unknown): ObjectReadError {
  const fault = faultOf(cause);
  const isBucketGone = fault.name === 'NoSuchBucket';
  const isGone = fault.status === 404 || fault.name === 'NoSuchKey' || fault.name === 'NotFound';
  if (isGone && !isBucketGone) {
    return new ObjectGoneError(`${objectName(ref)} is there no more: deleted, or moved by a lifecycle rule`, {
      cause,
    });
  }
  return new ObjectReadError(explain(`${objectName(ref)} cannot be read`, fault, S3_ADVICE), { cause });
}
