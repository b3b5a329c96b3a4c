import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { bucketEvents, bucketNotifications, ConfigurationError, RegionSweep } from '../../../lib';
import { foreignApp, synth } from '../support';

describe('several detectors', () => {
  it('fit into one stack', () => {
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

  const importIn = (scope: Stack) => s3.Bucket.fromBucketName(scope, 'TrailBucket', 'company-trail');

  it('of one name are refused in one account and region, where their metrics would be one', () => {
    const app = foreignApp();
    const [first, second] = [new Stack(app, 'First'), new Stack(app, 'Second')];
    new RegionSweep(first, 'RegionSweep', { source: bucketEvents({ bucket: importIn(first) }) });
    const again = { source: bucketEvents({ bucket: importIn(second) }) };
    expect(() => new RegionSweep(second, 'RegionSweep', again)).toThrow(
      /^detector is "regionsweep", as of First\/RegionSweep; detectors of one account and region need different names/,
    );
    for (const account of ['111122223333', '444455556666']) {
      const stack = new Stack(app, `In${account}`, { env: { account, region: 'eu-west-1' } });
      expect(() => new RegionSweep(stack, 'RegionSweep')).not.toThrow();
    }
  });

  it('may not both get S3 notifications of the same objects', () => {
    const app = foreignApp();
    const [first, second] = [new Stack(app, 'First'), new Stack(app, 'Second')];
    const bucket = importIn(first);
    new RegionSweep(first, 'One', { detector: 'one', trailBucket: bucket });
    const overlapping = {
      detector: 'two',
      source: bucketNotifications({ bucket: importIn(second), organizationId: 'o-a1b2c3d4e5' }),
    };
    expect(() => new RegionSweep(second, 'Two', overlapping)).toThrow(
      new ConfigurationError(
        'Two S3 notifications of the bucket company-trail would cover keys under AWSLogs/o-a1b2c3d4e5/ and AWSLogs/, which S3 refuses: use bucketEvents or topicNotices as the source of all detectors but one',
      ),
    );
    const elsewhere = { detector: 'three', source: bucketNotifications({ bucket, prefix: 'audit' }) };
    expect(() => new RegionSweep(first, 'Three', elsewhere)).not.toThrow();
  });

  it('fit into one account: other stack, and no name in common', () => {
    const names = (detector: string) => {
      const { json, assembly } = synth({ detector, slackWorkspaceId: 'T1', slackChannelId: 'C1' });
      const physical = Object.values(json.Resources).flatMap(({ Properties }) =>
        ['TrailName', 'ConfigurationName', 'QueueName', 'TopicName', 'TableName', 'FunctionName', 'BucketName']
          .map((property) => JSON.stringify(Properties?.[property]))
          // A reference is a name that CloudFormation gives.
          .filter((name) => name !== undefined && !name.startsWith('{"Ref"')),
      );
      return [...assembly.stacks.map(({ stackName }) => stackName), ...physical];
    };
    const [first, second] = [names('regionsweep'), names('second')];
    expect(first).toHaveLength(3);
    expect(second[0]).toBe('regionsweep-second');
    expect(first.filter((name) => second.includes(name))).toEqual([]);
  });
});
