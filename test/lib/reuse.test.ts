import { Duration, Fn, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
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
} from '../../lib';
import { foreignApp, identityStatements, policyWith, synthQuietly, type TemplateJson, violationsIn } from './support';

describe('in somebody else’s app', () => {
  it('watches the bucket it is given, whatever the app’s feature flags', () => {
    const stack = new Stack(foreignApp(), 'Security');
    const trailBucket = s3.Bucket.fromBucketName(stack, 'TrailBucket', 'company-trail');
    new RegionSweep(stack, 'RegionSweep', { trailBucket });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Lambda::Function', { Runtime: 'nodejs24.x' });
    template.hasResourceProperties('Custom::S3BucketNotifications', { BucketName: 'company-trail' });
    expect(template.findOutputs('*')).toEqual({});
  });

  it('makes a trail when it is given nothing', () => {
    const stack = new Stack(foreignApp(), 'Security');
    new RegionSweep(stack, 'RegionSweep');
    Template.fromStack(stack).resourceCountIs('AWS::CloudTrail::Trail', 1);
  });

  it('takes a bucket of the same stack, and stays clean under the checks', () => {
    const app = foreignApp();
    const stack = new Stack(app, 'Security');
    const bucket = new s3.Bucket(stack, 'Trail', { enforceSSL: true, serverAccessLogsPrefix: 'access/' });
    const sweep = new RegionSweep(stack, 'RegionSweep', { source: bucketEvents({ bucket }) });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    expect(violationsIn(synthQuietly(app).directory)).toEqual([]);
    expect(sweep.trail.bucket).toBe(bucket);
  });

  it('decrypts a bucket that has a key, unless it is told another', () => {
    const stack = new Stack(foreignApp(), 'Security');
    const key = (id: string) => new kms.Key(stack, id);
    const bucket = (id: string) =>
      new s3.Bucket(stack, id, { encryption: s3.BucketEncryption.KMS, encryptionKey: key(`${id}Key`) });
    new RegionSweep(stack, 'Own', { detector: 'own', trailBucket: bucket('Trail') });
    new RegionSweep(stack, 'Told', {
      detector: 'told',
      source: bucketEvents({ bucket: bucket('Other'), key: key('TrailsOwn') }),
    });
    const json = Template.fromStack(stack).toJSON() as TemplateJson;
    const decrypted = (ids: RegExp) =>
      JSON.stringify(identityStatements(json, ids).filter(({ Action }) => Action === 'kms:Decrypt'));
    expect(decrypted(/^OwnDetectorRole/)).toMatch(/"TrailKey/);
    expect(decrypted(/^ToldDetectorRole/)).toMatch(/"TrailsOwn/);
    expect(decrypted(/^ToldDetectorRole/)).not.toMatch(/"OtherKey/);
  });

  describe('with the bucket in another stack of the app', () => {
    function stacks() {
      const app = foreignApp();
      const trails = new Stack(app, 'Trails');
      const bucket = new s3.Bucket(trails, 'Trail', { encryption: s3.BucketEncryption.KMS });
      return { app, trails, bucket, security: new Stack(app, 'Security') };
    }

    it.each(['trailBucket', 'source'])(
      'refuses S3 notifications, by which each stack would need the other: %s',
      (property) => {
        const { security, bucket } = stacks();
        const props = property === 'source' ? { source: bucketNotifications({ bucket }) } : { trailBucket: bucket };
        expect(() => new RegionSweep(security, 'RegionSweep', props)).toThrow(
          new ConfigurationError(
            'The bucket Trails/Trail belongs to another stack of this app: by S3 notification each stack would need the other. Use bucketEvents or topicNotices as the source',
          ),
        );
      },
    );

    it('takes EventBridge and topics', () => {
      const { app, trails, security, bucket } = stacks();
      new RegionSweep(security, 'Events', { detector: 'events', source: bucketEvents({ bucket }) });
      const topic = new sns.Topic(trails, 'Objects');
      new RegionSweep(security, 'Topic', { detector: 'topic', source: topicNotices({ bucket, topic }) });
      const { template } = synthQuietly(app).getStackByName('Security');
      for (const ids of [/^EventsDetectorRole/, /^TopicDetectorRole/]) {
        const decrypted = identityStatements(template as TemplateJson, ids).filter(
          ({ Action }) => Action === 'kms:Decrypt',
        );
        expect(JSON.stringify(decrypted)).toContain('Trails:ExportsOutputFnGetAttTrailKey');
      }
    });
  });

  it('takes a topic of its own region alone', () => {
    const app = foreignApp();
    const source = (scope: Stack) =>
      topicNotices({
        bucket: s3.Bucket.fromBucketName(scope, 'Bucket', 'company-trail'),
        topic: sns.Topic.fromTopicArn(scope, 'Topic', 'arn:aws:sns:eu-west-1:111122223333:objects'),
      });
    const at = (id: string, region?: string) => new Stack(app, id, region === undefined ? {} : { env: { region } });
    const elsewhere = at('Elsewhere', 'us-east-1');
    expect(() => new RegionSweep(elsewhere, 'RegionSweep', { source: source(elsewhere) })).toThrow(
      new ConfigurationError(
        'The topic that tells of objects is in eu-west-1, the stack in us-east-1: deploy where topic and bucket are',
      ),
    );
    for (const stack of [at('Here', 'eu-west-1'), at('Anywhere')]) {
      expect(() => new RegionSweep(stack, 'RegionSweep', { source: source(stack) })).not.toThrow();
    }
  });

  it('takes one source', () => {
    const stack = new Stack(foreignApp(), 'Security');
    const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'company-trail');
    const both = { trailBucket: bucket, source: bucketEvents({ bucket }) };
    expect(() => new RegionSweep(stack, 'RegionSweep', both)).toThrow(/^trailBucket: .*not both$/);
  });

  it('gives a topic by itself, on which no identity can publish yet', () => {
    const stack = new Stack(foreignApp(), 'Security');
    new AlertTopic(stack, 'Alerts', { displayName: 'Alerts' });
    Template.fromStack(stack).hasResourceProperties(
      ...policyWith('AWS::SNS::TopicPolicy', {
        Sid: 'DenyOtherPublishers',
        Condition: { Bool: { 'aws:PrincipalIsAWSService': 'false' } },
      }),
    );
  });

  it('lets the app grant publishing to a role of its own, and denies the others', () => {
    const stack = new Stack(foreignApp(), 'Security');
    const sweep = new RegionSweep(stack, 'RegionSweep');
    const role = new iam.Role(stack, 'Responder', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    sweep.alerts.grantPublish(role);
    Template.fromStack(stack).hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Sid: 'DenyOtherPublishers',
            Condition: Match.objectLike({
              ArnNotEquals: {
                'aws:PrincipalArn': [
                  { 'Fn::GetAtt': [Match.stringLikeRegexp('DetectorRole'), 'Arn'] },
                  { 'Fn::GetAtt': [Match.stringLikeRegexp('Responder'), 'Arn'] },
                ],
              },
            }),
          }),
        ]),
      },
    });
  });

  it('says what is wrong with a value', () => {
    const stack = new Stack(foreignApp(), 'Security');
    expect(() => new RegionSweep(stack, 'RegionSweep', { rule: { minRegions: 0 } })).toThrow(
      new ConfigurationError('minRegions is 0; it must be a whole number from 1 to 100'),
    );
    expect(() => new RegionSweep(stack, 'Other', { silence: Duration.minutes(7) })).toThrow(ConfigurationError);
  });

  it.each<[string, RegionSweepProps, string]>([
    [
      'a subscriber',
      { subscribers: [{ protocol: 'sqs', endpoint: 'siem' }] },
      'subscribers: an endpoint of protocol sqs is "siem"; it must be the ARN of an SQS queue that is no FIFO queue',
    ],
    [
      'a channel',
      { slack: { workspaceId: 'security', channelId: '#alerts' } },
      'slack.workspaceId is "security"; it must be a workspace id such as T0123456789\nslack.channelId is "#alerts"; it must be a channel id such as C0123456789',
    ],
    [
      'a prefix',
      { source: newTrail({ prefix: 'AWSLogs' }) },
      'prefix: is what stands before AWSLogs/: leave it out, and name an organisation by organizationId',
    ],
  ])('says what is wrong with %s, by the property’s name', (_what, props, message) => {
    const stack = new Stack(foreignApp(), 'Security');
    expect(() => new RegionSweep(stack, 'RegionSweep', props)).toThrow(new ConfigurationError(message));
  });

  it('subscribes what only the deployment will know', () => {
    const stack = new Stack(foreignApp(), 'Security');
    const queue = new sqs.Queue(stack, 'Siem');
    const filter = { account_id: [stack.account] };
    const slack = { workspaceId: Fn.importValue('workspace'), channelId: Fn.importValue('channel') };
    new RegionSweep(stack, 'RegionSweep', {
      subscribers: [{ protocol: 'sqs', endpoint: queue.queueArn, filter }],
      slack,
    });
    Template.fromStack(stack).hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'sqs',
      FilterPolicy: { account_id: [{ Ref: 'AWS::AccountId' }] },
    });
  });

  it.each([
    [{ batchSize: 50, batchingWindowSeconds: 0 }, 'batchingWindowSeconds: must be at least 1 with a batchSize over 10'],
    [{ batchingWindowSeconds: 0 }, 'batchingWindowSeconds: must be at least 1 with a batchSize over 10'],
    [
      { maxConcurrency: 100, reservedConcurrency: 5 },
      'maxConcurrency: must not exceed reservedConcurrency, which is 5',
    ],
  ])('refuses what does not go together, as the settings do: %j', (pipeline, message) => {
    const stack = new Stack(foreignApp(), 'Security');
    expect(() => new RegionSweep(stack, 'RegionSweep', { pipeline })).toThrow(new ConfigurationError(message));
  });
});
