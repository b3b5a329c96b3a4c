import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { METRICS } from '../../../lambda/ports';
import { RegionSweep } from '../../../lib';
import { ACCOUNT, expectLines, foreignApp, REGION, resourcesOf, synth } from '../support';

const FLAGS = { trailBucket: 'company-trail' };

const alarm = (id: string) => `AWS::CloudWatch::Alarm RegionSweepAlarms${id}`;

const metric = (name: string, namespace = 'regionsweep') => [`MetricName = ${name}`, `Namespace = ${namespace}`];

const OWN = 'Dimensions: {Name: detector, Value: regionsweep}';

describe('alarms', () => {
  it.each([
    [
      'DeadLetters',
      ...metric('ApproximateNumberOfMessagesVisible', 'AWS/SQS'),
      'Threshold = 0',
      'EvaluationPeriods = 1',
    ],
    ['OldestMessage', ...metric('ApproximateAgeOfOldestMessage', 'AWS/SQS'), 'Threshold = 1800'],
    ['FailingObjects', ...metric(METRICS.objectsFailed), OWN, 'EvaluationPeriods = 12', 'DatapointsToAlarm = 3'],
    ['FunctionErrors', ...metric('Errors', 'AWS/Lambda'), 'Threshold = 0'],
    ['FunctionThrottles', ...metric('Throttles', 'AWS/Lambda'), 'Threshold = 0'],
    ['ObjectsGone', ...metric(METRICS.objectsGone), OWN, 'Threshold = 0'],
    ['DetectionLag', ...metric(METRICS.detectionLag), OWN, 'Threshold = 3600'],
    ['RecursionDrops', ...metric('RecursiveInvocationsDropped', 'AWS/Lambda'), 'Threshold = 0'],
    ['FailedDeliveries', ...metric('NumberOfNotificationsFailed', 'AWS/SNS'), 'Threshold = 0'],
    ['AlertsHeldBack', ...metric(METRICS.alertsHeldBack), OWN, 'Threshold = 0'],
  ])('%s goes to the alert topic', (id, ...lines) => {
    expectLines(
      synth(FLAGS),
      alarm(id),
      'ComparisonOperator = GreaterThanThreshold',
      'TreatMissingData = notBreaching',
      'AlarmActions = <RegionSweepAlertsTopic>',
      ...lines,
    );
  });

  it('Silence reports an hour without an object, where no data is no object, and its end', () => {
    expectLines(
      synth(FLAGS),
      alarm('Silence'),
      ...metric(METRICS.objectsRead),
      OWN,
      'Period = 300',
      'EvaluationPeriods = 12',
      'Threshold = 1',
      'ComparisonOperator = LessThanThreshold',
      'TreatMissingData = breaching',
      'OKActions = <RegionSweepAlertsTopic>',
    );
  });

  it('NoCalls reports a week without a call of the rule, as of a trail that logs only write events', () => {
    expectLines(
      synth(FLAGS),
      alarm('NoCalls'),
      ...metric(METRICS.matchedCalls),
      'Period = 86400',
      'EvaluationPeriods = 7',
      'Threshold = 1',
      'TreatMissingData = breaching',
    );
  });

  it('Silence takes another time for quiet accounts, or none; alarms go to another topic on request', () => {
    const other = `arn:aws:sns:${REGION}:${ACCOUNT}:operations`;
    const quiet = synth({ silenceMinutes: '720', alarmTopicArn: other });
    expectLines(quiet, alarm('Silence'), 'EvaluationPeriods = 144');
    quiet.template.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: [other] });
    const ids = resourcesOf(synth({ silenceMinutes: '0' }).json, 'AWS::CloudWatch::Alarm').map(([id]) => id);
    expect(ids).toHaveLength(10);
    expect(ids.join()).not.toMatch(/Silence|NoCalls/);
  });

  it('say what to do', () => {
    for (const [, { Properties }] of resourcesOf(synth(FLAGS).json, 'AWS::CloudWatch::Alarm')) {
      expect(String(Properties.AlarmDescription).length).toBeGreaterThan(40);
    }
  });

  it('are in docs/operations.md, which says of each what to do', () => {
    const page = readFileSync(join(__dirname, '../../../docs/operations.md'), 'utf8');
    const alarms = resourcesOf(synth(FLAGS).json, 'AWS::CloudWatch::Alarm').map(
      ([id]) => /Alarms([A-Za-z]+?)[0-9A-F]{8}$/.exec(id)![1],
    );
    expect(alarms.length).toBeGreaterThan(10);
    for (const alarm of alarms) expect(page).toContain(`| \`${alarm}\` |`);
  });
});

it('has a dashboard with lag, objects, matched calls, alerts and cost drivers', () => {
  const body = JSON.stringify(resourcesOf(synth(FLAGS).json, 'AWS::CloudWatch::Dashboard'));
  const others = ['ConsumedWriteCapacityUnits', 'ConsumedReadCapacityUnits', 'NumberOfMessagesPublished'];
  for (const name of [...Object.values(METRICS), ...others]) expect(body).toContain(name);
});

