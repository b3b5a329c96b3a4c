import { App, Duration, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { bucketEvents, ConfigurationError, RegionSweep } from '../../lib';
import { synth, synthQuietly, violationsIn } from './support';

/** Somebody else's app, with its own context: none of our feature flags. */
const foreignApp = () => new App({ context: { 'aws:cdk:bundling-stacks': [] } });

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
    expect(() => new RegionSweep(stack, 'Other', { silence: Duration.minutes(7) })).toThrow(
      ConfigurationError,
    );
  });

  it.each([
    [
      { batchSize: 50, batchingWindowSeconds: 0 },
      'batchingWindowSeconds: must be at least 1 with a batchSize over 10',
    ],
    [{ batchingWindowSeconds: 0 }, 'batchingWindowSeconds: must be at least 1 with a batchSize over 10'],
    [
      { maxConcurrency: 100, reservedConcurrency: 5 },
      'maxConcurrency: must not exceed reservedConcurrency, which is 5',
    ],
  ])('refuses what does not go together, as the settings do: %j', (pipeline, message) => {
    const stack = new Stack(foreignApp(), 'Security');
    expect(() => new RegionSweep(stack, 'RegionSweep', { pipeline })).toThrow(
      new ConfigurationError(message),
    );
  });
});

describe('several detectors', () => {
  it('stand side by side in one stack', () => {
    const stack = new Stack(foreignApp(), 'Security');
    const bucket = s3.Bucket.fromBucketName(stack, 'TrailBucket', 'company-trail');
    new RegionSweep(stack, 'Strict', {
      detector: 'strict',
      source: bucketEvents({ bucket }),
      rule: { minRegions: 5 },
    });
    new RegionSweep(stack, 'Sliding', { detector: 'sliding', source: bucketEvents({ bucket }) });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::DynamoDB::Table', 2);
    for (const detector of ['strict', 'sliding']) {
      template.hasResourceProperties('AWS::CloudWatch::Alarm', {
        MetricName: 'ObjectsRead',
        Dimensions: [{ Name: 'detector', Value: detector }],
      });
    }
  });

  it('stand side by side in one account: other stack, and no name in common', () => {
    const names = (detector: string) => {
      const { json, assembly } = synth({ detector, slackWorkspaceId: 'T1', slackChannelId: 'C1' });
      const physical = Object.values(json.Resources).flatMap(({ Properties }) =>
        [
          'TrailName',
          'ConfigurationName',
          'QueueName',
          'TopicName',
          'TableName',
          'FunctionName',
          'BucketName',
        ]
          .map((property) => Properties?.[property])
          .filter((name): name is string => typeof name === 'string'),
      );
      return [...assembly.stacks.map(({ stackName }) => stackName), ...physical];
    };
    const [first, second] = [names('regionsweep'), names('second')];
    expect(first).toHaveLength(3);
    expect(second[0]).toBe('regionsweep-second');
    expect(first.filter((name) => second.includes(name))).toEqual([]);
  });
});
