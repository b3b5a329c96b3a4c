import {
  type BatchResultErrorEntry,
  KmsAccessDenied,
  QueueDoesNotExist,
  RequestThrottled,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { SqsQueue } from '../../lambda/adapters/aws/sqs';
import { SendError } from '../../lambda/errors';

const URL = 'https://sqs.eu-west-1.amazonaws.com/111122223333/objects';

describe('messages on the own queue', () => {
  const client = new SQSClient({ region: 'eu-west-1' });
  const mock = mockClient(client);
  let waits: number[];
  const queue = new SqsQueue(client, URL, async (attempt) => {
    waits.push(attempt);
  });

  beforeEach(() => {
    mock.reset();
    waits = [];
  });

  it('go out with their delay', async () => {
    mock.on(SendMessageCommand).resolves({});
    await queue.send('{"regionsweep":{}}', 900);
    expect(mock.commandCalls(SendMessageCommand)[0]!.args[0].input).toEqual({
      QueueUrl: URL,
      MessageBody: '{"regionsweep":{}}',
      DelaySeconds: 900,
    });
  });

  const options = { message: 'so it is', $metadata: {} };
  it.each([
    [new QueueDoesNotExist(options), /The queue is gone/],
    [new KmsAccessDenied(options), /key's own policy/],
    [new RequestThrottled(options), /throttled/],
    [Object.assign(new Error('no'), { name: 'AccessDenied' }), /Allow sqs:SendMessage/],
    [Object.assign(new Error('no'), { name: 'AccessDeniedException' }), /Allow sqs:SendMessage/],
    [Object.assign(new Error('no'), { name: 'InvalidMessageContents' }), /characters SQS does not take/],
  ])('fail with a SendError that says where and what to do: %s', async (cause, advice) => {
    mock.onAnyCommand().rejects(cause);
    for (const sent of [queue.send('a', 0), queue.sendBatch(['a'])]) {
      const error: unknown = await sent.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(SendError);
      expect((error as SendError).message).toContain(`queue ${URL}: cannot send: ${cause.name}: `);
      expect((error as SendError).message).toMatch(advice);
      expect((error as SendError).cause).toBe(cause);
    }
  });

  describe('many at once', () => {
    const failed = (...ids: string[]): BatchResultErrorEntry[] =>
      ids.map((Id) => ({ Id, SenderFault: false, Code: 'InternalError', Message: 'not now' }));

    function batches(): string[][] {
      return mock
        .commandCalls(SendMessageBatchCommand)
        .map(({ args }) => (args[0].input.Entries ?? []).map(({ MessageBody }) => MessageBody ?? ''));
    }

    it('go out ten by ten', async () => {
      mock.on(SendMessageBatchCommand).resolves({});
      const bodies = Array.from({ length: 23 }, (_, index) => `m${index}`);
      await queue.sendBatch(bodies);
      expect(batches()).toEqual([bodies.slice(0, 10), bodies.slice(10, 20), bodies.slice(20)]);
      for (const { args } of mock.commandCalls(SendMessageBatchCommand)) {
        const ids = (args[0].input.Entries ?? []).map(({ Id }) => Id);
        expect(new Set(ids).size).toBe(ids.length);
      }
    });

    it('are none, and nothing is sent', async () => {
      await queue.sendBatch([]);
      expect(batches()).toEqual([]);
    });

    it('are sent again where SQS did not take them, after a while', async () => {
      mock
        .on(SendMessageBatchCommand)
        .resolvesOnce({ Successful: [], Failed: failed('0', '2') })
        .resolvesOnce({ Successful: [], Failed: failed('2') })
        .resolves({});
      await queue.sendBatch(['a', 'b', 'c']);
      expect(batches()).toEqual([['a', 'b', 'c'], ['a', 'c'], ['c']]);
      expect(waits).toEqual([1, 2]);
    });

    it('are given up after some attempts, and those behind them are not begun', async () => {
      mock.on(SendMessageBatchCommand).resolves({ Failed: failed('1') });
      const bodies = Array.from({ length: 11 }, (_, index) => `m${index}`);
      await expect(queue.sendBatch(bodies)).rejects.toThrow(/1 of 10 messages not taken: InternalError: not now/);
      expect(batches()).toEqual([bodies.slice(0, 10), ['m1'], ['m1'], ['m1'], ['m1'], ['m1']]);
      expect(waits).toEqual([1, 2, 3, 4, 5]);
    });

    it('are given up at once where the message itself is at fault', async () => {
      const own = { Id: '1', SenderFault: true, Code: 'InvalidMessageContents', Message: 'bad' };
      mock.on(SendMessageBatchCommand).resolves({ Failed: [...failed('0'), own] });
      const sent = queue.sendBatch(['a', 'b']);
      await expect(sent).rejects.toThrow(SendError);
      await expect(sent).rejects.toThrow(/InvalidMessageContents: bad\. The message holds characters/);
      expect(waits).toEqual([]);
    });
  });
});
