import { Duration, Fn, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import {
  AlertTopic,
  bucketEvents,
  bucketNotifications,
  ConfigurationError,
  newTrail,
  RegionSweep,
  type RegionSweepProps,
  topicNotices,
} from '../../../lib';
import { expectLines, foreignApp, formOf, quietly, violationsIn } from '../support';

const security = () => new Stack(foreignApp(), 'Security');

const imported = (scope: Stack) => s3.Bucket.fromBucketName(scope, 'Bucket', 'company-trail');

/** What the role of a detector may decrypt with. */
const decrypts = (stack: Stack, id: string) =>
  formOf(stack)
    .form.get(`AWS::IAM::Policy ${id}DetectorRoleDefaultPolicy`)!
    .flatMap((line) => /Allow kms:Decrypt on (.*)/.exec(line)?.[1] ?? []);

describe('in another app', () => {
  it('watches the bucket it is given, whatever the app’s feature flags', () => {
    const stack = security();
    new RegionSweep(stack, 'RegionSweep', { trailBucket: imported(stack) });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Lambda::Function', { Runtime: 'nodejs24.x' });
    template.hasResourceProperties('Custom::S3BucketNotifications', { BucketName: 'company-trail' });
    expect(template.findOutputs('*')).toEqual({});
  });

  it('creates a trail when it is given nothing', () => {
    const stack = security();
    new RegionSweep(stack, 'RegionSweep');
    Template.fromStack(stack).resourceCountIs('AWS::CloudTrail::Trail', 1);
  });

  it('has each alarm as a property, and takes actions for all of them', () => {
    const stack = security();
    const { alarms } = new RegionSweep(stack, 'RegionSweep');
    const named = Object.values(alarms).filter((value) => value instanceof Alarm);
    expect(new Set(named)).toEqual(new Set(alarms.all));
    alarms.addAlarmAction({ bind: () => ({ alarmActionArn: 'arn:aws:sns:eu-west-1:111122223333:pager' }) });
    const alerted = Match.objectLike({ AlarmActions: Match.arrayWith(['arn:aws:sns:eu-west-1:111122223333:pager']) });
    Template.fromStack(stack).resourcePropertiesCountIs('AWS::CloudWatch::Alarm', alerted, named.length);
  });

  it('takes the documented properties, and sets no others', () => {
    const stack = security();
    new RegionSweep(stack, 'RegionSweep', {
      rule: { minRegions: 8 },
      alerts: { followUpMinutes: 5 },
      pipeline: { memoryMiB: 2048 },
    });
    expectLines(
      formOf(stack),
      'AWS::Lambda::Function RegionSweepDetectorFunction',
      'MemorySize = 2048',
      'Timeout = 60',
      'Environment.Variables.REGIONSWEEP_MIN_REGIONS = 8',
      'Environment.Variables.REGIONSWEEP_WINDOW_SECONDS = 30',
      'Environment.Variables.REGIONSWEEP_FOLLOW_UP_MINUTES = 5',
    );
  });

  it('takes a bucket of the same stack, and stays clean under the checks', () => {
    const app = foreignApp();
    const stack = new Stack(app, 'Security');
    const bucket = new s3.Bucket(stack, 'Trail', { enforceSSL: true, serverAccessLogsPrefix: 'access/' });
    const sweep = new RegionSweep(stack, 'RegionSweep', { source: bucketEvents({ bucket }) });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    expect(violationsIn(quietly(() => app.synth()).directory)).toEqual([]);
    expect(sweep.trail.bucket).toBe(bucket);
  });

  it('decrypts with a bucket’s key, unless it is given another', () => {
    const stack = security();
    const key = (id: string) => new kms.Key(stack, id);
    const bucket = (id: string) =>
      new s3.Bucket(stack, id, { encryption: s3.BucketEncryption.KMS, encryptionKey: key(`${id}Key`) });
    new RegionSweep(stack, 'Own', { detector: 'own', trailBucket: bucket('Trail') });
    const source = bucketEvents({ bucket: bucket('Other'), key: key('TrailsOwn') });
    new RegionSweep(stack, 'Given', { detector: 'given', source });
    expect(decrypts(stack, 'Own')).toEqual(['<TrailKey.Arn>']);
    expect(decrypts(stack, 'Given')).toEqual(['<TrailsOwn.Arn>']);
  });

  describe('with the bucket in another stack of the app', () => {
    function stacks() {
      const app = foreignApp();
      const trails = new Stack(app, 'Trails');
      const bucket = new s3.Bucket(trails, 'Trail', { encryption: s3.BucketEncryption.KMS });
      return { trails, bucket, stack: new Stack(app, 'Security') };
    }

    it.each(['trailBucket', 'source'])(
      'refuses S3 notifications, by which each stack would need the other: %s',
      (name) => {
        const { stack, bucket } = stacks();
        const props = name === 'source' ? { source: bucketNotifications({ bucket }) } : { trailBucket: bucket };
        expect(() => new RegionSweep(stack, 'RegionSweep', props)).toThrow(
          new ConfigurationError(
            'The bucket Trails/Trail belongs to another stack of this app: by S3 notification each stack would need the other. Use bucketEvents or topicNotices as the source',
          ),
        );
      },
    );

    it('takes EventBridge and topics', () => {
      const { trails, stack, bucket } = stacks();
      new RegionSweep(stack, 'Events', { detector: 'events', source: bucketEvents({ bucket }) });
      const topic = new sns.Topic(trails, 'Objects');
      new RegionSweep(stack, 'Topic', { detector: 'topic', source: topicNotices({ bucket, topic }) });
      for (const id of ['Events', 'Topic']) {
        expect(decrypts(stack, id)).toEqual([expect.stringContaining('Trails:ExportsOutputFnGetAttTrailKey')]);
      }
    });
  });

  it('accepts only a topic of its own region', () => {
    const app = foreignApp();
    const source = (scope: Stack) =>
      topicNotices({
        bucket: imported(scope),
        topic: sns.Topic.fromTopicArn(scope, 'Topic', 'arn:aws:sns:eu-west-1:111122223333:objects'),
      });
    const at = (id: string, region?: string) => new Stack(app, id, region === undefined ? {} : { env: { region } });
    const elsewhere = at('Elsewhere', 'us-east-1');
    expect(() => new RegionSweep(elsewhere, 'RegionSweep', { source: source(elsewhere) })).toThrow(
      new ConfigurationError(
        'The topic with the notices of objects is in eu-west-1, the stack in us-east-1: deploy in the region of topic and bucket',
      ),
    );
    for (const stack of [at('Same', 'eu-west-1'), at('Any')]) {
      expect(() => new RegionSweep(stack, 'RegionSweep', { source: source(stack) })).not.toThrow();
    }
  });

  it.each([
    [
      'a topic by itself denies every identity',
      '',
      (stack: Stack) => new AlertTopic(stack, 'RegionSweepAlerts', { displayName: 'a' }),
    ],
    [
      'a role of the app may be granted publishing',
      'ArnNotEquals: {aws:PrincipalArn: <RegionSweepDetectorRole.Arn>, <Responder.Arn>}, ',
      (stack: Stack) => {
        const assumedBy = new iam.ServicePrincipal('lambda.amazonaws.com');
        new RegionSweep(stack, 'RegionSweep').alerts.grantPublish(new iam.Role(stack, 'Responder', { assumedBy }));
      },
    ],
  ])('%s', (_what, except, build) => {
    const stack = security();
    build(stack);
    expectLines(
      formOf(stack),
      'AWS::SNS::TopicPolicy RegionSweepAlertsTopicPolicy',
      `PolicyDocument.Statement: Deny * sns:Publish on <RegionSweepAlertsTopic> if {${except}Bool: {aws:PrincipalIsAWSService: false}} {Sid: DenyOtherPublishers}`,
    );
  });

  it('subscribes what only the deployment will know', () => {
    const stack = security();
    const queue = new sqs.Queue(stack, 'Siem');
    const filter = { account_id: [stack.account] };
    const slack = { workspaceId: Fn.importValue('workspace'), channelId: Fn.importValue('channel') };
    const subscribers = [{ protocol: 'sqs', endpoint: queue.queueArn, filter }] as const;
    new RegionSweep(stack, 'RegionSweep', { subscribers, slack });
    Template.fromStack(stack).hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'sqs',
      FilterPolicy: { account_id: [{ Ref: 'AWS::AccountId' }] },
    });
  });

  const bothSources = (scope: Stack) => ({
    trailBucket: imported(scope),
    source: bucketEvents({ bucket: imported(new Stack(scope, 'Nested')) }),
  });
  it.each<[what: string, props: (scope: Stack) => RegionSweepProps, message: string | RegExp]>([
    ['a value', () => ({ rule: { minRegions: 0 } }), 'minRegions is 0; it must be an integer from 1 to 100'],
    [
      'a time',
      () => ({ silence: Duration.minutes(7) }),
      'silenceMinutes is 7; it must be a multiple of 5 from 0 to 1440',
    ],
    [
      'an unknown name',
      () => ({ rule: { minRegion: 8 } as object }),
      /^minRegion is not known; known are minRegions, /,
    ],
    ['two sources', bothSources, /^trailBucket: .*not both$/],
    [
      'a subscriber',
      () => ({ subscribers: [{ protocol: 'sqs', endpoint: 'siem' }] }),
      'subscribers: an endpoint of protocol sqs is "siem"; it must be the ARN of an SQS queue, not a FIFO queue',
    ],
    [
      'a channel',
      () => ({ slack: { workspaceId: 'security', channelId: '#alerts' } }),
      'slack.workspaceId is "security"; it must be a workspace id such as T0123456789\nslack.channelId is "#alerts"; it must be a channel id such as C0123456789',
    ],
    [
      'no verdicts',
      () => ({ slack: { workspaceId: 'T1', channelId: 'C1', verdicts: [] } }),
      'slackVerdicts: is for a Slack channel, and names at least one verdict',
    ],
    [
      'a prefix',
      () => ({ source: newTrail({ prefix: 'AWSLogs' }) }),
      'prefix: is what precedes AWSLogs/: leave it out, and name an organization by organizationId',
    ],
    [
      'a batch that cannot fill',
      () => ({ pipeline: { batchingWindowSeconds: 0 } }),
      'batchingWindowSeconds: must be at least 1 with a batchSize over 10',
    ],
    [
      'more invocations than are reserved',
      () => ({ pipeline: { maxConcurrency: 100, reservedConcurrency: 5 } }),
      'maxConcurrency: must not exceed reservedConcurrency, which is 5',
    ],
  ])('says what is wrong with %s, by the property’s name', (_what, props, message) => {
    const stack = security();
    expect(() => new RegionSweep(stack, 'RegionSweep', props(stack))).toThrow(
      typeof message === 'string' ? new ConfigurationError(message) : message,
    );
  });
});
