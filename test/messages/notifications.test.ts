import { NotificationError } from '../../lambda/errors';
import { parseBody, readNotification } from '../../lambda/messages/notifications';
import {
  BUCKET,
  eventBridgeEvent,
  S3_TEST_EVENT,
  s3Event,
  s3Record,
  snsEnvelope,
  snsEvent,
  TRAIL_KEY,
  trailNotice,
} from '../support/notices';

type Wrapping = readonly [name: string, wrap: (notice: unknown) => unknown];

/** Through the queue, everything passes through text. */
const overQueue = (value: unknown) => parseBody(JSON.stringify(value));

const WRAPPINGS: readonly Wrapping[] = [
  ['on the queue', overQueue],
  ['on the queue, from SNS', (notice) => overQueue(snsEnvelope(notice))],
  ['as a direct event', (notice) => notice],
  ['as an SNS event', (notice) => snsEvent(notice)],
];

const NOTICES: readonly (readonly [string, unknown, readonly object[]])[] = [
  ['an S3 event', s3Event(s3Record(TRAIL_KEY)), [{ bucket: BUCKET, key: TRAIL_KEY }]],
  [
    'an S3 event with encoded keys',
    s3Event(s3Record('my+logs/a%2Bb/%C3%BC%F0%9F%98%80/x%25.json.gz')),
    [{ bucket: BUCKET, key: 'my logs/a+b/ü😀/x%.json.gz' }],
  ],
  [
    'an S3 event of several objects, of which some are not new',
    s3Event(
      s3Record('a', 'ObjectCreated:CompleteMultipartUpload'),
      s3Record('b', 'ObjectRemoved:Delete'),
      s3Record('c', 's3:ObjectCreated:Copy'),
    ),
    [
      { bucket: BUCKET, key: 'a' },
      { bucket: BUCKET, key: 'c' },
    ],
  ],
  [
    'an EventBridge event, whose keys are not encoded',
    eventBridgeEvent('my+logs/a%2Bb/ü.json.gz'),
    [{ bucket: BUCKET, key: 'my+logs/a%2Bb/ü.json.gz' }],
  ],
  [
    "CloudTrail's own notice, of several objects",
    trailNotice(TRAIL_KEY, 'my+logs/%41'),
    [
      { bucket: BUCKET, key: TRAIL_KEY },
      { bucket: BUCKET, key: 'my+logs/%41' },
    ],
  ],
];

const everyNotice = NOTICES.flatMap(([what, notice, objects]) =>
  WRAPPINGS.map(([how, wrap]) => [what, how, wrap(notice), objects] as const),
);

const NOTHING_TO_DO: readonly (readonly [string, unknown])[] = [
  ['s3:TestEvent', S3_TEST_EVENT],
  ['S3 event ObjectRemoved:Delete', s3Event(s3Record('a', 'ObjectRemoved:Delete'))],
  [
    'S3 event ObjectRestore:Completed, S3 event ObjectTagging:Put',
    s3Event(
      s3Record('a', 'ObjectRestore:Completed'),
      s3Record('b', 'ObjectTagging:Put'),
      s3Record('c', 'ObjectTagging:Put'),
    ),
  ],
  ['EventBridge event Object Deleted', eventBridgeEvent('a', 'Object Deleted')],
  ["CloudTrail's test message", 'CloudTrail validation message.'],
];

const everyIgnored = NOTHING_TO_DO.flatMap(([reason, notice]) =>
  WRAPPINGS.map(([how, wrap]) => [reason, how, wrap(notice)] as const),
);

describe('a notification', () => {
  it.each(everyNotice)('names its objects: %s, %s', (_what, _how, value, objects) => {
    expect(readNotification(value)).toEqual({ kind: 'objects', objects });
  });

  it.each(everyIgnored)('is ignored for its reason: %s, %s', (reason, _how, value) => {
    const notification = readNotification(value);
    expect(notification).toEqual({ kind: 'ignored', reason: expect.stringContaining(reason) });
  });

  it('may mix what SNS delivers in one event', () => {
    const event = snsEvent(
      s3Event(s3Record('a')),
      S3_TEST_EVENT,
      eventBridgeEvent('b'),
      trailNotice('c', 'd'),
      'CloudTrail validation message.',
    );
    const notification = readNotification(event);
    expect(notification).toMatchObject({ objects: ['a', 'b', 'c', 'd'].map((key) => ({ key })) });
  });

  it('is read when CloudTrail tries a topic with raw delivery, which is no JSON', () => {
    expect(readNotification(parseBody('CloudTrail validation message.'))).toMatchObject({ kind: 'ignored' });
  });
});

function refusalOf(value: unknown): string {
  try {
    readNotification(typeof value === 'string' ? parseBody(value) : value);
  } catch (error) {
    expect(error).toBeInstanceOf(NotificationError);
    return (error as Error).message;
  }
  throw new Error('was accepted');
}

const withS3 = (s3: unknown) => s3Event({ ...s3Record('a'), s3 });

const bucketNamed = (name: unknown) => withS3({ bucket: { name }, object: { key: 'a' } });

