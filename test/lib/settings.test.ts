import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '../../lambda/errors';
import { readSettings } from '../../lib/settings';

function faultsOf(context: Record<string, unknown>): string[] {
  try {
    readSettings(context);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message.split('\n');
  }
  throw new Error('nothing was refused');
}

describe('settings', () => {
  it('all have defaults: nothing given is a new trail', () => {
    const { settings, unknownKeys } = readSettings({});
    expect(settings).toMatchObject({ source: 'new-trail', detector: 'regionsweep', minRegions: 10 });
    expect(unknownKeys).toEqual([]);
  });

  it('are enough as two flags', () => {
    const { settings } = readSettings({ trailBucket: 'company-trail', alertEmail: 'sec@example.com' });
    expect(settings).toMatchObject({ source: 'bucket', alertEmail: ['sec@example.com'] });
  });

  it('come from cdk.json as values, and from flags as texts, which win', () => {
    const { settings } = readSettings({
      regionsweep: { minRegions: 12, alertEmail: ['a@example.com', 'b@example.com'], tags: { a: 'b' } },
      minRegions: '15',
      encryptTrail: 'true',
    });
    expect(settings).toMatchObject({
      minRegions: 15,
      alertEmail: ['a@example.com', 'b@example.com'],
      encryptTrail: true,
      tags: { a: 'b' },
    });
  });

  it('know the context of cdk.json', () => {
    const { context } = JSON.parse(readFileSync(join(__dirname, '../../cdk.json'), 'utf8')) as {
      context: Record<string, unknown>;
    };
    expect(readSettings(context).unknownKeys).toEqual([]);
  });

  it('have the feature flags that this aws-cdk-lib recommends', () => {
    const { context } = JSON.parse(readFileSync(join(__dirname, '../../cdk.json'), 'utf8')) as {
      context: Record<string, unknown>;
    };
    const flags: Record<string, unknown> = require('aws-cdk-lib/recommended-feature-flags.json');
    expect(context).toEqual({ regionsweep: {}, ...flags });
  });

  it('name a flag that nobody knows', () => {
    const { unknownKeys } = readSettings({ alertEmial: 'x', 'aws:cdk:x': 1, '@aws-cdk/core:y': true });
    expect(unknownKeys).toEqual(['alertEmial']);
  });

  it('leave alone what the CDK’s command line keeps among them', () => {
    expect(readSettings({ 'cli-telemetry': false, 'acknowledged-issue-numbers': [1] }).unknownKeys).toEqual([]);
  });

  it.each([
    ['an e-mail address', { protocol: 'email', endpoint: 'sec@example.com' }],
    ['a URL', { protocol: 'https', endpoint: 'https://hooks.example.com/a?b=c' }],
    ['a queue', { protocol: 'sqs', endpoint: 'arn:aws-us-gov:sqs:us-gov-west-1:111122223333:siem' }],
    ['a function', { protocol: 'lambda', endpoint: 'arn:aws:lambda:eu-west-1:111122223333:function:respond' }],
    ['an alias', { protocol: 'lambda', endpoint: 'arn:aws:lambda:eu-west-1:111122223333:function:respond:live' }],
    [
      'a filter',
      {
        protocol: 'email',
        endpoint: 'sec@example.com',
        filter: {
          kind: ['alert', 'follow-up', 'summary', 'notice'],
          severity: ['low'],
          rule_id: ['ec2-multi-region-describe-instances'],
          account_id: ['111122223333'],
          replay_id: ['20261124-040000-3f9a12'],
        },
      },
    ],
  ])('take %s', (_what, subscriber) => {
    expect(readSettings({ subscribers: JSON.stringify([subscriber]) }).settings.subscribers).toEqual([subscriber]);
  });

  it.each([
    ['my.bucket', 'audit'],
    ['1.2.3.4.logs', '/audit/2026/'],
    ['abc', "it's_(all).fine!"],
  ])('take the bucket %s and the prefix %s', (trailBucket, trailPrefix) => {
    expect(readSettings({ trailBucket, trailPrefix }).settings).toMatchObject({ trailBucket, trailPrefix });
  });
});

