import { ConfigurationError } from '../../lambda/errors';
import { ENVIRONMENT } from '../../lambda/settings';
import { readSettings } from '../../lib/settings';
import { messageOf, sqsEvent } from './event-source';
import { FunctionProcess } from './function-process';
import { sharedStack } from './global-setup';
import { s3Event } from './notices';
import { keyOf } from './trails';

const stack = sharedStack();

const TOPIC = 'arn:aws:sns:us-east-1:111122223333:alerts';

const QUEUE = 'https://sqs.us-east-1.amazonaws.com/111122223333/objects';

/** What the function says when it cannot start with these variables. */
async function faultWith(environment: Readonly<Record<string, string>>): Promise<Error> {
  const one = new FunctionProcess(stack, environment);
  try {
    await one.started();
  } catch (error) {
    return error as Error;
  } finally {
    await one.close();
  }
  throw new Error('the function started');
}

it('does not start with a faulty configuration, and names every fault in one error', async () => {
  const { name, message } = await faultWith({
    ...stack.function.environment,
    [ENVIRONMENT.topicArn]: 'the alert topic',
    [ENVIRONMENT.minRegions]: '0',
    [ENVIRONMENT.windowing]: 'hopping',
    [ENVIRONMENT.capAlerts]: 'many',
  });
  expect(name).toBe('ConfigurationError');
  const { topicArn, minRegions, windowing, capAlerts, tableName, queueUrl } = ENVIRONMENT;
  for (const variable of [topicArn, minRegions, windowing, capAlerts, tableName, queueUrl]) {
    expect(message).toContain(variable);
  }
  for (const value of ['the alert topic', '0', 'hopping', 'many']) expect(message).toContain(`"${value}"`);
  for (const variable of [ENVIRONMENT.minCalls, ENVIRONMENT.capSeconds]) expect(message).not.toContain(variable);
});

it('begins to read under the shortest time limit that the settings allow', async () => {
  const shortest = 30;
  expect(() => readSettings({ timeoutSeconds: String(shortest - 1) })).toThrow(ConfigurationError);
  const { queueUrl, tableName, topicArn } = stack.function.places;
  const one = new FunctionProcess(
    { ...stack, function: { ...stack.function, timeoutSeconds: shortest } },
    {
      ...stack.function.environment,
      ...{ [tableName]: 'ledger', [topicArn]: TOPIC, [queueUrl]: QUEUE },
      // Nobody answers: what counts is that it was asked for.
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    },
  );
  const body = s3Event('company-trail', [keyOf('111122223333', 'us-east-1', 'one')]);
  const { batchItemFailures } = await one.invoke(sqsEvent([messageOf(body)]));
  expect(batchItemFailures).toHaveLength(1);
  const reasons = one.log.filter((line) => line.includes('message failed'));
  expect(reasons).toEqual([expect.stringContaining('ECONNREFUSED')]);
  await one.close();
});

it('starts where nothing is left out and nothing wrong', async () => {
  const { tableName, topicArn, queueUrl } = stack.function.places;
  const one = new FunctionProcess(stack, {
    ...stack.function.environment,
    [tableName]: 'ledger',
    [topicArn]: TOPIC,
    [queueUrl]: QUEUE,
  });
  await expect(one.started()).resolves.toBeGreaterThan(0);
  await one.close();
});
