import { setTimeout as sleep } from 'node:timers/promises';
import { type AttributeValue, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { Random } from '../../bin/synthetic-trail/random';
import { SqsQueue } from '../../lambda/adapters/aws/sqs';
import { inParallel } from '../../lambda/util/concurrency';
import { type ArrivedAlert, Inbox } from './inbox';
import { s3Event } from './notices';
import type { StoredObject } from './trails';

export interface Clients {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly dynamoDb: DynamoDBClient;
}

/** Where the detector's parts are; the inbox is a queue subscribed to its topic. */
export interface Places {
  readonly bucket: string;
  readonly queueUrl: string;
  readonly deadLettersUrl: string;
  readonly inboxUrl: string;
  readonly tableName: string;
}

/** How the function runs, and how time passes for its queue. */
export interface Runtime {
  /** whether nothing was ever published here */
  readonly isFresh: boolean;
  /** decides accounts and orders; another in each run where state stays */
  readonly seed: string;
  /** seconds until a message that failed is visible again */
  readonly visibilitySeconds: number;
  /** seconds from an alert to its follow-up, and until the schedule has found that */
  readonly followUpSeconds: number;
  /** most seconds to wait for anything */
  readonly patience: number;
  /** Lets about as many seconds pass for the queue, if they can be skipped; else some. */
  passTime(seconds: number): Promise<void>;
  /** Invokes functions with these bodies at the same time, each another one as far as there are others. */
  deliverAtOnce(bodies: readonly string[]): Promise<void>;
  /** Waits until the queue is empty and no function is at work; failed messages may still be hidden. */
  settled(): Promise<void>;
  /** the functions' logs, where they can be read */
  readonly log: (() => readonly string[]) | undefined;
  /** by how many invocations each message came that the function itself had sent, where that can be seen */
  readonly lineages?: readonly number[];
  close(): Promise<void>;
}

/** A detector and everything around it, as the scenarios see it: on emulators, or deployed. */
export class World {
  readonly inbox: Inbox;
  private accounts = 0;

  constructor(
    readonly runtime: Runtime,
    private readonly clients: Clients,
    readonly places: Places,
  ) {
    this.inbox = new Inbox(clients.sqs, places.inboxUrl);
    process.stderr.write(`e2e: seed ${runtime.seed} (REGIONSWEEP_SEED)\n`);
  }

  /** An account id that no scenario used before. */
  newAccount(): string {
    this.accounts += 1;
    const random = Random.seeded(this.runtime.seed, 'account', this.accounts);
    return String(random.integer(100_000, 999_999)) + String(random.integer(100_000, 999_999));
  }

  async upload(objects: readonly StoredObject[]): Promise<void> {
    const { bucket } = this.places;
    await inParallel(objects, 16, async ({ key, body }) => {
      await this.clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
    });
  }

  /** Puts messages on the function's queue. */
  send(bodies: readonly string[]): Promise<void> {
    return new SqsQueue(this.clients.sqs, this.places.queueUrl).sendBatch(bodies);
  }

  /** Announces objects, each in a message of its own. */
  announce(objects: readonly Pick<StoredObject, 'key'>[]): Promise<void> {
    return this.send(objects.map(({ key }) => s3Event(this.places.bucket, [key])));
  }

  async deliver(objects: readonly StoredObject[]): Promise<void> {
    await this.upload(objects);
    await this.announce(objects);
    await this.settled();
  }

  /** All alerts and follow-ups of an account, which must be `count` in the end. */
  async alertsOf(account: string, count: number): Promise<ArrivedAlert[]> {
    await this.until(`${count} messages`, async () => {
      const alerts = await this.inbox.alertsOf(account);
      return alerts.length >= count ? alerts : undefined;
    });
    await this.settled();
    const alerts = await this.inbox.alertsOf(account);
    expect(alerts).toHaveLength(count);
    return alerts;
  }

  /** Asks until there is an answer. @throws Error that says what was waited for */
  async until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
    const end = Date.now() + this.runtime.patience * 1000;
    while (Date.now() < end) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      await sleep(100);
    }
    throw new Error(`waited ${this.runtime.patience} s for ${what}`);
  }

  settled(): Promise<void> {
    return this.runtime.settled();
  }

  /** Waits until `count` messages are in the dead letters. */
  async untilDead(count: number): Promise<void> {
    await this.until(`${count} dead letters`, async () => {
      await this.runtime.passTime(this.runtime.visibilitySeconds);
      return (await this.deadLetters()) >= count ? true : undefined;
    });
  }

  async deadLetters(): Promise<number> {
    return (await queueNumbers(this.clients.sqs, this.places.deadLettersUrl)).visible;
  }

  /** Moves the dead letters back to the queue, as a redrive does. */
  async redrive(): Promise<void> {
    const QueueUrl = this.places.deadLettersUrl;
    for (;;) {
      const { Messages = [] } = await this.clients.sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
      );
      if (Messages.length === 0) return;
      await this.send(Messages.map(({ Body }) => Body!));
      for (const { ReceiptHandle } of Messages) {
        await this.clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  }

  /** Everything in the table, by key. */
  async items(): Promise<Record<string, AttributeValue>[]> {
    const items: Record<string, AttributeValue>[] = [];
    const pages = paginateScan(
      { client: this.clients.dynamoDb },
      { TableName: this.places.tableName, ConsistentRead: true },
    );
    for await (const { Items = [] } of pages) items.push(...Items);
    return items.sort((left, right) => (nameOf(left) < nameOf(right) ? -1 : 1));
  }

  /** Items about an account that belong to no replay. */
  async liveItems(account: string): Promise<Record<string, AttributeValue>[]> {
    // The due list holds messages of replays too.
    return (await this.items()).filter(
      (item) => !/^replay\/|\/due\//.test(nameOf(item)) && JSON.stringify(item).includes(account),
    );
  }

  /** Messages of the function's queue that are not deleted, received or not. */
  async waiting(): Promise<number> {
    const { visible, inFlight } = await queueNumbers(this.clients.sqs, this.places.queueUrl);
    return visible + inFlight;
  }

  async close(): Promise<void> {
    await this.runtime.close();
    for (const client of Object.values(this.clients)) client.destroy();
  }
}

function nameOf({ pk, sk }: Record<string, AttributeValue>): string {
  return `${pk?.S} ${sk?.S}`;
}

/** About how many messages of a queue are visible, and how many are in flight. */
export async function queueNumbers(sqs: SQSClient, QueueUrl: string): Promise<{ visible: number; inFlight: number }> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return {
    visible: Number(Attributes?.ApproximateNumberOfMessages),
    inFlight: Number(Attributes?.ApproximateNumberOfMessagesNotVisible),
  };
}
