import { Match } from 'aws-cdk-lib/assertions';
import { METRICS } from '../../lambda/ports';
import { ACCOUNT, REGION, resourcesOf, synth } from './support';

const { template, json, warnings } = synth({ trailBucket: 'company-trail' });

const ownMetric = (MetricName: string) => ({
  Namespace: 'regionsweep',
  MetricName,
  Dimensions: [{ Name: 'detector', Value: 'regionsweep' }],
});

describe('alarms', () => {
  it.each([
    ['any dead letter', { MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 0, EvaluationPeriods: 1 }],
    [
      'a message older than 30 minutes, since follow-ups wait 15 and may come back',
      { MetricName: 'ApproximateAgeOfOldestMessage', Threshold: 1800 },
    ],
    [
      'objects that keep failing, which SQS leaves out of the age of the oldest',
      { ...ownMetric(METRICS.objectsFailed), Threshold: 0, EvaluationPeriods: 12, DatapointsToAlarm: 3 },
    ],
    ['a failed invocation', { Namespace: 'AWS/Lambda', MetricName: 'Errors', Threshold: 0 }],
    ['throttles', { Namespace: 'AWS/Lambda', MetricName: 'Throttles', Threshold: 0 }],
    ['failed deliveries', { Namespace: 'AWS/SNS', MetricName: 'NumberOfNotificationsFailed', Threshold: 0 }],
    ['held-back alerts', { ...ownMetric(METRICS.alertsHeldBack), Threshold: 0 }],
  ])('tell of %s', (_what, properties) => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      AlarmActions: [{ Ref: Match.stringLikeRegexp('AlertsTopic') }],
      ...properties,
    });
  });

  it('tell of an hour without an object, and of its end; no data is no object', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...ownMetric(METRICS.objectsRead),
      Period: 300,
      EvaluationPeriods: 12,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
      OKActions: [{ Ref: Match.stringLikeRegexp('AlertsTopic') }],
    });
  });

  it('take another time for quiet accounts, or none', () => {
    synth({ silenceMinutes: '720' }).template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...ownMetric(METRICS.objectsRead),
      EvaluationPeriods: 144,
    });
    const off = synth({ silenceMinutes: '0' }).json;
    expect(JSON.stringify(resourcesOf(off, 'AWS::CloudWatch::Alarm'))).not.toContain(METRICS.objectsRead);
  });

  it('go to another topic on request', () => {
    const other = `arn:aws:sns:${REGION}:${ACCOUNT}:operations`;
    synth({ alarmTopicArn: other }).template.allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [other],
    });
  });

  it('say what to do', () => {
    for (const [, alarm] of resourcesOf(json, 'AWS::CloudWatch::Alarm')) {
      expect(String(alarm.Properties.AlarmDescription).length).toBeGreaterThan(40);
    }
  });
});

it('has a dashboard with lag, objects, sightings, alerts and cost drivers', () => {
  const body = JSON.stringify(resourcesOf(json, 'AWS::CloudWatch::Dashboard'));
  for (const metric of Object.values(METRICS)) expect(body).toContain(metric);
  for (const metric of ['ConsumedWriteCapacityUnits', 'ConsumedReadCapacityUnits', 'NumberOfMessagesPublished']) {
    expect(body).toContain(metric);
  }
});

it('has the outputs by which the CLI and people find the parts', () => {
  expect(Object.keys(json.Outputs)).toEqual([
    'TopicArn',
    'QueueUrl',
    'QueueArn',
    'DeadLetterQueueUrl',
    'TableName',
    'FunctionName',
    'FunctionRoleArn',
    'TestBucketName',
    'TrailBucketName',
    'TrailPrefix',
    'DashboardLink',
    'FunctionLink',
    'LogsLink',
    'DeadLettersLink',
    'TopicLink',
  ]);
  expect(json.Outputs.TrailBucketName?.Value).toBe('company-trail');
  expect(json.Outputs.TrailPrefix?.Value).toBe('AWSLogs/');
  const { Outputs } = synth({ encryptTrail: 'true' }).json;
  expect(Outputs.TrailKeyArn?.Value).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/TrailKey/), 'Arn'] });
});

it('tags everything that takes tags', () => {
  const tagged = synth({ tags: '{"team": "security", "cost-center": "42"}' });
  tagged.template.hasResourceProperties('AWS::DynamoDB::Table', {
    Tags: Match.arrayWith([
      { Key: 'cost-center', Value: '42' },
      { Key: 'regionsweep:detector', Value: 'regionsweep' },
      { Key: 'team', Value: 'security' },
    ]),
  });
});

describe('what blinds it is said', () => {
  it('of every existing trail: write events only never show the call', () => {
    expect(warnings.join('\n')).toMatch(/logs write events only never shows it/);
  });

  it('of a second trail: it costs', () => {
    expect(synth({}).warnings.join('\n')).toMatch(/this second one costs/);
  });

  it('of a flag that no setting has', () => {
    expect(synth({ alertEmial: 'sec@example.com' }).warnings.join('\n')).toMatch(
      /context key alertEmial is no setting/,
    );
  });
});

it('keeps a protected stack', () => {
  const [stack] = synth({ terminationProtection: 'true' }).assembly.stacks;
  expect(stack?.terminationProtection).toBe(true);
});
