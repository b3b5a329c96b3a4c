import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { type BatchResultErrorEntry, QueueDoesNotExist, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { SnsSink } from '../../lambda/adapters/aws/sns';
import { SqsQueue } from '../../lambda/adapters/aws/sqs';
import { SsmExceptions } from '../../lambda/adapters/aws/ssm';
import { ServiceError } from '../../lambda/errors';

const REGION = { region: 'eu-west-1' };

const [snsClient, sqsClient, ssmClient] = [new SNSClient(REGION), new SQSClient(REGION), new SSMClient(REGION)];

const [sns, sqs, ssm] = [mockClient(snsClient), mockClient(sqsClient), mockClient(ssmClient)];

let waits: number[];

beforeEach(() => {
  for (const mock of [sns, sqs, ssm]) mock.reset();
  waits = [];
});

const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:alerts';

const QUEUE = 'https://sqs.eu-west-1.amazonaws.com/111122223333/objects';

const PARAMETER = '/regionsweep/exceptions';

const sink = new SnsSink(snsClient, TOPIC);

const queue = new SqsQueue(sqsClient, QUEUE, async (attempt) => {
  waits.push(attempt);
});

const parameter = new SsmExceptions(ssmClient, PARAMETER);

const MESSAGE = {
  subject: '[low] mallory swept 10 regions',
  body: '{"default":"text"}',
  attributes: { rule_id: 'ec2-multi-region-describe-instances', kind: 'alert', replay_id: '' },
  signals: ['root', 'dry-run'],
};

it('an alert is published with a text for each protocol, signals as a list, and no empty attribute', async () => {
  sns.on(PublishCommand).resolves({ MessageId: 'm-1' });
  expect(await sink.publish(MESSAGE)).toBe('m-1');
  expect(sns.commandCalls(PublishCommand)[0]!.args[0].input).toEqual({
    TopicArn: TOPIC,
    MessageStructure: 'json',
    Subject: MESSAGE.subject,
    Message: MESSAGE.body,
    MessageAttributes: {
      rule_id: { DataType: 'String', StringValue: 'ec2-multi-region-describe-instances' },
      kind: { DataType: 'String', StringValue: 'alert' },
      signals: { DataType: 'String.Array', StringValue: '["root","dry-run"]' },
    },
  });
  await sink.publish({ ...MESSAGE, signals: [] });
  const { MessageAttributes } = sns.commandCalls(PublishCommand)[1]!.args[0].input;
  expect(Object.keys(MessageAttributes!)).toEqual(['rule_id', 'kind']);
});

it('exceptions are the text of one parameter, decrypted if it is encrypted, or absent with it', async () => {
  ssm.on(GetParameterCommand).resolvesOnce({ Parameter: { Name: PARAMETER, Value: '{"exceptions":[]}' } });
  expect(await parameter.read()).toBe('{"exceptions":[]}');
  const { input } = ssm.commandCalls(GetParameterCommand)[0]!.args[0];
  expect(input).toEqual({ Name: PARAMETER, WithDecryption: true });
  ssm.on(GetParameterCommand).rejects(new ParameterNotFound({ message: 'none', $metadata: {} }));
  expect(await parameter.read()).toBeUndefined();
});

describe('a failure says where, why and what to do', () => {
  const calls = {
    'SNS publish': [() => sink.publish(MESSAGE), ServiceError, `cannot publish to ${TOPIC}`],
    'SQS sendBatch': [() => queue.sendBatch(['a']), ServiceError, `queue ${QUEUE}: cannot send`],
    'SSM read': [() => parameter.read(), ServiceError, `parameter ${PARAMETER} cannot be read`],
  } as const;
  const named = (name: string, message = 'so it is') => Object.assign(new Error(message), { name });
  const sending: readonly [Error, RegExp][] = [
    [new QueueDoesNotExist({ message: 'no', $metadata: {} }), /The queue was deleted/],
    [named('AWS.SimpleQueueService.NonExistentQueue'), /The queue was deleted/],
    [named('AccessDenied'), /Allow sqs:SendMessage/],
    [named('AccessDeniedException'), /Allow sqs:SendMessage/],
    [named('InvalidMessageContents'), /characters SQS does not take/],
    [named('RequestThrottled'), /throttled/],
    [named('KmsAccessDenied'), /key's own policy/],
  ];
  it.each<[call: keyof typeof calls, cause: Error, advice: RegExp]>([
    ['SNS publish', named('AuthorizationErrorException'), /Allow sns:Publish/],
    ['SNS publish', named('NotFoundException'), /The topic was deleted/],
    ['SNS publish', named('InvalidParameterException'), /99 printable ASCII characters and 262,144 bytes/],
    ['SNS publish', named('KMSAccessDeniedException'), /key's own policy/],
    ['SNS publish', named('TimeoutError'), /could not be reached/],
    ['SSM read', named('AccessDeniedException', 'no: ssm:GetParameter'), /Allow ssm:GetParameter/],
    ['SSM read', named('AccessDeniedException', 'no: kms:Decrypt'), /Allow kms:Decrypt/],
    ['SSM read', named('InvalidKeyId'), /See the cause/],
    ...sending.map(([cause, advice]) => ['SQS sendBatch', cause, advice] as [keyof typeof calls, Error, RegExp]),
  ])('%s: %s', async (call, cause, advice) => {
    sns.onAnyCommand().rejects(cause);
    sqs.onAnyCommand().rejects(cause);
    ssm.onAnyCommand().rejects(cause);
    const [run, Failure, where] = calls[call];
    const error = (await run().catch((thrown: unknown) => thrown)) as Error;
    expect(error).toBeInstanceOf(Failure);
    expect(error.message).toContain(`${where}: ${cause.name}: `);
    expect(error.message).toMatch(advice);
    expect(error.message).not.toContain(MESSAGE.subject);
    expect(error.cause).toBe(cause);
  });
});

describe('many messages', () => {
  const failed = (...ids: string[]): BatchResultErrorEntry[] =>
    ids.map((Id) => ({ Id, SenderFault: false, Code: 'InternalError', Message: 'not now' }));

  const entries = () => sqs.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input.Entries ?? []);

  const batches = () => entries().map((batch) => batch.map(({ MessageBody }) => MessageBody));

  it('are sent ten by ten', async () => {
    sqs.on(SendMessageBatchCommand).resolves({});
    await queue.sendBatch([]);
    expect(batches()).toEqual([]);
    const bodies = Array.from({ length: 23 }, (_, index) => `m${index}`);
    await queue.sendBatch(bodies);
    expect(batches()).toEqual([bodies.slice(0, 10), bodies.slice(10, 20), bodies.slice(20)]);
    for (const batch of entries()) expect(new Set(batch.map(({ Id }) => Id)).size).toBe(batch.length);
  });

  it('are sent again if SQS did not take them, after a while', async () => {
    sqs
      .on(SendMessageBatchCommand)
      .resolvesOnce({ Successful: [], Failed: failed('0', '2') })
      .resolvesOnce({ Successful: [], Failed: failed('2') })
      .resolves({});
    await queue.sendBatch(['a', 'b', 'c']);
    expect(batches()).toEqual([['a', 'b', 'c'], ['a', 'c'], ['c']]);
    expect(waits).toEqual([1, 2]);
  });

  it('are abandoned after some attempts, and those after them are not tried', async () => {
    sqs.on(SendMessageBatchCommand).resolves({ Failed: failed('1') });
    const bodies = Array.from({ length: 11 }, (_, index) => `m${index}`);
    await expect(queue.sendBatch(bodies)).rejects.toThrow(/1 of 10 messages refused: InternalError: not now/);
    expect(batches()).toEqual([bodies.slice(0, 10), ['m1'], ['m1'], ['m1'], ['m1'], ['m1']]);
    expect(waits).toEqual([1, 2, 3, 4, 5]);
  });

  it('are abandoned at once if the message itself is at fault', async () => {
    const own = { Id: '1', SenderFault: true, Code: 'InvalidMessageContents', Message: 'bad' };
    sqs.on(SendMessageBatchCommand).resolves({ Failed: [...failed('0'), own] });
    const error = (await queue.sendBatch(['a', 'b']).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toBeInstanceOf(ServiceError);
    expect(error.message).toMatch(/InvalidMessageContents: bad\. The message holds characters/);
    expect(waits).toEqual([]);
  });
});
