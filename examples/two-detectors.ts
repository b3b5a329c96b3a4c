/** Two detectors on one bucket through EventBridge: one for each session, one for all sessions of a role. */
import { App, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { bucketEvents, RegionSweep } from 'regionsweep';

const app = new App();
const stack = new Stack(app, 'Security');

const bucket = Bucket.fromBucketName(stack, 'TrailBucket', 'company-trail');
const bySession = new RegionSweep(stack, 'BySession', { source: bucketEvents({ bucket }) });
new RegionSweep(stack, 'ByRole', {
  detector: 'by-role',
  source: bucketEvents({ bucket }),
  rule: { groupBy: 'issuer', windowing: 'sliding', windowSeconds: 120 },
  alarmTopic: bySession.alerts.topic,
});
