/**
 * The function: builds the detector from its adapters, and a batch from an event. It takes SQS events, with partial batch
 * failures, and direct invocations by S3, SNS or EventBridge, which Lambda retries if they throw.
 */

import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { DynamoDbStore, dynamoDbClient } from './adapters/aws/dynamodb';
import { S3Listing, S3Source, s3Client } from './adapters/aws/s3';
import { PowertoolsTelemetry } from './adapters/aws/telemetry';
import { chooseInflate } from './adapters/inflate/engine';
import { LIVE } from './detection/store-keys';
import { RegionsweepError, reasonOf } from './errors';
import type { Detector } from './notify/context';
import { handleBatch } from './pipeline/batch';
import { ExceptionFeed } from './pipeline/exceptions';
import { failureToLoad, onDemand } from './pipeline/lazy';
import type { InflateEngine, TopicMessage } from './ports';
import { readEnvironment } from './settings';
import { memorySince } from './state/earlier-alerts';
import type { AddressOwners } from './util/address-owners';
import { sanitize } from './util/sanitize';

const settings = readEnvironment(process.env);
const { tableName, topicArn, queueUrl, trailBucketName, trailKeyPrefix, trailBucketOwner } = settings.resources;
const { exceptions: deployed, exceptionsParameter } = settings.exceptions;
const { asnDatabase } = settings.reading;
const telemetry = new PowertoolsTelemetry(settings.resources.detector);
const now = () => Math.floor(Date.now() / 1000);

// Created with the first alert, so that a start pays only for what every invocation needs.
const outgoing = onDemand(async () => {
  const [{ SnsSink, snsClient }, { SqsQueue, sqsClient }] = await Promise.all([
    import('./adapters/aws/sns.js'),
    import('./adapters/aws/sqs.js'),
  ]);
  return { sink: new SnsSink(snsClient(), topicArn), queue: new SqsQueue(sqsClient(), queueUrl) };
});

const parameter = onDemand(async () => {
  const { SsmExceptions, ssmClient } = await import('./adapters/aws/ssm.js');
  return new SsmExceptions(ssmClient(), exceptionsParameter!);
});

const exceptions = new ExceptionFeed(
  deployed,
  exceptionsParameter === undefined
    ? undefined
    : { name: exceptionsParameter, read: async () => (await parameter()).read() },
  telemetry,
);

const ownerFiles = onDemand(async () => {
  const { OwnerFiles } = await import('./adapters/local/owner-files.js');
  const paths = asnDatabase.map((name) => join(dirname(__filename), name));
  return new OwnerFiles(paths, withoutOwners);
});

function withoutOwners(reason: string): [] {
  telemetry.warn('owners of addresses not read', { reason: sanitize(reason, 400) });
  return [];
}

const owners: AddressOwners = {
  find: (addresses) =>
    ownerFiles()
      .then((files) => files.find(addresses))
      .catch((error) => withoutOwners(reasonOf(error))),
};

const s3 = s3Client();
const trail =
  trailBucketName === undefined || trailKeyPrefix === undefined
    ? undefined
    : { bucket: trailBucketName, prefix: trailKeyPrefix };

const ownerOf = (bucket: string) => (bucket === trailBucketName ? trailBucketOwner : undefined);

const deps = {
  reading: {
    ...{ source: new S3Source(s3, ownerOf), listing: new S3Listing(s3) },
    ...{ limit: settings.reading.inflateLimitBytes, rule: settings.rule },
  },
  trail,
  concurrency: settings.reading.fetchConcurrency,
  alerting: { detector: settings.resources.detector, ...settings.alerts },
  store: new DynamoDbStore(dynamoDbClient(), tableName, now),
  sink: { publish: async (message: TopicMessage) => (await outgoing()).sink.publish(message) },
  queue: { sendBatch: async (bodies: readonly string[]) => (await outgoing()).queue.sendBatch(bodies) },
  ...(asnDatabase.length === 0 ? {} : { owners }),
  telemetry,
};

let inflate: InflateEngine | undefined;

/** Until the first invocation, so that the log line has its request id. */
function inflateEngine(): InflateEngine {
  const { engine, reason } = chooseInflate(settings.reading.inflate);
  if (reason !== undefined) telemetry.info(reason, {});
  return engine;
}

export async function handler(event: unknown, context: Context): Promise<SQSBatchResponse | undefined> {
  telemetry.begin(context);
  try {
    inflate ??= inflateEngine();
    const detector: Detector = {
      ...deps,
      reading: { ...deps.reading, inflate, exceptions: await exceptions.current(now()) },
      invocation: {
        id: randomUUID(),
        now,
        deadline: now() + context.getRemainingTimeInMillis() / 1000,
        after: (seconds) => wait(seconds * 1000, undefined, { ref: false }),
      },
    };
    const answer = isFromQueue(event) ? await handleQueue(event, detector) : await handleDirect(event, detector);
    await noteMemory(detector);
    return answer;
  } finally {
    telemetry.flush();
    exitIfUnloadable();
  }
}

const NOTED_SECONDS = 86_400;

/** The SDK may retry for about as long, and must not delay the answer until messages come back. */
const NOTING_SECONDS = 35;

let notedAt = Number.NEGATIVE_INFINITY;

/** Records once a day since when alerts are remembered, so that the first can say how long that was. */
async function noteMemory({ store, invocation }: Detector): Promise<void> {
  if (now() < notedAt + NOTED_SECONDS || invocation.deadline - now() < NOTING_SECONDS) return;
  try {
    await memorySince(store, LIVE, now());
    notedAt = now();
  } catch (error) {
    telemetry.warn('start of alert memory not recorded', { reason: sanitize(reasonOf(error), 400) });
  }
}

/** Exits without an answer: all messages come back, to another instance. */
function exitIfUnloadable(): void {
  const failure = failureToLoad();
  if (failure === undefined) return;
  const reason = sanitize(reasonOf(failure.cause), 400);
  telemetry.error('a part of the function cannot be loaded: this instance exits', { reason });
  process.exit(1);
}

async function handleQueue(event: SQSEvent, detector: Detector): Promise<SQSBatchResponse> {
  const messages = event.Records.map(({ messageId, body, attributes }) => ({
    id: messageId,
    body,
    receiveCount: Number(attributes.ApproximateReceiveCount),
  }));
  const failed = await handleBatch(messages, detector);
  return { batchItemFailures: [...failed.keys()].map((itemIdentifier) => ({ itemIdentifier })) };
}

async function handleDirect(event: unknown, detector: Detector): Promise<undefined> {
  const message = { id: detector.invocation.id, body: event, receiveCount: 1 };
  const failed = await handleBatch([message], detector, 'fail');
  for (const reason of failed.values()) throw new RegionsweepError(reason);
}

function isFromQueue(event: unknown): event is SQSEvent {
  const records: unknown = (event as Partial<SQSEvent> | null)?.Records;
  return Array.isArray(records) && (records as Partial<SQSRecord>[])[0]?.eventSource === 'aws:sqs';
}