it('has the outputs by which the CLI finds a deployed detector: their names stay', () => {
  const { Outputs } = synth(FLAGS).json;
  expect(Object.keys(Outputs).join(' ')).toBe(
    'TopicArn QueueUrl QueueArn DeadLetterQueueUrl TableName FunctionName FunctionRoleArn TestBucketName TrailBucketName TrailPrefix DashboardLink FunctionLink LogsLink DeadLettersLink TopicLink',
  );
  expect(Outputs.TrailBucketName?.Value).toBe('company-trail');
  expect(Outputs.TrailPrefix?.Value).toBe('AWSLogs/');
});

it('links to the console of the partition that it is deployed in', () => {
  const { template, json } = synth(FLAGS);
  template.hasMapping('Console', {
    aws: { host: 'console.aws.amazon.com' },
    'aws-cn': { host: 'console.amazonaws.cn' },
    'aws-us-gov': { host: 'console.amazonaws-us-gov.com' },
    'aws-eusc': { host: 'console.amazonaws-eusc.eu' },
  });
  for (const [name, { Value }] of Object.entries(json.Outputs).filter(([name]) => name.endsWith('Link'))) {
    expect([name, JSON.stringify(Value)]).toEqual([name, expect.stringContaining('"Fn::FindInMap":["Console"')]);
  }
  expect(JSON.stringify(json.Outputs)).not.toContain('amazonaws.com');
});

it.each([
  ['cn-north-1', 10, 'the partition aws-cn has 2 regions'],
  ['eusc-de-east-1', 2, 'the partition aws-eusc has one region'],
  ['us-gov-west-1', 2, undefined],
  ['eu-west-1', 10, undefined],
])('in %s with minRegions=%i warns of too few regions: %s', (region, minRegions, warning) => {
  const stack = new Stack(foreignApp(), 'Security', { env: { account: '111122223333', region } });
  new RegionSweep(stack, 'RegionSweep', { rule: { minRegions } });
  const warnings = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('minRegions is'));
  expect(warnings.map(({ entry }) => String(entry.data))).toEqual(
    warning === undefined ? [] : [expect.stringContaining(warning)],
  );
});

it.each(['cn-north-1', 'us-gov-west-1', 'eusc-de-east-1'])('in %s names nothing of another partition', (region) => {
  const stack = new Stack(foreignApp(), 'Security', { env: { account: '111122223333', region } });
  new RegionSweep(stack, 'RegionSweep', { subscribers: [{ protocol: 'email', endpoint: 'sec@example.com' }] });
  const text = JSON.stringify(Template.fromStack(stack).toJSON());
  expect(text.match(/arn:aws:[^"]*|https:\/\/[^"]*\.amazonaws\.com\/[^"]*/g) ?? []).toEqual([]);
  const services = [...text.matchAll(/"Service":"([^"]+)"/g)].map(([, service]) => service);
  // IAM User Guide, "AWS service principals": they end so in every partition.
  expect([...new Set(services)].filter((service) => !/^[a-z0-9]+\.amazonaws\.com$/.test(service!))).toEqual([]);
});

it('keeps the log of the notification handler for three months', () => {
  const ofHandler = (type: string) =>
    resourcesOf(synth(FLAGS).json, type).find(([id]) => id.startsWith('BucketNotificationsHandler'))!;
  const [id, { Properties }] = ofHandler('AWS::Logs::LogGroup');
  expect(Properties).toMatchObject({ RetentionInDays: 90 });
  const [, handler] = ofHandler('AWS::Lambda::Function');
  expect(handler.Properties).toMatchObject({ LoggingConfig: { LogGroup: { Ref: id } } });
});

it('tags everything that takes tags, and protects the stack from deletion on request', () => {
  const tagged = synth({ tags: '{"team": "security", "cost-center": "42"}', terminationProtection: 'true' });
  const tags = { 'cost-center': '42', 'regionsweep:detector': 'regionsweep', team: 'security' };
  const lines = Object.entries(tags).map(([key, value]) => `Tags: {Key: ${key}, Value: ${value}}`);
  expectLines(tagged, 'AWS::DynamoDB::Table RegionSweepLedgerTable', ...lines);
  expect(tagged.assembly.stacks[0]?.terminationProtection).toBe(true);
});

it.each([
  ['an existing trail that logs only write events', FLAGS, /a trail that logs only write events never records it/],
  ['the cost of a second trail', {}, /this second one is charged/],
  ['an unknown flag', { alertEmial: 'sec@example.com' }, /context key alertEmial is not a setting/],
])('warns of %s', (_what, flags, warning) => {
  expect(synth(flags).warnings.join('\n')).toMatch(warning);
});
