import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '../../lambda/errors';
import { readSettings } from '../../lib/settings';

/** The settings without their groups. */
const read = (context: Record<string, unknown>) => Object.assign({}, ...Object.values(readSettings(context).settings));

const unknownKeys = (context: Record<string, unknown>) => readSettings(context).unknownKeys;

function faultsOf(context: Record<string, unknown>): string[] {
  try {
    readSettings(context);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message.split('\n');
  }
  throw new Error('nothing was refused');
}

const { context: CDK_JSON } = JSON.parse(readFileSync(join(__dirname, '../../cdk.json'), 'utf8')) as {
  context: Record<string, unknown>;
};

describe('settings', () => {
  it('all have defaults', () => {
    expect(read({})).toMatchObject({ detector: 'regionsweep', minRegions: 10, memoryMiB: 512, encryptTrail: false });
    expect(unknownKeys({})).toEqual([]);
  });

  it('come from cdk.json as values, and from flags as texts, which win', () => {
    const alertEmail = ['a@example.com', 'b@example.com'];
    const regionsweep = { minRegions: 12, alertEmail, tags: { a: 'b' } };
    expect(read({ regionsweep, minRegions: '15', encryptTrail: 'true' })).toMatchObject({
      minRegions: 15,
      alertEmail,
      encryptTrail: true,
      tags: { a: 'b' },
    });
    expect(read({ alertEmail: 'a@example.com, b@example.com' })).toMatchObject({ alertEmail });
  });

  it('know the context of cdk.json, which has the feature flags that this aws-cdk-lib recommends', () => {
    expect(unknownKeys(CDK_JSON)).toEqual([]);
    const flags: Record<string, unknown> = require('aws-cdk-lib/recommended-feature-flags.json');
    expect(CDK_JSON).toEqual({ regionsweep: {}, ...flags });
  });

  it('name an unknown flag, and ignore what the CDK’s command line keeps among them', () => {
    expect(unknownKeys({ alertEmial: 'x', 'aws:cdk:x': 1, '@aws-cdk/core:y': true })).toEqual(['alertEmial']);
    expect(unknownKeys({ 'cli-telemetry': false, 'acknowledged-issue-numbers': [1] })).toEqual([]);
  });

  it.each([
    { protocol: 'email', endpoint: 'sec@example.com' },
    { protocol: 'https', endpoint: 'https://hooks.example.com/a?b=c' },
    { protocol: 'sqs', endpoint: 'arn:aws-us-gov:sqs:us-gov-west-1:111122223333:siem' },
    { protocol: 'lambda', endpoint: 'arn:aws:lambda:eu-west-1:111122223333:function:respond' },
    { protocol: 'lambda', endpoint: 'arn:aws:lambda:eu-west-1:111122223333:function:respond:live' },
    {
      protocol: 'email',
      endpoint: 'sec@example.com',
      filter: {
        kind: ['alert', 'follow-up', 'summary', 'notice'],
        severity: ['low'],
        rule_id: ['ec2-multi-region-describe-instances'],
        account_id: ['111122223333'],
        replay_id: ['20261124-040000-3f9a12'],
        signals: ['long-lived-key', 'root'],
      },
      verdicts: ['suspicious', 'unclear', 'likely-benign'],
    },
  ])('take the subscriber %j', (subscriber) => {
    expect(read({ subscribers: JSON.stringify([subscriber]) }).subscribers).toEqual([subscriber]);
  });

  it.each([
    ['my.bucket', 'audit'],
    ['1.2.3.4.logs', '/audit/2026/'],
    ['abc', "it's_(all).fine!"],
  ])('take the bucket %s and the prefix %s', (trailBucket, trailPrefix) => {
    expect(read({ trailBucket, trailPrefix })).toMatchObject({ trailBucket, trailPrefix });
  });
});

const subscriber = (protocol: string, endpoint: string, filter?: object) => ({
  subscribers: JSON.stringify([{ protocol, endpoint, filter }]),
});

