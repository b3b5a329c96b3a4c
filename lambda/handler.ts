/**
 * The function: makes the detector out of its adapters, and turns what Lambda hands it into a batch. It takes SQS events,
 * with partial failures, and direct invocations by S3, SNS or EventBridge, which Lambda itself repeats when they throw.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { DynamoDbStore, dynamoDbClient } from './adapters/aws/dynamodb';
import { S3Listing, S3Source, s3Client } from './adapters/aws/s3';
import { PowertoolsTelemetry } from './adapters/aws/telemetry';
import { chooseInflate } from './adapters/inflate/engine';
import { InvocationError, reasonOf } from './errors';
import type { Detector } from './notify/context';
import { handleBatch } from './pipeline/batch';
import { ExceptionFeed } from './pipeline/exceptions';
import { failureToLoad, onDemand } from './pipeline/lazy';
import type { ExceptionsParameter, TopicMessage } from './ports';
import { readConfiguration } from './settings';
import { sanitize } from './util/sanitize';

const configuration = readConfiguration(process.env);

const telemetry = new PowertoolsTelemetry(configuration.detector);

const now = () => Math.floor(Date.now() / 1000);

const s3 = s3Client();

// What only an alert needs is loaded and made for the first one: a start pays for what every invocation needs.
const sending = once(
  onDemand(async () => {
    const { outgoing } = await import('./adapters/aws/outgoing.js');
    return outgoing(configuration.topicArn, configuration.queueUrl);
  }),
);

const inflateEngine = once(() => {
  const { engine, reason } = chooseInflate(configuration.inflate);
  telemetry.info(reason, {});
  return engine;
});

/** What stays the same from one invocation to the next. */
const standing = {
  reading: {
    source: new S3Source(s3),
    listing: new S3Listing(s3),
    limit: configuration.inflateLimitBytes,
    rule: configuration.rule,
  },
  concurrency: configuration.fetchConcurrency,
  style: {
    detector: configuration.detector,
    severityText: configuration.alerting.severityText,
    chatAsDefault: configuration.alerting.chatAsDefault,
  },
  cap: { most: configuration.alerting.capAlerts, seconds: configuration.alerting.capSeconds },
  followUpSeconds: configuration.alerting.followUpMinutes * 60,
  suppressSeconds: configuration.alerting.suppressMinutes * 60,
  store: new DynamoDbStore(dynamoDbClient(), configuration.tableName, now),
  sink: { publish: async (message: TopicMessage) => (await sending()).sink.publish(message) },
  queue: {
    send: async (body: string, delaySeconds: number) => (await sending()).queue.send(body, delaySeconds),
  },
  telemetry,
  now,
  after: (seconds: number) => wait(seconds * 1000, undefined, { ref: false }),
};

const { exceptions: deployed, exceptionsParameter } = configuration;

const exceptions = new ExceptionFeed(
  deployed,
  exceptionsParameter === undefined ? undefined : parameterCalled(exceptionsParameter),
  telemetry,
);

export async function handler(event: unknown, context: Context): Promise<SQSBatchResponse | undefined> {
  telemetry.begin(context);
  try {
    const detector: Detector = {
      ...standing,
      reading: {
        ...standing.reading,
        inflate: inflateEngine(),
        exceptions: await exceptions.current(now()),
      },
      deadline: now() + context.getRemainingTimeInMillis() / 1000,
      invocationId: randomUUID(),
    };
    return isFromQueue(event) ? await handleQueue(event, detector) : await handleDirect(event, detector);
  } finally {
    telemetry.flush();
    endIfUnloadable();
  }
}

/** Instead of an answer, so that all messages come back, to another instance that Lambda begins. */
function endIfUnloadable(): void {
  const failure = failureToLoad();
  if (failure === undefined) return;
  telemetry.error('a part of the function cannot be loaded: this instance ends', {
    reason: sanitize(reasonOf(failure.cause), 400),
  });
  process.exit(1);
}

async function handleQueue(event: SQSEvent, detector: Detector): Promise<SQSBatchResponse> {
  const messages = event.Records.map((record) => ({
    id: record.messageId,
    body: record.body,
    receives: Number(record.attributes.ApproximateReceiveCount),
  }));
  const failed = await handleBatch(messages, detector);
  return { batchItemFailures: [...failed.keys()].map((itemIdentifier) => ({ itemIdentifier })) };
}

async function handleDirect(event: unknown, detector: Detector): Promise<undefined> {
  const failed = await handleBatch([{ id: detector.invocationId, body: event, receives: 1 }], detector, 'fail');
  for (const reason of failed.values()) throw new InvocationError(reason);
}

function isFromQueue(event: unknown): event is SQSEvent {
  const records: unknown = (event as Partial<SQSEvent> | null)?.Records;
  return Array.isArray(records) && (records as Partial<SQSRecord>[])[0]?.eventSource === 'aws:sqs';
}

function parameterCalled(name: string): ExceptionsParameter {
  const parameter = once(
    onDemand(async () => {
      const { ssmExceptions } = await import('./adapters/aws/ssm.js');
      return ssmExceptions(name);
    }),
  );
  return { name, read: async () => (await parameter()).read() };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
