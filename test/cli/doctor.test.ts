import { DescribeStacksCommand, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { GetEventSelectorsCommand } from '@aws-sdk/client-cloudtrail';
import { DescribeAlarmsCommand, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { recordsCall } from '../../bin/doctor/trail-checks';
import type { EventSelectors } from '../../lambda/adapters/aws/cloudtrail';
import { runCli, startCli } from '../support/cli';
import {
  aws,
  denied,
  drift,
  filtered,
  folders,
  goodAccount,
  KEY,
  metrics,
  notifications,
  OUTPUTS,
  ours,
  QUEUE,
  rule,
  secondsAgo,
  stack,
  status,
  subscribers,
  trails,
} from '../support/doctor-account';
import { T0 } from '../support/records';

/** Bundling takes seconds; test/lib/bundle.test.ts compares the real one. */
jest.mock('../../lib/function-bundle', () => ({ functionAsset: () => 'c0ffee' }));

beforeEach(goodAccount);

const env = { AWS_REGION: 'eu-west-1' };
process.env.AWS_REGION = 'eu-west-1';

async function doctor(...args: readonly string[]): Promise<{ code: number | null; lines: string[]; text: string }> {
  const { code, stdout, stderr } = await runCli(['doctor', ...args], { time: T0, env });
  const text = stdout + stderr;
  return { code, text, lines: text.split('\n').filter((line) => !line.startsWith('pass')) };
}

describe('before deployment', () => {
  it('passes a good trail, and writes the command that deploys', async () => {
    notifications({});
    const { code, text } = await doctor('--source');
    expect(text).toMatchInlineSnapshot(`
"pass  account 111122223333, credentials: arn:aws:iam::111122223333:user/me, in eu-west-1
pass  trail company, multi-region: logs every region
pass  trail company, logging: is logging
pass  trail company, read events: records DescribeInstances
pass  trail company, delivery: delivered at 2026-11-24T03:55:00Z
pass  trail company, organization: logs one account
skip  trail company, key: its objects have no key of KMS
pass  trail company, region: its bucket company-trail is in eu-west-1
pass  trail company, notifications: no notification of the bucket is in the way

To deploy (add -c alertEmail=ADDRESS to receive the alerts):
AWS_REGION=eu-west-1 npx cdk deploy -c trailBucket=company-trail
"
`);
    expect(code).toBe(0);
  });

  const command = /^AWS_REGION=.*$/m;

  it.each<[string, () => unknown, string]>([
    [
      'a prefix and a key',
      () => trails({ S3KeyPrefix: 'audit', KmsKeyId: KEY }),
      `-c trailBucket=company-trail -c trailPrefix=audit -c trailKeyArn=${KEY}`,
    ],
    [
      'an organization',
      () => [trails({ IsOrganizationTrail: true }), folders('o-a1b2c3d4e5')],
      '-c trailBucket=company-trail -c organizationId=o-a1b2c3d4e5',
    ],
    [
      'a topic that has the objects already',
      () => notifications({ TopicConfigurations: [{ TopicArn: 'arn:aws:sns:eu-west-1:1:t', ...filtered('') }] }),
      '-c trailBucket=company-trail -c trailTopicArn=arn:aws:sns:eu-west-1:1:t',
    ],
    ['a queue that has them', () => notifications(ours), '-c trailBucket=company-trail -c source=eventbridge'],
    [
      'a notification of other objects',
      () => notifications({ QueueConfigurations: [{ QueueArn: QUEUE, ...filtered('AWSLogs/', '.csv') }] }),
      '-c trailBucket=company-trail',
    ],
    [
      'a hostile prefix',
      () => [notifications({}), trails({ S3KeyPrefix: "x'; rm -rf ~ #" })],
      `-c trailBucket=company-trail -c 'trailPrefix=x'\\''; rm -rf ~ #'`,
    ],
  ])('writes the command for %s', async (_, change, flags) => {
    notifications({});
    change();
    const { text } = await doctor('--source', 'company');
    expect(command.exec(text)![0]).toBe(`AWS_REGION=eu-west-1 npx cdk deploy ${flags}`);
  });

  it('deploys in the region of the bucket', async () => {
    notifications({});
    const elsewhere = Object.assign(denied(), { $response: { headers: { 'x-amz-bucket-region': 'us-west-2' } } });
    aws.s3.on(HeadBucketCommand).rejects(elsewhere);
    const { text } = await doctor('--profile', 'audit');
    expect(text).toContain('warn  trail company, region: its bucket company-trail is in us-west-2, not in eu-west-1');
    expect(command.exec(text)![0]).toBe(
      'AWS_REGION=us-west-2 npx cdk deploy -c trailBucket=company-trail --profile audit',
    );
  });

  it('fails without a trail, and shows how to create one', async () => {
    trails();
    const { code, text } = await doctor();
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining('AWS_REGION=eu-west-1 npx cdk deploy\n') });
  });
});

