import { ConfigurationError } from '../../lambda/errors';
import { ENVIRONMENT, environmentOf, readConfiguration } from '../../lambda/settings';

const PLACE = {
  REGIONSWEEP_DETECTOR: 'regionsweep',
  REGIONSWEEP_TABLE_NAME: 'ledger',
  REGIONSWEEP_TOPIC_ARN: 'arn:aws:sns:eu-west-1:111122223333:alerts',
  REGIONSWEEP_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/111122223333/objects',
};

function messageOf(environment: Record<string, string>): string {
  try {
    readConfiguration(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

describe('the environment of the function', () => {
  it('needs only the places; the rule is that of origin', () => {
    const { rule, alerting, inflate, inflateLimitBytes } = readConfiguration({ ...PLACE, PATH: '/bin' });
    expect(rule).toEqual({
      minRegions: 10,
      minCalls: 10,
      windowSeconds: 30,
      windowing: 'tumbling',
      groupBy: 'arn',
      partitions: 1,
      ignoreRegions: [],
    });
    expect(alerting).toEqual({
      severityText: 'low',
      capAlerts: 100,
      capSeconds: 300,
      followUpMinutes: 15,
      suppressMinutes: 0,
      chatAsDefault: false,
    });
    expect({ inflate, inflateLimitBytes }).toEqual({ inflate: 'zlib', inflateLimitBytes: 256 * 1024 ** 2 });
  });

  it('is read back as the stack wrote it', () => {
    const written = environmentOf({
      detector: 'second',
      tableName: 'ledger',
      topicArn: PLACE.REGIONSWEEP_TOPIC_ARN,
      queueUrl: PLACE.REGIONSWEEP_QUEUE_URL,
      minRegions: 12,
      windowing: 'sliding',
      ignoreRegions: ['eu-west-1', 'us-gov-west-1'],
      chatAsDefault: true,
      severityText: 'a little low',
      followUpMinutes: 0,
    });
    const read = readConfiguration(written);
    expect(read.detector).toBe('second');
    expect(read.rule).toMatchObject({
      minRegions: 12,
      windowing: 'sliding',
      ignoreRegions: ['eu-west-1', 'us-gov-west-1'],
    });
    expect(read.alerting).toMatchObject({
      chatAsDefault: true,
      severityText: 'a little low',
      followUpMinutes: 0,
    });
  });

  it('takes an empty variable as none', () => {
    expect(readConfiguration({ ...PLACE, REGIONSWEEP_IGNORE_REGIONS: '' }).rule.ignoreRegions).toEqual([]);
    expect(environmentOf({ ignoreRegions: [] })).toEqual({});
  });

  it('names every fault at once: the variable, its value, what is allowed', () => {
    const { REGIONSWEEP_TOPIC_ARN: _, ...rest } = PLACE;
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
      'REGIONSWEEP_FOLLOW_UP_MINUTES is "15.5"; it must be a whole number from 0 to 15',
      'REGIONSWEEP_IGNORE_REGIONS is "eu-west-1,europe"; it must be a list (or text with commas) of region names such as eu-west-1',
      'REGIONSWEEP_MIN_REGIONS is "0"; it must be a whole number from 1 to 100',
      'REGIONSWEEP_TOPIC_ARN is missing; it must be the ARN of an SNS topic',
      'REGIONSWEEP_WINDOWING is "hopping"; it must be tumbling or sliding',
    ]);
  });

  it.each(['1e3', '0x10', ' 5', '5 ', '--1', 'ten'])('does not take %p for a number', (value) => {
    expect(messageOf({ ...PLACE, REGIONSWEEP_MIN_CALLS: value })).toContain(
      `REGIONSWEEP_MIN_CALLS is ${JSON.stringify(value)}`,
    );
  });

  it('has one variable for each field, all of ours', () => {
    const names = Object.values(ENVIRONMENT);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^REGIONSWEEP_[A-Z_]+$/);
  });
});
