import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ServiceError } from '../../errors';
import type { ControlQueue } from '../../ports';
import { type Advice, answer, type ClientSettings, common, type Environment, explain, hasOwnEndpoint } from './sdk';

export const MISSING_QUEUE = 'The queue was deleted, or is in another region: check the stack and the region';

const ADVICE: Advice = {
  QueueDoesNotExist: MISSING_QUEUE,
  'AWS.SimpleQueueService.NonExistentQueue': MISSING_QUEUE,
  AccessDenied: "Allow sqs:SendMessage on the queue to this identity, which must be of the queue's account",
  InvalidMessageContents: 'The message holds characters SQS does not take',
};

/** Most messages in one request; SQS API reference, SendMessageBatch. */
const BATCH_SIZE = 10;
const BATCH_ATTEMPTS = 6;

/** Sends to the function's queue, for the function and the CLI. */
export class SqsQueue implements ControlQueue {
  /** @param wait waits before sending refused messages again; attempts count from 1 */
  constructor(
    private readonly client: SQSClient,
    private readonly queueUrl: string,
    private readonly wait: (attempt: number) => Promise<void> = waitWithJitter,
  ) {}

  /**
   * Sends any number of small messages (ten must fit into 256 KiB), batch by batch. Refused messages are sent again, unless
   * the message itself is at fault.
   * @throws ServiceError if some could not be sent; earlier batches were
   */
  async sendBatch(bodies: readonly string[]): Promise<void> {
    for (let from = 0; from < bodies.length; from += BATCH_SIZE) {
      await this.sendUpToTen(bodies.slice(from, from + BATCH_SIZE));
    }
  }

  private async sendUpToTen(bodies: readonly string[]): Promise<void> {
    let left = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    for (let attempt = 1; ; attempt++) {
      const command = new SendMessageBatchCommand({ QueueUrl: this.queueUrl, Entries: left });
      const request = this.client.send(command);
      const sent = await answer(request, `queue ${this.queueUrl}: cannot send`, ADVICE);
      const failed = sent.Failed ?? [];
      if (failed.length === 0) return;
      const ownFault = failed.find(({ SenderFault }) => SenderFault === true);
      if (ownFault !== undefined || attempt === BATCH_ATTEMPTS) {
        const cause = ownFault ?? failed[0]!;
        const fault = { name: cause.Code ?? 'Error', text: cause.Message ?? '' };
        const what = `queue ${this.queueUrl}: ${failed.length} of ${bodies.length} messages refused`;
        throw new ServiceError(explain(what, fault, ADVICE), { cause });
      }
      const again = new Set(failed.map(({ Id }) => Id));
      left = left.filter(({ Id }) => again.has(Id));
      await this.wait(attempt);
    }
  }
}

/** Full jitter, up to a bound that doubles from 0.2 s to 5 s. */
async function waitWithJitter(attempt: number): Promise<void> {
  await sleep(Math.random() * Math.min(5_000, 100 * 2 ** attempt));
}

export function sqsClient(settings: ClientSettings = {}, environment: Environment = process.env): SQSClient {
  return new SQSClient({
    ...common(settings, 4),
    // The host in an emulator's queue URL may not resolve.
    useQueueUrlAsEndpoint: !hasOwnEndpoint(settings, environment.AWS_ENDPOINT_URL_SQS, environment),
  });
}
