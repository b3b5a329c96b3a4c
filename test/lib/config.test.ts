import { ConfigurationError } from '../../lambda/errors';
import { ENVIRONMENT, environmentOf, readEnvironment } from '../../lambda/settings';

const RESOURCES = {
  REGIONSWEEP_DETECTOR: 'regionsweep',
  REGIONSWEEP_TABLE_NAME: 'state',
  REGIONSWEEP_TOPIC_ARN: 'arn:aws:sns:eu-west-1:111122223333:alerts',
  REGIONSWEEP_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/111122223333/objects',
};

function messageOf(environment: Record<string, string>): string {
  try {
    readEnvironment(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

describe('the environment of the function', () => {
  it('needs only the stack’s resources; the rule is the rule of origin', () => {
    const { rule, alerts, reading } = readEnvironment({ ...RESOURCES, PATH: '/bin' });
    expect(rule).toEqual({
      minRegions: 10,
      minCalls: 10,
      windowSeconds: 30,
      windowing: 'tumbling',
      slowWindowSeconds: 0,
      groupBy: 'arn',
      partitions: 1,
      ignoreRegions: [],
    });
    expect(alerts).toEqual({
      severityText: 'low',
      capAlerts: 100,
      capSeconds: 300,
      followUpMinutes: 15,
      suppressMinutes: 0,
      chatAsDefault: false,
      accountNames: {},
    });
    expect(reading).toEqual({
      ...{ inflate: 'zlib', inflateLimitBytes: 256 * 1024 ** 2, fetchConcurrency: 16, asnDatabase: [] },
    });
  });

  it('is read as the stack wrote it', () => {
    const written = environmentOf({
      detector: 'second',
      tableName: 'state',
      topicArn: RESOURCES.REGIONSWEEP_TOPIC_ARN,
      queueUrl: RESOURCES.REGIONSWEEP_QUEUE_URL,
      minRegions: 12,
      windowing: 'sliding',
      ignoreRegions: ['eu-west-1', 'us-gov-west-1'],
      chatAsDefault: true,
      severityText: 'a little low',
      followUpMinutes: 0,
    });
    const read = readEnvironment(written);
    expect(read.resources.detector).toBe('second');
    expect(read.rule).toMatchObject({
      minRegions: 12,
      windowing: 'sliding',
      ignoreRegions: ['eu-west-1', 'us-gov-west-1'],
    });
    expect(read.alerts).toMatchObject({
      chatAsDefault: true,
      severityText: 'a little low',
      followUpMinutes: 0,
    });
  });

  it('treats an empty variable as absent', () => {
    expect(readEnvironment({ ...RESOURCES, REGIONSWEEP_IGNORE_REGIONS: '' }).rule.ignoreRegions).toEqual([]);
    expect(environmentOf({ ignoreRegions: [] })).toEqual({});
  });

  it('names every fault at once: the variable, its value, what is allowed', () => {
    const { REGIONSWEEP_TOPIC_ARN: _, ...rest } = RESOURCES;
    const message = messageOf({
      ...rest,
      REGIONSWEEP_MIN_REGIONS: '0',
      REGIONSWEEP_WINDOWING: 'hopping',
      REGIONSWEEP_FOLLOW_UP_MINUTES: '15.5',
      REGIONSWEEP_CHAT_AS_DEFAULT: 'yes',
      REGIONSWEEP_IGNORE_REGIONS: 'eu-west-1,europe',
    });
    expect(message.split('\n').sort()).toEqual([
      'REGIONSWEEP_CHAT_AS_DEFAULT is "yes"; it must be true or false',
      'REGIONSWEEP_FOLLOW_UP_MINUTES is "15.5"; it must be an integer from 0 to 15',
      'REGIONSWEEP_IGNORE_REGIONS is "eu-west-1,europe"; it must be a list (or text with commas) of region names such as eu-west-1',
      'REGIONSWEEP_MIN_REGIONS is "0"; it must be an integer from 1 to 100',
      'REGIONSWEEP_TOPIC_ARN is missing; it must be the ARN of an SNS topic',
      'REGIONSWEEP_WINDOWING is "hopping"; it must be tumbling or sliding',
    ]);
  });

  it.each(['1e3', '0x10', ' 5', '5 ', '--1', 'ten'])('does not take %p for a number', (value) => {
    expect(messageOf({ ...RESOURCES, REGIONSWEEP_MIN_CALLS: value })).toContain(
      `REGIONSWEEP_MIN_CALLS is ${JSON.stringify(value)}`,
    );
  });

  it('has the variables by which deployed functions are configured', () => {
    expect(
      Object.values(ENVIRONMENT)
        .map((name) => name.replace('REGIONSWEEP_', ''))
        .join(' '),
    ).toBe(
      'DETECTOR TABLE_NAME TOPIC_ARN QUEUE_URL TRAIL_BUCKET_NAME TRAIL_KEY_PREFIX TRAIL_BUCKET_OWNER MIN_REGIONS MIN_CALLS WINDOW_SECONDS WINDOWING SLOW_WINDOW_SECONDS GROUP_BY PARTITIONS IGNORE_REGIONS SEVERITY_TEXT CAP_ALERTS CAP_SECONDS FOLLOW_UP_MINUTES SUPPRESS_MINUTES CHAT_AS_DEFAULT ACCOUNT_NAMES INFLATE INFLATE_LIMIT_BYTES FETCH_CONCURRENCY ASN_DATABASE EXCEPTIONS EXCEPTIONS_PARAMETER',
    );
  });
});