describe('after deployment', () => {
  it('passes a good stack', async () => {
    const { code, lines } = await doctor('--stack', 'regionsweep');
    expect(lines).toEqual(['skip  trail company, key: its objects have no key of KMS', '']);
    expect(code).toBe(0);
  });

  it('reports a function of another version', async () => {
    stack(undefined, { code: 'decaf' });
    const { code, lines } = await doctor('--stack', 'regionsweep');
    expect(lines[0]).toBe(
      'warn  stack regionsweep, version: the function is another one than this version would deploy',
    );
    expect(code).toBe(0);
  });

  type Row = readonly [status: 'pass' | 'warn' | 'fail' | 'skip', text: string, change: () => unknown];

  const ELSEWHERE = KEY.replace('111122223333', '444455556666');

  const topic = { Sub: { Type: 'AWS::SNS::Subscription', Properties: { TopicArn: 'arn:aws:sns:eu-west-1:1:t' } } };

  const CHECKS: Readonly<Record<string, readonly Row[]>> = {
    'trail company, multi-region': [
      ['fail', 'logs only eu-west-1: a sweep is never seen', () => trails({ IsMultiRegionTrail: false })],
    ],
    'trail company, logging': [['fail', 'is stopped', () => status({ IsLogging: false })]],
    'trail company, read events': [
      [
        'fail',
        'never records DescribeInstances',
        () => aws.trail.on(GetEventSelectorsCommand).resolves({ EventSelectors: [{ ReadWriteType: 'WriteOnly' }] }),
      ],
    ],
    'trail company, delivery': [
      ['fail', 'cannot deliver to its bucket: AccessDenied', () => status({ LatestDeliveryError: 'AccessDenied' })],
      ['warn', 'delivered last at 2026-11-24T02:00:00Z', () => status({ LatestDeliveryTime: secondsAgo(7200) })],
    ],
    'trail company, organization': [
      ['warn', 'logs one account; the bucket also holds 1 organization', () => folders('o-a1b2c3d4e5')],
    ],
    'trail company, key': [
      [
        'fail',
        'the key',
        () => [
          trails({ KmsKeyId: KEY }),
          aws.kms.on(DescribeKeyCommand).resolves({ KeyMetadata: { KeyId: 'k1', KeyState: 'Disabled' } }),
        ],
      ],
      [
        'warn',
        `the key ${ELSEWHERE} is of another account`,
        () => [trails({ KmsKeyId: ELSEWHERE }), stack(undefined, { outputs: { ...OUTPUTS, TrailKeyArn: ELSEWHERE } })],
      ],
    ],
    'stack regionsweep, key': [
      [
        'fail',
        'does not know the key of the trail',
        () => [trails({ KmsKeyId: KEY }), stack(undefined, { outputs: { ...OUTPUTS, TrailKeyArn: ELSEWHERE } })],
      ],
    ],
    'stack regionsweep, trail': [
      [
        'fail',
        'watches s3://company-trail/AWSLogs/; the trail delivers to audit/AWSLogs/',
        () => trails({ S3KeyPrefix: 'audit' }),
      ],
      ['warn', 'no trail that this account sees delivers to company-trail', () => trails({ S3BucketName: 'another' })],
    ],
    'stack regionsweep, permissions': [
      [
        'fail',
        "the function's role may not s3:GetObject, kms:Decrypt",
        () =>
          aws.iam
            .on(SimulatePrincipalPolicyCommand)
            .resolves({ EvaluationResults: [{ EvalDecision: 'explicitDeny' }] as never }),
      ],
    ],
    'stack regionsweep, notifications': [
      ['fail', 'the bucket does not notify the queue', () => notifications({})],
      [
        'fail',
        'the bucket does not notify the queue',
        () => notifications({ QueueConfigurations: [{ QueueArn: QUEUE, ...filtered('other/') }] }),
      ],
      ['fail', 'the bucket sends no events to EventBridge', () => [rule({}), notifications(ours)]],
      ['pass', 'the bucket sends its events to EventBridge, whose rule sends them to the queue', () => rule({})],
      ['fail', 'the EventBridge rule for new objects was deleted', () => rule()],
      ['fail', 'the EventBridge rule for new objects is disabled', () => rule({ State: 'DISABLED' })],
      [
        'fail',
        'the EventBridge rule for new objects does not send to the queue',
        () => rule({ Targets: [{ Arn: `${QUEUE}-2`, Id: 'Target0' }] }),
      ],
      ['fail', 'the stack has no rule of EventBridge for new objects', () => [rule({}), stack({})]],
      [
        'skip',
        'Objects of stack regionsweep cannot be looked up: no permission',
        () => [rule({}), drift({ StackResourceDriftStatus: 'UNKNOWN', DriftStatusReason: 'no permission' })],
      ],
      ['fail', 'the queue is not subscribed to the topic of new objects', () => stack(topic)],
    ],
    'stack regionsweep, subscriptions': [
      ['fail', 'nobody is subscribed', () => subscribers()],
      [
        'warn',
        '1 subscription not confirmed: email security@example.com',
        () => subscribers('PendingConfirmation', 'arn:confirmed'),
      ],
    ],
    'stack regionsweep, dead letters': [
      [
        'fail',
        '3 messages in https://sqs',
        () => aws.sqs.on(GetQueueAttributesCommand).resolves({ Attributes: { ApproximateNumberOfMessages: '3' } }),
      ],
    ],
    'stack regionsweep, alarms': [
      [
        'fail',
        'in alarm: own Silence',
        () =>
          aws.watch
            .on(DescribeAlarmsCommand, { AlarmNames: ['own Silence'], StateValue: 'ALARM' })
            .resolves({ MetricAlarms: [{ AlarmName: 'own Silence' }] }),
      ],
    ],
    'stack regionsweep, objects': [
      ['fail', 'read no object in the last hour, though the trail delivered at', () => metrics(0, 0)],
      [
        'warn',
        'read no object in the last hour',
        () => [metrics(0, 0), status({ LatestDeliveryTime: secondsAgo(7200) })],
      ],
      ['warn', 'read 14 objects in the last hour, the slowest 33 min 20 s after its calls', () => metrics(7, 2000)],
    ],
  };

  describe.each(Object.entries(CHECKS))('%s', (check, rows) => {
    it.each(rows)('%s: %s', async (status, text, change) => {
      change();
      const run = await doctor('--stack', 'regionsweep');
      expect(run.text.split('\n')).toContainEqual(expect.stringContaining(`${status}  ${check}: ${text}`));
      expect(run.code).toBe(status === 'fail' || status === 'skip' ? 1 : 0);
    });
  });

  it('asks for the metrics of the detector', async () => {
    await doctor('--stack', 'regionsweep');
    const { MetricDataQueries } = aws.watch.commandCalls(GetMetricDataCommand)[0]!.args[0].input;
    expect(MetricDataQueries![0]!.MetricStat!.Metric!.Dimensions).toEqual([{ Name: 'detector', Value: 'one' }]);
  });

  it('goes on after a denied request, gives no all-clear, and prints the policy', async () => {
    aws.trail.on(GetEventSelectorsCommand).rejects(denied());
    const { code, text, lines } = await doctor('--stack', 'regionsweep');
    expect(code).toBe(1);
    expect(lines).toContainEqual(
      expect.stringContaining('skip  trail company, read events: event selectors of arn:aws:'),
    );
    expect(text).toContain('pass  trail company, logging: is logging');
    expect(text).toContain('"cloudtrail:GetEventSelectors"');
  });

  it('names every check that a template it may not read leaves out', async () => {
    aws.stack.on(GetTemplateCommand).rejects(denied());
    const { code, text } = await doctor('--stack', 'regionsweep', '--json');
    const results: readonly { check: string; unread: boolean }[] = JSON.parse(text).results;
    const unread = results.filter((result) => result.unread).map(({ check }) => check);
    expect({ code, unread }).toEqual({ code: 1, unread: ['notifications', 'alarms', 'objects', 'version'] });
  });

  it('stops at Ctrl-C, and gives no all-clear', async () => {
    const run = startCli(['doctor', '--stack', 'regionsweep'], { time: T0, env });
    aws.watch.on(DescribeAlarmsCommand).callsFake(() => {
      run.interrupt();
      return new Promise(() => undefined);
    });
    const { code, stdout, stderr } = await run.ended;
    expect({ code, stdout, stderr }).toEqual({
      ...{ code: 130, stderr: 'PARTIAL, stopped before the end\n' },
      stdout: expect.stringContaining('skip  stack regionsweep, alarms: not checked: Ctrl-C'),
    });
  });

  it('writes JSON', async () => {
    const { text } = await doctor('--stack', 'regionsweep', '--json');
    const { results, deploy } = JSON.parse(text);
    expect(results[1]).toEqual({
      check: 'region',
      subject: 'stack regionsweep',
      status: 'pass',
      text: 'is deployed in eu-west-1, account 111122223333',
      unread: false,
    });
    expect(deploy).toEqual([]);
  });

  it('sanitizes what others have named', async () => {
    trails({ Name: 'evil\u001b[2J' });
    expect((await doctor('--source')).text).toContain('trail evil\\u{1b}[2J');
  });

  it('names a stack that does not exist, and credentials that are absent', async () => {
    aws.stack
      .on(DescribeStacksCommand)
      .rejects(Object.assign(new Error('Stack does not exist'), { name: 'ValidationError' }));
    expect(await doctor('--stack', 'no')).toEqual(
      expect.objectContaining({ code: 1, text: expect.stringContaining('stack no cannot be looked up') }),
    );
    aws.sts
      .on(GetCallerIdentityCommand)
      .rejects(Object.assign(new Error('none'), { name: 'CredentialsProviderError' }));
    expect((await doctor('--stack', 'no')).text).toContain('credentials cannot be used: CredentialsProviderError');
  });
});

