/** Notices as AWS words them, with all their fields; bodies of SQS messages unless said otherwise. */

export const BUCKET = 'org-trail-logs';
export const TRAIL_KEY =
  'AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/24/111122223333_CloudTrail_eu-west-1_20261124T0405Z_Nx3rD7s2uT4pQ8wE.json.gz';

export function s3Record(key: string, eventName = 'ObjectCreated:Put'): Record<string, unknown> {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'eu-west-1',
    eventTime: '2026-11-24T04:05:12.345Z',
    eventName,
    userIdentity: { principalId: 'AWS:AROAEXAMPLE:regionalDeliverySession' },
    requestParameters: { sourceIPAddress: '203.0.113.7' },
    responseElements: {
      'x-amz-request-id': 'C3D13FE58DE4C810',
      'x-amz-id-2': 'FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG',
    },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'regionsweep',
      bucket: {
        name: BUCKET,
        ownerIdentity: { principalId: 'A3NL1KOZZKExample' },
        arn: `arn:aws:s3:::${BUCKET}`,
      },
      object: { key, size: 1502, eTag: 'd41d8cd98f00b204e9800998ecf8427e', sequencer: '0055AED6DCD90281E5' },
    },
  };
}

export function s3Event(...records: readonly Record<string, unknown>[]): Record<string, unknown> {
  return { Records: records };
}

export const S3_TEST_EVENT = {
  Service: 'Amazon S3',
  Event: 's3:TestEvent',
  Time: '2026-11-24T04:00:00.000Z',
  Bucket: BUCKET,
  RequestId: '5582815E1AEA5ADF',
  HostId: '8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE',
};

export function eventBridgeEvent(key: string, type = 'Object Created'): Record<string, unknown> {
  return {
    version: '0',
    id: '17793124-05d4-b198-2fde-7ededc63b103',
    'detail-type': type,
    source: 'aws.s3',
    account: '111122223333',
    time: '2026-11-24T04:05:12Z',
    region: 'eu-west-1',
    resources: [`arn:aws:s3:::${BUCKET}`],
    detail: {
      version: '0',
      bucket: { name: BUCKET },
      object: { key, size: 1502, etag: 'b1946ac92492d2347c6235b4d2611184', sequencer: '00617F08299329D189' },
      'request-id': 'N4N7GDK58NMKJ12R',
      requester: 'cloudtrail.amazonaws.com',
      'source-ip-address': '203.0.113.7',
      reason: 'PutObject',
    },
  };
}

export function trailNotice(...keys: readonly string[]): Record<string, unknown> {
  return { s3Bucket: BUCKET, s3ObjectKey: keys };
}

/** The envelope SNS puts round a message for SQS, unless raw delivery is on. */
export function snsEnvelope(message: unknown): Record<string, unknown> {
  return {
    Type: 'Notification',
    MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
    TopicArn: 'arn:aws:sns:eu-west-1:111122223333:trail',
    Subject: 'Amazon S3 Notification',
    Message: typeof message === 'string' ? message : JSON.stringify(message),
    Timestamp: '2026-11-24T04:05:13.012Z',
    SignatureVersion: '1',
    Signature: 'EXAMPLEw6JRN==',
    SigningCertURL: 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem',
    UnsubscribeURL: 'https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe',
  };
}

/** The event by which SNS invokes a function itself. */
export function snsEvent(...messages: readonly unknown[]): Record<string, unknown> {
  return {
    Records: messages.map((message) => ({
      EventSource: 'aws:sns',
      EventVersion: '1.0',
      EventSubscriptionArn: 'arn:aws:sns:eu-west-1:111122223333:trail:2bcfbf39',
      Sns: { ...snsEnvelope(message), SignatureVersion: '1', MessageAttributes: {} },
    })),
  };
}
