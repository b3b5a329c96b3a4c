import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { acknowledgeWildcard } from '../findings';

/**
 * Lets `reader` read the objects whose keys match `objects`, and list keys that match `listed`. S3 asks for listing
 * before it says that an object is missing (S3 API reference, GetObject: without it, 403 in place of 404), and
 * compares the key with the condition then.
 */
export function grantReadUnder(
  bucket: Pick<s3.IBucket, 'bucketArn' | 'arnForObjects'>,
  objects: string,
  listed: string,
  reader: iam.IRole,
): void {
  const resource = bucket.arnForObjects(objects);
  reader.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [resource] }));
  reader.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': listed } },
    }),
  );
  acknowledgeWildcard(
    reader,
    resource,
    'The wildcard stands in an object key. S3 has no narrower resource for objects that are yet to come.',
  );
}