const advanced = (...selectors: Record<string, string[]>[]): EventSelectors => ({
  basic: [],
  advanced: selectors.map((fields) => ({
    FieldSelectors: Object.entries(fields).map(([name, values]) => {
      const [Field, operator = 'Equals'] = name.split(' ');
      return { Field, [operator]: values };
    }),
  })),
});

it.each<[string, EventSelectors]>([
  ['all', { basic: [{}], advanced: [] }],
  ['all', { basic: [{ ReadWriteType: 'ReadOnly', IncludeManagementEvents: true }], advanced: [] }],
  ['all', { basic: [{ ReadWriteType: 'WriteOnly' }, { ReadWriteType: 'All' }], advanced: [] }],
  ['all', { basic: [{ ExcludeManagementEventSources: ['kms.amazonaws.com'] }], advanced: [] }],
  ['none', { basic: [{ ReadWriteType: 'WriteOnly' }], advanced: [] }],
  ['none', { basic: [{ IncludeManagementEvents: false }], advanced: [] }],
  ['none', { basic: [], advanced: [] }],
  ['all', advanced({ eventCategory: ['Management'] })],
  ['all', advanced({ eventCategory: ['Management'], readOnly: ['true'] })],
  ['all', advanced({ eventCategory: ['Management'], 'eventSource NotEquals': ['kms.amazonaws.com'] })],
  ['none', advanced({ eventCategory: ['Management'], readOnly: ['false'] })],
  ['none', advanced({ eventCategory: ['Management'], 'eventSource NotEquals': ['ec2.amazonaws.com'] })],
  ['none', advanced({ eventCategory: ['Management'], 'eventSource NotStartsWith': ['ec2.'] })],
  ['none', advanced({ eventCategory: ['Management'], 'eventName StartsWith': ['Create', 'Delete'] })],
  ['none', advanced({ eventCategory: ['Data'], 'resources.type': ['AWS::S3::Object'] })],
  ['some', advanced({ eventCategory: ['Management'], 'userIdentity.arn NotStartsWith': ['arn:aws:sts::1'] })],
  [
    'all',
    advanced({ eventCategory: ['Data'] }, { eventCategory: ['Management'], 'eventName EndsWith': ['Instances'] }),
  ],
])('a trail records %s calls with %j', (records, selectors) => {
  expect(recordsCall(selectors)).toBe(records);
});
