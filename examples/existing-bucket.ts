/** An existing trail's bucket, found by name, that sends S3 notifications; alerts by e-mail. */
import { App, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { RegionSweep } from 'regionsweep';

const app = new App();
const stack = new Stack(app, 'Security');

const trailBucket = Bucket.fromBucketName(stack, 'TrailBucket', 'company-trail');
const sweep = new RegionSweep(stack, 'RegionSweep', { trailBucket, rule: { minRegions: 8 } });
sweep.alerts.topic.addSubscription(new EmailSubscription('security@example.com'));
