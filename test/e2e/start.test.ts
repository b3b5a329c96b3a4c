import { ENVIRONMENT } from '../../lambda/config';
import { FunctionProcess } from './function-process';
import { sharedStack } from './global-setup';

const stack = sharedStack();

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
  for (const variable of [ENVIRONMENT.minCalls, ENVIRONMENT.capSeconds])
    expect(message).not.toContain(variable);
});

it('starts where nothing is left out and nothing wrong', async () => {
  const { tableName, topicArn, queueUrl } = stack.function.places;
  const one = new FunctionProcess(stack, {
    ...stack.function.environment,
    [tableName]: 'ledger',
    [topicArn]: 'arn:aws:sns:us-east-1:111122223333:alerts',
    [queueUrl]: 'https://sqs.us-east-1.amazonaws.com/111122223333/objects',
  });
  await expect(one.started()).resolves.toBeGreaterThan(0);
  await one.close();
});
