/** A trail and its encrypted bucket in the same stack; known calls are not counted, alerts go to Slack. */
import { App, Stack } from 'aws-cdk-lib';
import { Trail } from 'aws-cdk-lib/aws-cloudtrail';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { RegionSweep } from 'regionsweep';

const app = new App();
const stack = new Stack(app, 'Security');

const encryptionKey = new Key(stack, 'Key', { enableKeyRotation: true });
const trailBucket = new Bucket(stack, 'Logs', { encryption: BucketEncryption.KMS, encryptionKey, enforceSSL: true });
new Trail(stack, 'Trail', { bucket: trailBucket, encryptionKey });

new RegionSweep(stack, 'RegionSweep', {
  trailBucket,
  exceptions: {
    entries: [
      {
        arn: 'arn:aws:sts::111122223333:assumed-role/inventory/*',
        source: '192.0.2.0/24',
        reason: 'nightly inventory of all regions',
        owner: 'platform team',
        expires: '2027-12-31',
      },
    ],
  },
  slack: { workspaceId: 'T0123456789', channelId: 'C0123456789' },
});