const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:t';

describe('a fault names the key, the value and what is allowed', () => {
  it.each<[Record<string, unknown>, string]>([
    [{ minRegions: '0' }, 'minRegions is "0"; it must be an integer from 1 to 100'],
    [{ minCalls: '' }, 'minCalls is ""; it must be an integer'],
    [{ inflate: 'gzip' }, 'inflate is "gzip"; it must be zlib or zlib-sync'],
    [{ trailBucket: 'S3://x' }, 'trailBucket is "S3://x"; it must be the name of an S3 bucket'],
    [{ trailBucket: '' }, 'trailBucket is ""; it must be the name of an S3 bucket'],
    [{ trailBucket: '192.168.5.4' }, 'trailBucket is "192.168.5.4"; it must be'],
    [{ trailBucket: 'my..bucket' }, 'trailBucket is "my..bucket"; it must be'],
    [
      { trailPrefix: 'audit/*' },
      'trailPrefix is "audit/*"; it must be an object key prefix of at most 200 letters, digits and !_.\'()/-',
    ],
    [
      { trailKeyArn: 'arn:aws:kms:eu-west-1:111122223333:alias/trail' },
      'trailKeyArn is "arn:aws:kms:eu-west-1:111122223333:alias/trail"; it must be the ARN of a KMS key, not of an alias',
    ],
    [{ trailKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/*' }, ':key/*"; it must be the ARN of a KMS key'],
    [
      { alertEmail: 'sec@example.com,nobody' },
      'alertEmail is "sec@example.com,nobody"; it must be a list (or text with commas) of e-mail addresses',
    ],
    [{ alertEmail: '' }, 'alertEmail is ""; it must be a list'],
    [{ silenceMinutes: '7' }, 'silenceMinutes is "7"; it must be a multiple of 5 from 0 to 1440'],
    [{ logRetentionDays: '31' }, 'logRetentionDays is "31"; it must be one of 1, 3, 5'],
    [{ tags: '{team}' }, 'tags is "{team}"; it must be a JSON object of texts'],
    [{ tags: { 'AWS:x': 'y' } }, 'tags is {"AWS:x":"y"}; it must be'],
    [{ tags: { team: 'a&b' } }, 'tags is {"team":"a&b"}; it must be'],
    [{ tags: { 'a\nb': 'c' } }, 'tags is {"a\\nb":"c"}; it must be'],
    [{ regionsweep: { minRegion: 9 } }, 'minRegion is not known; known are source,'],
    [{ regionsweep: JSON.parse('{"__proto__":{"minRegions":1}}') }, '__proto__ is not known'],
    [{ regionsweep: 'yes' }, 'The context regionsweep is "yes"'],
    [subscriber('sqs', 'x', { size: ['big'] }), 'subscribers is "[{'],
    [{ source: 'eventbridge' }, 'trailBucket: missing'],
    [{ trailTopicArn: TOPIC }, 'trailBucket: missing'],
    [{ source: 'topic', trailBucket: 'abc' }, 'trailTopicArn: missing'],
    [{ source: 'bucket', trailBucket: 'abc', trailTopicArn: TOPIC }, 'trailTopicArn: the source bucket uses no topic'],
    [{ source: 'new-trail', trailBucket: 'abc' }, 'trailBucket: a new trail'],
    [{ trailKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1' }, 'trailKeyArn: is for existing trails'],
    [{ trailBucket: 'abc', encryptTrail: 'true' }, 'encryptTrail: is for new trails'],
    [{ trailBucket: 'abc', trailExpireDays: '365' }, 'trailExpireDays: is for new trails'],
    [{ trailPrefix: 'AWSLogs' }, 'trailPrefix: is what precedes AWSLogs/: leave it out'],
    [{ trailPrefix: 'audit/AWSLogs/' }, 'trailPrefix: is what precedes AWSLogs/: write audit, and'],
    [{ trailPrefix: 'AWSLogs/o-a1b2c3d4e5' }, 'leave it out, and name an organization by organizationId'],
    [subscriber('email', 'sec'), 'subscribers: an endpoint of protocol email is "sec"; it must be an e-mail address'],
    [
      subscriber('https', 'http://example.com'),
      'subscribers: an endpoint of protocol https is "http://example.com"; it must be a URL that begins with https://',
    ],
    [subscriber('sqs', 'https://sqs.eu-west-1.amazonaws.com/111122223333/siem'), 'must be the ARN of an SQS queue'],
    [
      subscriber('sqs', 'arn:aws:sqs:eu-west-1:111122223333:siem.fifo'),
      'must be the ARN of an SQS queue, not a FIFO queue',
    ],
    [subscriber('lambda', 'arn:aws:sqs:eu-west-1:111122223333:siem'), 'must be the ARN of a Lambda function'],
    [
      subscriber('email', 'a@b.cd', { kind: ['alerts'] }),
      'subscribers: kind in a filter is "alerts"; it must be alert or follow-up or summary or notice',
    ],
    [
      subscriber('email', 'a@b.cd', { severity: ['high'] }),
      'subscribers: severity in a filter is "high"; it must be low',
    ],
    [
      { ...subscriber('email', 'a@b.cd', { signals: ['LongLived'] }) },
      'subscribers: signals in a filter is "LongLived"; it must be the id of a finding',
    ],
    [
      { alertEmail: 'a@b.cd', emailVerdicts: 'bad' },
      'emailVerdicts is "bad"; it must be a list (or text with commas) of verdicts: suspicious, unclear, likely-benign',
    ],
    [{ emailVerdicts: 'suspicious' }, 'emailVerdicts: is for the addresses of alertEmail'],
    [{ alertEmail: 'a@b.cd', emailVerdicts: [] }, 'emailVerdicts: is for the addresses of alertEmail, and names'],
    [
      { slackWorkspaceId: 'T1', slackChannelId: 'C1', slackVerdicts: 'bad' },
      'slackVerdicts is "bad"; it must be a list (or text with commas) of verdicts',
    ],
    [{ slackVerdicts: 'suspicious' }, 'slackVerdicts: is for a Slack channel, and names at least one verdict'],
    [
      {
        ...{ slackWorkspaceId: 'T1', slackChannelId: 'C1' },
        slackConfigurationArn: 'arn:aws:chatbot::111122223333:chat-configuration/slack-channel/security',
      },
      'slackConfigurationArn: is instead of slackWorkspaceId and slackChannelId',
    ],
    [{ slackConfigurationArn: 'security' }, 'slackConfigurationArn is "security"; it must be an ARN such as'],
    [{ slackChannelId: 'C1' }, 'slackChannelId: slackWorkspaceId and slackChannelId'],
    [{ batchingWindowSeconds: '0' }, 'batchingWindowSeconds: must be at least 1'],
    [
      { maxConcurrency: '20', reservedConcurrency: '10' },
      'maxConcurrency: must not exceed reservedConcurrency, which is 10',
    ],
  ])('%j', (context, message) => {
    expect(faultsOf(context)).toEqual([expect.stringContaining(message)]);
  });

  it('for all faults at once', () => {
    expect(faultsOf({ minRegions: '0', inflate: 'gzip', trailBucket: '!' })).toHaveLength(3);
  });
});

it('refuses __proto__, which an object would not keep', () => {
  const tags = '{"__proto__": {"a": "b"}}';
  expect(() => readSettings({ tags })).toThrow(/tags is .*must be a JSON object of texts/);
  expect(() => readSettings(JSON.parse('{"regionsweep": {"__proto__": {"detector": "x"}}}'))).toThrow(
    ConfigurationError,
  );
});

it('names a faulty value without what could harm a terminal', () => {
  const detector = 'a\u202e\u001b[31m\n';
  expect(() => readSettings({ detector })).toThrow(/^detector is "a[^\p{C}]*"; it must be/u);
});
