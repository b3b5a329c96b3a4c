import { ConfigurationError } from '../../lambda/errors';
import { ENVIRONMENT } from '../../lambda/settings';
import { readSettings } from '../../lib/settings';
import { messageOf, sqsEvent } from './event-source';
import { FunctionProcess } from './function-process';
import { s3Event } from './notices';
import { sharedStack } from './stack';
import { keyOf } from './trails';

const stack = sharedStack();

const TOPIC = 'arn:aws:sns:us-east-1:111122223333:alerts';

const QUEUE = 'https://sqs.us-east-1.amazonaws.com/111122223333/objects';

const { tableName, topicArn, queueUrl } = stack.function.places;

const ENVIRONMENT_OF_A_STACK = {
  ...stack.function.environment,
  ...{ [tableName]: 'state', [topicArn]: TOPIC, [queueUrl]: QUEUE },
};

it('does not start with a faulty configuration, and names every fault in one error', async () => {
  const faulty = {
    [ENVIRONMENT.topicArn]: 'the alert topic',
    [ENVIRONMENT.minRegions]: '0',
    [ENVIRONMENT.windowing]: 'hopping',
    [ENVIRONMENT.capAlerts]: 'many',
  };
  const one = new FunctionProcess(stack, { ...stack.function.environment, ...faulty });
  const fault = await one.started().catch((error: Error) => error);
  await one.close();
  const { name, message } = fault as Error;
  expect(name).toBe('ConfigurationError');
  for (const variable of [...Object.keys(faulty), ENVIRONMENT.tableName, ENVIRONMENT.queueUrl]) {
    expect(message).toContain(variable);
  }
  for (const value of Object.values(faulty)) expect(message).toContain(`"${value}"`);
  for (const variable of [ENVIRONMENT.minCalls, ENVIRONMENT.capSeconds]) expect(message).not.toContain(variable);
});

it('begins to read under the shortest time limit that the settings allow', async () => {
  const shortest = 30;
  expect(() => readSettings({ timeoutSeconds: String(shortest - 1) })).toThrow(ConfigurationError);
  // Nobody answers: what counts is that a request was made.
  const environment = { ...ENVIRONMENT_OF_A_STACK, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
  const one = new FunctionProcess({ ...stack, function: { ...stack.function, timeoutSeconds: shortest } }, environment);
  const body = s3Event('company-trail', [keyOf('111122223333', 'us-east-1', 'one')]);
  const { batchItemFailures } = await one.invoke(sqsEvent([messageOf(body)]));
  expect(batchItemFailures).toHaveLength(1);
  const reasons = one.log.filter((line) => line.includes('message failed'));
  expect(reasons).toEqual([expect.stringContaining('ECONNREFUSED')]);
  await one.close();
});

it('starts where nothing is left out and nothing wrong', async () => {
  const one = new FunctionProcess(stack, ENVIRONMENT_OF_A_STACK);
  await expect(one.started()).resolves.toBeGreaterThan(0);
  await one.close();
});
