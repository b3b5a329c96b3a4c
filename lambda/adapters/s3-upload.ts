import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { ObjectWriteError } from '../errors';
import { type ObjectRef, objectName } from '../ports';
import { S3_ADVICE } from './s3-advice';
import { type Advice, explain, faultOf } from './sdk-errors';

const DENIED = 'Allow s3:PutObject on the object to this identity';
const ADVICE: Advice = { ...S3_ADVICE, AccessDenied: DENIED, Forbidden: DENIED };

/**
 * Puts a gzip object, as CloudTrail does.
 * @throws ObjectWriteError
 */
export async function uploadObject(client: S3Client, object: ObjectRef, body: Uint8Array): Promise<void> {
  try {
    await client.send(
      new PutObjectCommand({
        Bucket: object.bucket,
        Key: object.key,
        Body: body,
        ContentType: 'application/json',
        ContentEncoding: 'gzip',
      }),
    );
  } catch (cause) {
    throw new ObjectWriteError(explain(`${objectName(object)} cannot be written`, faultOf(cause), ADVICE), {
      cause,
    });
  }
}
