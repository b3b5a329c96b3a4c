/** An organization trail whose bucket notifies a topic: a queue for the SIEM, alarms to whoever is on call, own graphs. */
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Alarm, Dashboard, GraphWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { RegionSweep, topicNotices } from 'regionsweep';

const app = new App();
const stack = new Stack(app, 'Security', { env: { account: '111122223333', region: 'eu-west-1' } });

const sweep = new RegionSweep(stack, 'RegionSweep', {
  source: topicNotices({
    bucket: Bucket.fromBucketName(stack, 'TrailBucket', 'organization-trail'),
    topic: Topic.fromTopicArn(stack, 'Notices', 'arn:aws:sns:eu-west-1:111122223333:trail-objects'),
    organizationId: 'o-a1b2c3d4e5',
  }),
  pipeline: { memoryMiB: 2048, maxConcurrency: 20 },
  silence: Duration.minutes(30),
});

sweep.alerts.topic.addSubscription(
  new SqsSubscription(new Queue(stack, 'Siem', { enforceSSL: true }), {
    rawMessageDelivery: true,
    filterPolicy: { kind: SubscriptionFilter.stringFilter({ allowlist: ['alert'] }) },
  }),
);

const onCall = Topic.fromTopicArn(stack, 'OnCall', 'arn:aws:sns:eu-west-1:111122223333:on-call');
sweep.alarms.silence?.addAlarmAction(new SnsAction(onCall));
new Alarm(stack, 'ManyAlerts', {
  metric: sweep.metricAlerts({ period: Duration.hours(1) }),
  threshold: 20,
  evaluationPeriods: 1,
}).addAlarmAction(new SnsAction(onCall));

new Dashboard(stack, 'Security', {
  widgets: [[new GraphWidget({ left: [sweep.metricAlerts()], right: [sweep.metricDetectionLag()] })]],
});
