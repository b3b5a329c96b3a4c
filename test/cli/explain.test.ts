import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { DynamoDbStore } from '../../lambda/adapters/aws/dynamodb';
import { writeControlMessage } from '../../lambda/messages/control-message';
import { type HistoryEntry, historyKey } from '../../lambda/state/history';
import { type Intervention, STACK, useAws } from '../support/aws';
import { eventually, jsonLines, runCli, startProcess } from '../support/cli';
import { type Bucket, FINGERPRINT, KEYS, writeChain } from '../support/digests';
import { startFunction, type TestFunction } from '../support/function';
import { mmdb } from '../support/mmdb';
import { document, iso, MALLORY, record, sweep } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

const BUCKET = 'company-trail';

/** Half an hour ago, at the start of a window: the state store goes by the time of day. */
const AT = Math.floor(Date.now() / 300_000) * 300 - 1800;

let detector: TestFunction;
let id: string;
let sent: string;

// Before AWS, of which it asks.
afterAll(() => detector.stop());

const aws = useAws([BUCKET]);

const keyAt = (second: number, name: string) => {
  const stamp = iso(second).replace(/[-:]/g, '').slice(0, 13);
  const day = iso(second).slice(0, 10).replaceAll('-', '/');
  return `AWSLogs/111122223333/CloudTrail/eu-west-1/${day}/111122223333_CloudTrail_eu-west-1_${stamp}Z_${name}.json.gz`;
};

/** The calls in two files, and another call of the actor twenty minutes before. */
const calls = sweep({ regions: 12, at: AT });
const logs = [
  { key: keyAt(AT + 300, 'a'), text: document(calls.slice(0, 6)) },
  { key: keyAt(AT + 300, 'b'), text: document(calls.slice(6)) },
];
const before = {
  key: keyAt(AT - 1200, 'c'),
  text: document([
    record({ at: AT - 1200, fields: { eventName: 'GetSecretValue', eventSource: 'secretsmanager.amazonaws.com' } }),
  ]),
};

/** CloudTrail, as its API answers. */
const cloudTrail: Intervention = (asked, response) => {
  if (asked.headers['x-amz-target'] !== 'CloudTrail_20131101.ListPublicKeys') return false;
  const der = KEYS.publicKey.export({ type: 'pkcs1', format: 'der' });
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify({ PublicKeyList: [{ Value: der.toString('base64'), Fingerprint: FINGERPRINT }] }));
  return true;
};

beforeAll(async () => {
  const files: Bucket = new Map();
  const end = AT - (AT % 3600) + 3600;
  writeChain(files, BUCKET, [
    [end, [before]],
    [end + 3600, logs],
  ]);
  for (const [Key, { body, metadata }] of files) {
    await aws.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: body, Metadata: metadata }));
  }
  detector = startFunction(aws);
  for (const { key } of logs) {
    const body = writeControlMessage({ kind: 'object', replayId: 'one', bucket: BUCKET, key });
    await aws.sqs.send(new SendMessageCommand({ QueueUrl: aws.queueUrl, MessageBody: body }));
  }
  await eventually(() => detector.published.length > 0);
  sent = (JSON.parse(detector.published[0]!.body) as { sqs: string }).sqs;
  id = (JSON.parse(sent) as { regionsweep: { alert_id: string } }).regionsweep.alert_id;
  await eventually(() => detector.received.length === 2);
}, 60_000);

beforeEach(() => aws.intervene(cloudTrail));

interface AlertJson {
  readonly regionsweep: Readonly<Record<string, unknown>>;
}

const explain = (...args: string[]) => runCli(['explain', '--stack', STACK, ...args]);

it('rebuilds the alert', async () => {
  const { code, stdout, stderr } = await explain(id, '--replay', 'one');
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringMatching(
      /^alert of .+, message message-1\nread 2 of 2 objects with its calls, and 0 nearby\n$/,
    ),
  });
  const [{ regionsweep: again }] = jsonLines<AlertJson>(stdout) as [AlertJson];
  const { regionsweep: published } = JSON.parse(sent) as AlertJson;
  for (const field of [
    'alert_id',
    'actor',
    'window',
    'regions',
    'region_count',
    'call_count',
    'verdict',
    'signals',
    'recurrence',
  ]) {
    expect({ [field]: again[field] }).toEqual({ [field]: published[field] });
  }
  expect(again).toMatchObject({ alert_id: id, actor: MALLORY, call_count: 12 });
});

it.each([
  ['table', MALLORY],
  ['json', '"alert_id"'],
  ['html', '<!DOCTYPE html>'],
  ['email', 'detector        regionsweep'],
  ['card', '"textType":"client-markdown"'],
])('as %s', async (format, text) => {
  const { code, stdout } = await explain(id, '--replay', 'one', '--format', format);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(text) });
});

