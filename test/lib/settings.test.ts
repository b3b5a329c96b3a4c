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
});

describe('a fault names the key, the value and what is allowed', () => {
  it.each<[string, Record<string, unknown>, string]>([
    [
      'a number out of range',
      { minRegions: '0' },
      'minRegions is "0"; it must be a whole number from 1 to 100',
    ],
    ['a value not in a list', { inflate: 'gzip' }, 'inflate is "gzip"; it must be zlib or zlib-sync'],
    [
      'an unfit bucket name',
      { trailBucket: 'S3://x' },
      'trailBucket is "S3://x"; it must be the name of an S3 bucket',
    ],
    [
      'an address that is none',
      { alertEmail: 'sec@example.com,nobody' },
      'alertEmail is "sec@example.com,nobody"; it must be a list (or text with commas) of e-mail addresses',
    ],
    [
      'a time between',
      { silenceMinutes: '7' },
      'silenceMinutes is "7"; it must be a multiple of 5 from 0 to 1440',
    ],
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
  ])('%s', (_what, context, message) => {
    expect(faultsOf(context)[0]).toContain(message);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a source without its bucket', { source: 'eventbridge' }, 'trailBucket: missing'],
    [
      'a topic without its bucket',
      { trailTopicArn: 'arn:aws:sns:eu-west-1:111122223333:t' },
      'trailBucket: missing',
    ],
    ['a topic source without its topic', { source: 'topic', trailBucket: 'abc' }, 'trailTopicArn: missing'],
    [
      'a new trail in a given bucket',
      { source: 'new-trail', trailBucket: 'abc' },
      'trailBucket: a new trail',
    ],
    [
      'an encrypted trail that exists',
      { trailBucket: 'abc', encryptTrail: 'true' },
      'encryptTrail: is about new',
    ],
    ['half a channel', { slackChannelId: 'C1' }, 'slackChannelId: slackWorkspaceId and slackChannelId'],
    [
      'a large batch without waiting',
      { batchingWindowSeconds: '0' },
      'batchingWindowSeconds: must be at least 1',
    ],
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
