import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BatchResultErrorEntry,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { SendError } from '../../errors';
import type { ControlQueue } from '../../ports';
import { type ClientSettings, common, type Environment, hasOwnEndpoint } from './client-settings';
import { type Advice, explain, faultOf, type SdkFault } from './errors';

const GONE = 'The queue is gone, or is in another region: check the stack and the region';

const ADVICE: Advice = {
  QueueDoesNotExist: GONE,
  'AWS.SimpleQueueService.NonExistentQueue': GONE,
  AccessDenied: "Allow sqs:SendMessage on the queue to this identity, which must be of the queue's account",
  AccessDeniedException: "Allow sqs:SendMessage on the queue to this identity, which must be of the queue's account",
  InvalidMessageContents: 'The message holds characters SQS does not take',
};

/** SQS takes at most so many messages in one request. */
const BATCH_SIZE = 10;

const BATCH_ATTEMPTS = 6;

/** The function's queue, as the function and the CLI send to it. */
export class SqsQueue implements ControlQueue {
  /** @param wait waits before an attempt to send again what was refused; attempts count from 1 */
  constructor(
    private readonly client: SQSClient,
    private readonly queueUrl: string,
    private readonly wait: (attempt: number) => Promise<void> = waitWithJitter,
  ) {}

  async send(body: string, delaySeconds: number): Promise<void> {
    const command = new SendMessageCommand({
      QueueUrl: this.queueUrl,
      MessageBody: body,
      DelaySeconds: delaySeconds,
    });
    try {
      await this.client.send(command);
    } catch (cause) {
      throw this.sendError('cannot send', faultOf(cause), cause);
    }
  }

  /**
   * Sends any number of small messages (ten of them within 256 KiB), in order of batches. What SQS refuses of a batch
   * is sent again, unless the fault is the message's own.
   * @throws SendError when some could not be sent; those before them were
   */
  async sendBatch(bodies: readonly string[]): Promise<void> {
    for (let from = 0; from < bodies.length; from += BATCH_SIZE) {
      await this.sendUpToTen(bodies.slice(from, from + BATCH_SIZE));
    }
  }

  private async sendUpToTen(bodies: readonly string[]): Promise<void> {
    let left = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    for (let attempt = 1; ; attempt++) {
      const failed = await this.sendOnce(left);
      if (failed.length === 0) return;
      const worst = failed.find(({ SenderFault }) => SenderFault === true) ?? failed[0]!;
      const isHopeless = worst.SenderFault === true;
      if (isHopeless || attempt === BATCH_ATTEMPTS) {
        const fault = { name: worst.Code ?? 'Error', text: worst.Message ?? '', status: undefined };
        throw this.sendError(`${failed.length} of ${bodies.length} messages not taken`, fault, worst);
      }
      const again = new Set(failed.map(({ Id }) => Id));
      left = left.filter(({ Id }) => again.has(Id));
      await this.wait(attempt);
    }
  }

  private async sendOnce(
    entries: { readonly Id: string; readonly MessageBody: string }[],
  ): Promise<BatchResultErrorEntry[]> {
    try {
      const answer = await this.client.send(new SendMessageBatchCommand({ QueueUrl: this.queueUrl, Entries: entries }));
      return answer.Failed ?? [];
    } catch (cause) {
      throw this.sendError('cannot send', faultOf(cause), cause);
    }
  }

  private sendError(what: string, fault: SdkFault, cause: unknown): SendError {
    return new SendError(explain(`queue ${this.queueUrl}: ${what}`, fault, ADVICE), { cause });
  }
}

/** Full jitter: anywhere up to a bound that doubles, 0.2 s to 5 s. */
async function waitWithJitter(attempt: number): Promise<void> {
  await sleep(Math.random() * Math.min(5_000, 100 * 2 ** attempt));
}

export function sqsClient(settings: ClientSettings = {}, environment: Environment = process.env): SQSClient {
  return new SQSClient({
    ...common(settings, 4),
    // The host in an emulator's queue URL may be known to nobody.
    useQueueUrlAsEndpoint: !hasOwnEndpoint(settings, environment.AWS_ENDPOINT_URL_SQS, environment),
  });
}