describe('a fault names the key, the value and what is allowed', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['a number out of range', { minRegions: '0' }, 'minRegions is "0"; it must be a whole number from 1 to 100'],
    ['a value not in a list', { inflate: 'gzip' }, 'inflate is "gzip"; it must be zlib or zlib-sync'],
    ['an unfit bucket name', { trailBucket: 'S3://x' }, 'trailBucket is "S3://x"; it must be the name of an S3 bucket'],
    [
      'an address that is none',
      { alertEmail: 'sec@example.com,nobody' },
      'alertEmail is "sec@example.com,nobody"; it must be a list (or text with commas) of e-mail addresses',
    ],
    ['a time between', { silenceMinutes: '7' }, 'silenceMinutes is "7"; it must be a multiple of 5 from 0 to 1440'],
    [
      'a retention that CloudWatch has not',
      { logRetentionDays: '31' },
      'logRetentionDays is "31"; it must be one of 1, 3, 5',
    ],
    ['JSON that is none', { tags: '{team}' }, 'tags is "{team}"; it must be a JSON object of texts'],
    [
      'a key of the object nobody knows',
      { regionsweep: { minRegion: 9 } },
      'minRegion is not known; known are source,',
    ],
    ['an object that is none', { regionsweep: 'yes' }, 'The context regionsweep is "yes"'],
    [
      'a subscriber with an unknown attribute',
      { subscribers: '[{"protocol":"sqs","endpoint":"x","filter":{"size":["big"]}}]' },
      'subscribers is "[{',
    ],
    ['a flag given without a value', { trailBucket: '' }, 'trailBucket is ""; it must be the name of an S3 bucket'],
    ['a list without a value', { alertEmail: '' }, 'alertEmail is ""; it must be a list'],
    ['a number without a value', { minCalls: '' }, 'minCalls is ""; it must be a whole number'],
    ['an address in place of a bucket', { trailBucket: '192.168.5.4' }, 'trailBucket is "192.168.5.4"; it must be'],
    ['a bucket with a hole', { trailBucket: 'my..bucket' }, 'trailBucket is "my..bucket"; it must be'],
    [
      'a wildcard in the prefix',
      { trailPrefix: 'audit/*' },
      'trailPrefix is "audit/*"; it must be an object key prefix of at most 200 letters, digits and !_.\'()/-',
    ],
    [
      'an alias for a key',
      { trailKeyArn: 'arn:aws:kms:eu-west-1:111122223333:alias/trail' },
      'trailKeyArn is "arn:aws:kms:eu-west-1:111122223333:alias/trail"; it must be the ARN of a KMS key, not of an alias',
    ],
    [
      'a pattern for a key',
      { trailKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/*' },
      'trailKeyArn is "arn:aws:kms:eu-west-1:111122223333:key/*"; it must be',
    ],
    ['a tag that AWS keeps for itself', { tags: { 'AWS:x': 'y' } }, 'tags is {"AWS:x":"y"}; it must be'],
    ['a tag’s value that AWS refuses', { tags: { team: 'a&b' } }, 'tags is {"team":"a&b"}; it must be'],
    ['a tag with a line break', { tags: { 'a\nb': 'c' } }, 'tags is {"a\\nb":"c"}; it must be'],
  ])('%s', (_what, context, message) => {
    expect(faultsOf(context)[0]).toContain(message);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a source without its bucket', { source: 'eventbridge' }, 'trailBucket: missing'],
    ['a topic without its bucket', { trailTopicArn: 'arn:aws:sns:eu-west-1:111122223333:t' }, 'trailBucket: missing'],
    ['a topic source without its topic', { source: 'topic', trailBucket: 'abc' }, 'trailTopicArn: missing'],
    ['a new trail in a given bucket', { source: 'new-trail', trailBucket: 'abc' }, 'trailBucket: a new trail'],
    ['an encrypted trail that exists', { trailBucket: 'abc', encryptTrail: 'true' }, 'encryptTrail: is about new'],
    [
      'an expiry of what is not ours',
      { trailBucket: 'abc', trailExpireDays: '365' },
      'trailExpireDays: is about new trails',
    ],
    [
      'a prefix that is all ours',
      { trailPrefix: 'AWSLogs' },
      'trailPrefix: is what stands before AWSLogs/: leave it out',
    ],
    [
      'a prefix that ends in ours',
      { trailPrefix: 'audit/AWSLogs/' },
      'trailPrefix: is what stands before AWSLogs/: write audit, and',
    ],
    [
      'a prefix with an organisation in it',
      { trailPrefix: 'AWSLogs/o-a1b2c3d4e5' },
      'trailPrefix: is what stands before AWSLogs/: leave it out, and name an organisation by organizationId',
    ],
    [
      'an address that is none',
      { subscribers: '[{"protocol":"email","endpoint":"sec"}]' },
      'subscribers: an endpoint of protocol email is "sec"; it must be an e-mail address',
    ],
    [
      'a URL of plain HTTP',
      { subscribers: '[{"protocol":"https","endpoint":"http://example.com"}]' },
      'subscribers: an endpoint of protocol https is "http://example.com"; it must be a URL that begins with https://',
    ],
    [
      'a queue’s URL',
      {
        subscribers: '[{"protocol":"sqs","endpoint":"https://sqs.eu-west-1.amazonaws.com/111122223333/siem"}]',
      },
      'must be the ARN of an SQS queue',
    ],
    [
      'a FIFO queue',
      { subscribers: '[{"protocol":"sqs","endpoint":"arn:aws:sqs:eu-west-1:111122223333:siem.fifo"}]' },
      'must be the ARN of an SQS queue that is no FIFO queue',
    ],
    [
      'a queue for a function',
      { subscribers: '[{"protocol":"lambda","endpoint":"arn:aws:sqs:eu-west-1:111122223333:siem"}]' },
      'must be the ARN of a Lambda function',
    ],
    [
      'a kind that is never sent',
      { subscribers: '[{"protocol":"email","endpoint":"a@b.cd","filter":{"kind":["alerts"]}}]' },
      'subscribers: kind in a filter is "alerts"; it must be alert or follow-up or summary or notice',
    ],
    [
      'a severity that is never sent',
      { subscribers: '[{"protocol":"email","endpoint":"a@b.cd","filter":{"severity":["high"]}}]' },
      'subscribers: severity in a filter is "high"; it must be low',
    ],
    ['half a channel', { slackChannelId: 'C1' }, 'slackChannelId: slackWorkspaceId and slackChannelId'],
    ['a large batch without waiting', { batchingWindowSeconds: '0' }, 'batchingWindowSeconds: must be at least 1'],
    [
      'more invocations than are reserved',
      { maxConcurrency: '20', reservedConcurrency: '10' },
      'maxConcurrency: must not exceed reservedConcurrency, which is 10',
    ],
  ])('%s', (_what, context, message) => {
    expect(faultsOf(context).join('\n')).toContain(message);
  });

  it('for all faults at once', () => {
    expect(faultsOf({ minRegions: '0', inflate: 'gzip', trailBucket: '!' })).toHaveLength(3);
  });
});
