/** Objects in numbers, and the detector's own core over them with ports that cost nothing but what is counted. */

import { randomUUID } from 'node:crypto';
import type { RuleParameters } from '../../lambda/detection/rule';
import { ObjectReadError } from '../../lambda/errors';
import { handleBatch } from '../../lambda/pipeline/batch';
import type { QueueMessage } from '../../lambda/pipeline/messages';
import { type ObjectSource, objectName } from '../../lambda/ports';
import type { StateStore } from '../../lambda/state/store';
import { ALERTING, detectorWith } from './detector';
import { BUCKET, s3Event, s3Record } from './notices';
import { document, iso, T0 } from './records';
import { readingOf } from './replay';

export interface LoadObject {
  readonly key: string;
  readonly body: Uint8Array;
}

export interface ObjectSpec {
  readonly account: string;
  /** unique in its account */
  readonly index: number;
  readonly region: string;
  /** how many call once each, no two objects naming the same; 0 makes an object without a matched call */
  readonly actors: number;
  /** UTC epoch second of the first call; the others come within 30 s */
  readonly at?: number;
}

const HEX_DIGITS = 17;

const TIMEOUT_SECONDS = 60;

/** An object as long in its names as real ones are; nothing in it comes near the rule's threshold. */
export function loadObject({ account, index, region, actors, at = T0 }: ObjectSpec): LoadObject {
  const calls = Array.from({ length: actors }, (_, actor) => ({
    eventTime: iso(at + (actor % 30)),
    eventSource: 'ec2.amazonaws.com',
    eventName: 'DescribeInstances',
    awsRegion: region,
    userIdentity: { type: 'AssumedRole', arn: sessionArn(account, index, actor) },
    eventID: `${index}-${actor}`,
  }));
  const other = {
    eventTime: iso(at),
    eventSource: 's3.amazonaws.com',
    eventName: 'GetBucketAcl',
    awsRegion: region,
  };
  const name = `${account}_CloudTrail_${region}_20261124T0405Z_${String(index).padStart(16, 'x')}.json.gz`;
  return {
    key: `AWSLogs/o-exampleorg/${account}/CloudTrail/${region}/2026/11/24/${name}`,
    body: Buffer.from(document([...calls, other])),
  };
}

/** As EC2 names the session of an instance's role. */
function sessionArn(account: string, index: number, actor: number): string {
  const instance = `${index.toString(16)}f${actor.toString(16)}`.padStart(HEX_DIGITS, '0');
  return `arn:aws:sts::${account}:assumed-role/deploy-pipeline/i-${instance}`;
}

export interface LoadSettings {
  readonly source: ObjectSource;
  readonly store: StateStore;
  /** UTC epoch seconds */
  readonly now: () => number;
  readonly rule?: Partial<RuleParameters>;
  readonly onPublished?: () => void;
}

/** Handles some messages as one batch of the queue. @returns those that failed, and why */
export function handleNotices(
  messages: readonly QueueMessage[],
  { source, store, now, rule = {}, onPublished }: LoadSettings,
): Promise<ReadonlyMap<string, string>> {
  const detector = detectorWith({
    reading: readingOf([], { source, parameters: rule }),
    concurrency: 16,
    alerting: { ...ALERTING, followUpMinutes: 15 },
    store,
    sink: {
      publish: async () => {
        onPublished?.();
        return 'published';
      },
    },
    invocation: { id: randomUUID(), now, deadline: now() + TIMEOUT_SECONDS },
  });
  return handleBatch(messages, detector);
}

/** The message that announces an object. */
export function noticeOf({ key }: LoadObject): QueueMessage {
  return { id: key, body: JSON.stringify(s3Event(s3Record(key))), receiveCount: 1 };
}

export function sourceOf(objects: Iterable<LoadObject>): ObjectSource {
  const byKey = new Map([...objects].map((object) => [object.key, object]));
  return {
    async *read(ref) {
      const object = byKey.get(ref.key);
      if (object === undefined || ref.bucket !== BUCKET) throw new ObjectReadError(`${objectName(ref)}: unknown`);
      yield object.body;
    },
  };
}
