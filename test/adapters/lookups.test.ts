/** What the real clients make of AWS's answers as they come over the wire. Shapes: the API reference of each service. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cloudFormationClient, stackResources } from '../../lambda/adapters/aws/cloudformation';
import {
  cloudTrailClient,
  describeTrails,
  eventSelectors,
  publicKeys,
  trailStatus,
} from '../../lambda/adapters/aws/cloudtrail';
import {
  alarmsInAlarm,
  callerIdentity,
  cloudWatchClient,
  countMessages,
  iamClient,
  isAllowed,
  keyState,
  kmsClient,
  listSubscriptions,
  recentObjects,
} from '../../lambda/adapters/aws/lookups';
import { bucketNotifications, bucketRegion, s3Client } from '../../lambda/adapters/aws/s3';
import { isDenied } from '../../lambda/adapters/aws/sdk';
import { snsClient } from '../../lambda/adapters/aws/sns';
import { sqsClient } from '../../lambda/adapters/aws/sqs';
import { T0 } from '../support/records';

let answer: (request: IncomingMessage, body: string, response: ServerResponse) => void;

const server = createServer(async (request, response) => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  answer(request, Buffer.concat(pieces).toString(), response);
});

let settings: { region: string; endpoint: string };

beforeAll(async () => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  settings = { region: 'eu-west-1', endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function answers(body: string | object, status = 200, headers: Record<string, string> = {}): void {
  answer = (_request, _body, response) => {
    const isJson = typeof body === 'object';
    response.writeHead(status, { 'content-type': isJson ? 'application/x-amz-json-1.1' : 'text/xml', ...headers });
    response.end(isJson ? JSON.stringify(body) : body);
  };
}

it('reads the region of a bucket, even from a refusal', async () => {
  const client = s3Client(settings);
  answers('', 200, { 'x-amz-bucket-region': 'eu-central-1' });
  expect(await bucketRegion(client, 'company-trail')).toBe('eu-central-1');
  answers('', 403, { 'x-amz-bucket-region': 'us-west-2' });
  expect(await bucketRegion(client, 'company-trail')).toBe('us-west-2');
  answers('', 404);
  await expect(bucketRegion(client, 'company-trail')).rejects.toThrow('bucket company-trail cannot be looked up');
});

it('reads the notifications of a bucket', async () => {
  const filter =
    '<Filter><S3Key><FilterRule><Name>Prefix</Name><Value>AWSLogs/</Value></FilterRule><FilterRule><Name>Suffix</Name><Value>.json.gz</Value></FilterRule></S3Key></Filter>';
  answers(
    `<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TopicConfiguration><Id>t</Id><Topic>arn:aws:sns:eu-west-1:111122223333:t</Topic><Event>s3:ObjectCreated:Put</Event></TopicConfiguration><QueueConfiguration><Id>q</Id><Queue>arn:aws:sqs:eu-west-1:111122223333:q</Queue><Event>s3:ObjectCreated:*</Event>${filter}</QueueConfiguration><CloudFunctionConfiguration><Id>f</Id><CloudFunction>arn:aws:lambda:eu-west-1:111122223333:function:f</CloudFunction><Event>s3:ObjectRemoved:*</Event></CloudFunctionConfiguration><EventBridgeConfiguration/></NotificationConfiguration>`,
  );
  expect(await bucketNotifications(s3Client(settings), 'company-trail', '111122223333')).toEqual({
    isOnEventBridge: true,
    targets: [
      { arn: 'arn:aws:sqs:eu-west-1:111122223333:q', prefix: 'AWSLogs/', suffix: '.json.gz' },
      { arn: 'arn:aws:sns:eu-west-1:111122223333:t', prefix: '', suffix: '' },
    ],
  });
  answers('<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>');
  expect(await bucketNotifications(s3Client(settings), 'company-trail', '111122223333')).toEqual({
    isOnEventBridge: false,
    targets: [],
  });
});

it('reads trails, their status and selectors, and public keys', async () => {
  const client = cloudTrailClient(settings);
  answers({
    trailList: [
      { Name: 'company', TrailARN: 'arn:trail', HomeRegion: 'eu-west-1', S3BucketName: 'b', IsMultiRegionTrail: true },
    ],
  });
  expect(await describeTrails(client)).toEqual([
    {
      name: 'company',
      arn: 'arn:trail',
      homeRegion: 'eu-west-1',
      bucket: 'b',
      prefix: undefined,
      keyArn: undefined,
      isMultiRegion: true,
      isOrganization: false,
    },
  ]);
  answers({ IsLogging: true, LatestDeliveryTime: T0 + 0.5 });
  expect(await trailStatus(client, 'arn:trail')).toEqual({
    isLogging: true,
    deliveryError: undefined,
    lastDelivery: T0,
  });
  const field = { Field: 'eventCategory', Equals: ['Management'] };
  answers({ TrailARN: 'arn:trail', AdvancedEventSelectors: [{ Name: 'all', FieldSelectors: [field] }] });
  expect(await eventSelectors(client, 'arn:trail')).toEqual({
    basic: [],
    advanced: [{ Name: 'all', FieldSelectors: [field] }],
  });
  answers({
    PublicKeyList: [{ Value: Buffer.from('der').toString('base64'), Fingerprint: 'f1' }, { Fingerprint: 'f2' }],
  });
  const keys = await publicKeys(client, T0 - 60, T0);
  expect(keys.map(({ fingerprint, der }) => [fingerprint, Buffer.from(der).toString()])).toEqual([['f1', 'der']]);
});

it('knows a denial from other failures', async () => {
  const client = cloudTrailClient(settings);
  for (const [code, denied] of [
    ['AccessDeniedException', true],
    ['TrailNotFoundException', false],
  ] as const) {
    answers({ __type: code, message: 'no' }, 400);
    const error = (await describeTrails(client).catch((reason: unknown) => reason)) as Error;
    expect([error.message, isDenied(error)]).toEqual([
      expect.stringContaining(`trails cannot be listed: ${code}`),
      denied,
    ]);
  }
});

it('reads who calls, what a role may do, and the state of a key', async () => {
  answers(
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/me</Arn><UserId>AIDA</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
  );
  expect(await callerIdentity(settings)).toEqual({
    account: '111122223333',
    arn: 'arn:aws:iam::111122223333:user/me',
    region: 'eu-west-1',
  });
  for (const [decision, allowed] of [
    ['allowed', true],
    ['implicitDeny', false],
  ] as const) {
    answers(
      `<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults><member><EvalActionName>kms:Decrypt</EvalActionName><EvalResourceName>arn</EvalResourceName><EvalDecision>${decision}</EvalDecision></member></EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`,
    );
    const asked = { role: 'arn:aws:iam::111122223333:role/r', action: 'kms:Decrypt', resource: 'arn' };
    expect(await isAllowed(iamClient(settings), asked)).toBe(allowed);
  }
  answers({ KeyMetadata: { KeyId: 'k', KeyState: 'PendingDeletion' } });
  expect(await keyState(kmsClient(settings), 'arn:aws:kms:eu-west-1:111122223333:key/k')).toBe('PendingDeletion');
});

it('reads alarms and metrics', async () => {
  const client = cloudWatchClient(settings);
  answer = (request, _body, response) => {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
    const isAlarms = String(request.headers['x-amz-target'] ?? request.url).includes('DescribeAlarms');
    const data = [
      { Id: 'objects', Values: [3, 4] },
      { Id: 'lag', Values: [190, 700] },
    ];
    response.end(JSON.stringify(isAlarms ? { MetricAlarms: [{ AlarmName: 'silence' }] } : { MetricDataResults: data }));
  };
  expect(await alarmsInAlarm(client, ['silence', 'other'])).toEqual(['silence']);
  expect(await recentObjects(client, 'one', T0, 3600)).toEqual({ count: 7, longestLag: 700 });
});

it('reads subscriptions and resources of all pages, and the length of a queue', async () => {
  const page = (members: string, next: string) => {
    return `<ListSubscriptionsByTopicResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ListSubscriptionsByTopicResult><Subscriptions>${members}</Subscriptions>${next}</ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>`;
  };
  const member = (arn: string) =>
    `<member><SubscriptionArn>${arn}</SubscriptionArn><Protocol>email</Protocol><Endpoint>a@b.c</Endpoint></member>`;
  answer = (_request, body, response) => {
    response.writeHead(200, { 'content-type': 'text/xml' });
    const isFirst = !body.includes('NextToken=more');
    response.end(
      isFirst ? page(member('PendingConfirmation'), '<NextToken>more</NextToken>') : page(member('arn:1'), ''),
    );
  };
  const found = await listSubscriptions(snsClient(settings), 'arn:aws:sns:eu-west-1:111122223333:t');
  expect(found.map(({ isPending }) => isPending)).toEqual([true, false]);

  answer = (_request, body, response) => {
    response.writeHead(200, { 'content-type': 'text/xml' });
    const template = '{"Resources":{"A":{"Properties":{"x":1}}}}';
    const listed = (id: string, next: string) =>
      `<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries><member><LogicalResourceId>${id}</LogicalResourceId><PhysicalResourceId>own</PhysicalResourceId><ResourceType>T</ResourceType></member></StackResourceSummaries>${next}</ListStackResourcesResult></ListStackResourcesResponse>`;
    if (body.includes('GetTemplate'))
      response.end(
        `<GetTemplateResponse><GetTemplateResult><TemplateBody>${template}</TemplateBody></GetTemplateResult></GetTemplateResponse>`,
      );
    else response.end(body.includes('NextToken=2') ? listed('B', '') : listed('A', '<NextToken>2</NextToken>'));
  };
  expect(await stackResources(cloudFormationClient(settings), 's')).toEqual([
    { logicalId: 'A', type: 'T', physicalId: 'own', properties: { x: 1 } },
    { logicalId: 'B', type: 'T', physicalId: 'own', properties: {} },
  ]);

  answers({ Attributes: { ApproximateNumberOfMessages: '12' } });
  expect(await countMessages(sqsClient(settings), `${settings.endpoint}/111122223333/q`)).toBe(12);
});
