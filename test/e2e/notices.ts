/** What is put on the queue for objects, as AWS words it. */

import type { Random } from '../../bin/synthetic-trail/random';
import { writeControlMessage } from '../../lambda/messages/control-message';
import { iso, T0 } from '../support/records';

const REGION = 'us-east-1';

/** Source: Amazon S3 user guide, "Event message structure". */
export function s3Event(bucket: string, keys: readonly string[]): string {
  const Records = keys.map((key, index) => ({
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: REGION,
    eventTime: iso(T0 + 300).replace('Z', '.000Z'),
    eventName: 'ObjectCreated:Put',
    userIdentity: { principalId: 'AWS:AROAEXAMPLE:regionalDeliverySession' },
    requestParameters: { sourceIPAddress: '198.51.100.20' },
    responseElements: { 'x-amz-request-id': 'EXAMPLE', 'x-amz-id-2': 'EXAMPLE' },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'trail',
      bucket: { name: bucket, ownerIdentity: { principalId: 'EXAMPLE' }, arn: `arn:aws:s3:::${bucket}` },
      object: { key: encoded(key), size: 1500, eTag: 'EXAMPLE', sequencer: `00${index}` },
    },
  }));
  return JSON.stringify({ Records });
}

/** S3 encodes as a form does: `+` for a blank, slashes as they are. */
function encoded(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/')
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Source: Amazon S3 user guide, "EventBridge event message structure". */
function eventBridge(bucket: string, key: string): string {
  return JSON.stringify({
    version: '0',
    id: '17793124-05d4-b198-2fde-7ededc63b103',
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: '111122223333',
    time: iso(T0 + 300),
    region: REGION,
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: '0',
      bucket: { name: bucket },
      object: { key, size: 1500, etag: 'EXAMPLE', sequencer: '00' },
      'request-id': 'EXAMPLE',
      requester: 'cloudtrail.amazonaws.com',
      reason: 'PutObject',
    },
  });
}

/** Source: CloudTrail user guide, "Configuring Amazon SNS notifications for CloudTrail". */
function trailNotice(bucket: string, keys: readonly string[]): string {
  return JSON.stringify({ s3Bucket: bucket, s3ObjectKey: keys });
}

/** Source: Amazon SNS developer guide, "Parsing Amazon SNS message formats". */
function fromTopic(message: string): string {
  return JSON.stringify({
    Type: 'Notification',
    MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
    TopicArn: `arn:aws:sns:${REGION}:111122223333:trail`,
    Subject: 'Amazon S3 Notification',
    Message: message,
    Timestamp: iso(T0 + 300),
    SignatureVersion: '1',
    Signature: 'EXAMPLE',
    SigningCertURL: `https://sns.${REGION}.amazonaws.com/example.pem`,
    UnsubscribeURL: `https://sns.${REGION}.amazonaws.com/?Action=Unsubscribe`,
  });
}

/** Messages that name these objects, one envelope each or several in one, in any dialect. */
export function mixedNotices(bucket: string, keys: readonly string[], random: Random): string[] {
  const dialects: readonly ((some: readonly string[]) => string[])[] = [
    (some) => [s3Event(bucket, some)],
    (some) => [fromTopic(s3Event(bucket, some))],
    (some) => [trailNotice(bucket, some)],
    (some) => [fromTopic(trailNotice(bucket, some))],
    (some) => some.map((key) => eventBridge(bucket, key)),
    (some) => some.map((key) => fromTopic(eventBridge(bucket, key))),
  ];
  const bodies: string[] = [];
  for (let from = 0; from < keys.length; ) {
    const count = random.integer(1, 3);
    bodies.push(...random.pick(dialects)(keys.slice(from, from + count)));
    from += count;
  }
  return bodies;
}

/** What services send once to try whether they may. */
export const TRIALS: readonly string[] = [
  JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Time: iso(T0), Bucket: 'company-trail' }),
  fromTopic('CloudTrail validation message.'),
];

/** What the CLI sends to have an object read as part of a replay. */
export function replayNotice(bucket: string, key: string, replayId: string): string {
  return writeControlMessage({ kind: 'object', replayId, bucket, key });
}