describe('what is no notification', () => {
  it.each([
    ['', /^not JSON, but a text of 0 characters; known are S3 events/],
    ['hello', /^not JSON, but a text of 5 characters/],
    ['{"Records":[', /^not JSON, but a text of 12 characters/],
    ['"text"', /^no notification, but a text of 4 characters/],
    ['null', /^no notification, but null/],
    ['7', /^no notification, but a number/],
    ['[{}]', /^no notification, but an array of 1;/],
    ['{}', /^no notification, but an object without keys/],
    ['{"a":1,"b":2}', /^no notification, but an object with the keys "a", "b";/],
    ['{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}', /keys "a", "b", "c", "d", "e", …;/],
    ['{"__proto__":{"regionsweep":{}}}', /keys "__proto__";/],
    ['{"Records":{}}', /keys "Records";/],
    ['{"Records":[]}', /^an empty list of Records/],
    ['{"Records":[null]}', /^Records that hold null/],
    ['{"Records":[{"a":1}]}', /^Records without an eventSource, an object with the keys "a"/],
    ['{"Records":[{"eventSource":"ec2.amazonaws.com"}]}', /^Records from "ec2.amazonaws.com"/],
    ['{"Records":[{"eventSource":"aws:sqs","body":"{}"}]}', /^Records from "aws:sqs"/],
    [s3Event(s3Record('a'), { eventSource: 'aws:ses' }), /^Records from "aws:ses"/],
    [s3Event({ eventSource: 'aws:s3' }), /^an S3 event without an eventName/],
    [withS3(undefined), /^S3 event whose bucket is missing/],
    [withS3({ bucket: [], object: null }), /^S3 event whose bucket is missing/],
    [bucketNamed(7), /^S3 event whose bucket is no text but number/],
    [bucketNamed(''), /^S3 event whose bucket is "", which is no bucket's name/],
    [bucketNamed('arn:aws:s3:eu-west-1:1:accesspoint/a'), /which is no bucket's name/],
    [bucketNamed('../secrets'), /which is no bucket's name/],
    [withS3({ bucket: { name: BUCKET } }), /^S3 event for bucket org-trail-logs whose object key is missing/],
    [s3Event(s3Record('')), /whose object key is ""/],
    [s3Event(s3Record('a%')), /^S3 event whose object key "a%" is not URL-encoded/],
    [s3Event(s3Record('%C3%28')), /is not URL-encoded/],
    [s3Event(s3Record('a'), s3Record('%zz')), /is not URL-encoded/],
    [eventBridgeEvent('a', 'AWS API Call via CloudTrail'), /from aws.s3 of type "AWS API Call via CloudTrail"/],
    [{ source: 'aws.s3' }, /from aws.s3 without a type/],
    [{ source: 'aws.ec2', 'detail-type': 'Object Created' }, /^no notification, .* keys "source", "detail-type"/],
    [{ ...eventBridgeEvent('a'), detail: null }, /^EventBridge event whose bucket is missing/],
    [{ s3Bucket: BUCKET }, /without a list s3ObjectKey/],
    [{ s3Bucket: BUCKET, s3ObjectKey: TRAIL_KEY }, /without a list s3ObjectKey/],
    [trailNotice(), /without a list s3ObjectKey/],
    [{ s3Bucket: BUCKET, s3ObjectKey: ['a', 7] }, /whose object key is no text but number/],
    [{ s3Bucket: null, s3ObjectKey: ['a'] }, /whose bucket is no text but null/],
    [{ Type: 'Notification' }, /^an SNS message whose Message is no text/],
    [{ Type: 'SubscriptionConfirmation', Message: 'You have…' }, /^an SNS message of type "Subscr/],
    [snsEnvelope('hello'), /^not JSON, but a text of 5 characters/],
    [snsEnvelope(snsEnvelope(s3Event(s3Record('a')))), /^an SNS message inside an SNS message/],
    [snsEvent(snsEnvelope(s3Event(s3Record('a')))), /^an SNS message inside an SNS message/],
    [snsEnvelope(snsEvent(s3Event(s3Record('a')))), /^an SNS message inside an SNS message/],
    [{ Records: [{ EventSource: 'aws:sns' }] }, /whose Message is no text/],
  ])('fails with what it was: %j', (value, message) => {
    expect(refusalOf(value)).toMatch(message);
  });

  it('is described in few words, without its contents and without what could harm a log', () => {
    const secret = 'SECRET'.repeat(10_000);
    const line = '\u001b[31m\n\u202e<!channel>';
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`${line}${index}`, secret]));
    const values = [
      ...[secret, JSON.stringify(many), JSON.stringify({ [secret.repeat(2)]: 1 })],
      ...[s3Event(s3Record(`%${line}${secret}`)), bucketNamed(`${line}${secret}`)],
      ...[eventBridgeEvent('a', `${line}${secret}`), s3Event({ ...many, eventSource: `${line}${secret}` })],
      { ...many, Type: `${line}${secret}` },
    ];
    for (const value of values) {
      const message = refusalOf(value);
      expect(message.length).toBeLessThan(600);
      expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });

  it.each([
    ['deep', `${'['.repeat(400_000)}${']'.repeat(400_000)}`],
    ['deep in an object', `${'{"Records":['.repeat(80_000)}${']}'.repeat(80_000)}`],
    ['long', JSON.stringify({ s3Bucket: 'x'.repeat(900_000), s3ObjectKey: ['a'] })],
    ['many', JSON.stringify({ Records: new Array(200_000).fill({}) })],
  ])('may be %s', (_, body) => {
    expect(refusalOf(body).length).toBeLessThan(600);
  });
});