it('shows the names of accounts as deployed, and owners of addresses by a file of the user', async () => {
  const asn = temp.write('asn.mmdb', mmdb({ '198.51.100.0/24': { autonomous_system_number: 64500 } }));
  const { stdout } = await explain(id, '--replay', 'one', '--format', 'table', '--asn', asn);
  expect(stdout).toContain('111122223333 (production)');
  expect(stdout).toContain('By asn.mmdb, the calls came from 198.51.100.7 (AS64500).');
  expect(await explain(id, '--asn', __filename)).toMatchObject({ code: 2, stderr: expect.stringContaining('--asn') });
});

it('looks further around where that is asked for', async () => {
  const near = await explain(id, '--replay', 'one', '--format', 'table');
  const far = await explain(id, '--replay', 'one', '--format', 'table', '--around', '30');
  expect(near.stdout).not.toContain('GetSecretValue');
  expect(far.stdout).toContain('Sensitive calls within 30 minutes: GetSecretValue');
});

it('verifies its objects, by keys of CloudTrail or of a file', async () => {
  const pem = temp.write('keys.pem', KEYS.publicKey.export({ type: 'spki', format: 'pem' }));
  for (const keys of [[], ['--public-key', pem]]) {
    const { code, stderr } = await explain(id, '--replay', 'one', '--verify', ...keys);
    for (const { key } of logs)
      expect(stderr).toContain(`signed: s3://${BUCKET}/${key}: s3://${BUCKET}/AWSLogs/111122223333/CloudTrail-Digest/`);
    expect({ code, broken: stderr.includes('broken') }).toEqual({ code: 0, broken: false });
  }
});

it('reports a changed object, and exits with 1', async () => {
  const { key, text } = logs[0]!;
  await aws.put(BUCKET, key, `${text} `);
  const { code, stdout, stderr } = await explain(id, '--replay', 'one', '--verify');
  await aws.put(BUCKET, key, text);
  expect(stderr).toContain(`changed: s3://${BUCKET}/${key}: it is not what`);
  expect({ code, isTold: stdout.includes(id) }).toEqual({ code: 1, isTold: true });
});

it.each([
  ['its objects', logs[0]!.key, [], { partial: true, compared: 0 }],
  ['its neighbourhood', before.key, ['--around', '30', '--verify'], { partial: true, compared: 0 }],
  ['a digest', 'CloudTrail-Digest', ['--verify'], { partial: false, compared: 0 }],
])('ends with what it has when Ctrl-C comes while %s is read', async (_, stalled, options, expected) => {
  let isStalled = false;
  aws.intervene((asked, response) => {
    const isIt = asked.method === 'GET' && decodeURIComponent(asked.url ?? '').includes(`/${stalled}`);
    isStalled ||= isIt;
    return isIt || cloudTrail(asked, response);
  });
  const run = startProcess(['explain', '--stack', STACK, id, '--replay', 'one', ...options]);
  await eventually(() => isStalled);
  run.interrupt();
  const { code, stdout, stderr } = await run.ended;
  const [{ regionsweep }] = jsonLines<AlertJson>(stdout) as [AlertJson];
  const compared = stderr.match(/^(?:signed|changed)/gm)?.length ?? 0;
  expect({ code, id: regionsweep.alert_id, partial: regionsweep.partial, compared }).toEqual({
    ...{ code: 130, id },
    ...expected,
  });
  expect(stderr).toMatch(/^PARTIAL, stopped before the end$/m);
  expect(stderr.match(/not compared: Ctrl-C/g)?.length ?? 0).toBe(options.includes('--verify') ? 2 : 0);
});

it('says that the tallies of an alert have expired', async () => {
  const entry: HistoryEntry = {
    ...{ kind: 'alert', alertId: 'f'.repeat(32), at: AT - 86_400, account: undefined, actor: MALLORY },
    ...{ start: AT - 90_000, end: AT - 89_970, regions: 12, messageId: 'm1' },
  };
  const store = new DynamoDbStore(aws.table.client, aws.table.tableName, () => 0);
  await store.putEntry(historyKey(entry, { replayId: undefined }), JSON.stringify(entry), AT * 2);
  const { code, stdout, stderr } = await explain(entry.alertId);
  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining(`replay with --since ${iso(AT - 90_000)}`),
  });
});

it.each([
  [2, ['no-id'], 'Expected 32 hexadecimal digits'],
  [2, ['0'.repeat(32), '--public-key', 'x'], '--public-key requires --verify'],
  [2, ['0'.repeat(32), '--verify', '--public-key', __filename], 'holds no public key'],
  [1, ['0'.repeat(32)], 'no alert 00000000000000000000000000000000 in the last 60 days'],
])('exits with %i for %j', async (code, args, message) => {
  const run = await explain(...args);
  expect(run).toEqual({ code, stdout: '', stderr: expect.stringContaining(message) });
});
