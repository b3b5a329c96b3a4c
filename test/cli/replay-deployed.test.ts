import { appendFileSync, readFileSync } from 'node:fs';
import { DynamoDbStore } from '../../lambda/adapters/aws/dynamodb';
import { MAX_RECEIVES } from '../../lambda/messages/control-message';
import { recordProgress } from '../../lambda/state/history';
import { STACK, TOPIC_ARN, useAws } from '../support/aws';
import { eventually, jsonLines, runCli, startCli } from '../support/cli';
import { startFunction, type TestFunction } from '../support/function';
import { simulated, upload } from '../support/simulated';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

const aws = useAws(['trail', 'empty', 'two']);

let running: TestFunction | undefined;

beforeAll(() => upload(aws, 'trail'));

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

const through = (...args: readonly string[]) => runCli(['replay', ...args, '--through', STACK, '--rate', '5000']);

const store = () => new DynamoDbStore(aws.table.client, aws.table.tableName, now);

const now = () => Math.floor(Date.now() / 1000);

/** Sorted keys of the objects that the function received for a replay. */
function received(replayId: string): string[] {
  const messages = running!.received.map((body) => JSON.parse(body) as { regionsweep: Record<string, string> });
  const own = messages.flatMap(({ regionsweep }) => (regionsweep.replayId === replayId ? [regionsweep.key!] : []));
  return own.sort();
}

const KEYS = simulated()
  .map(({ key }) => key)
  .sort();

const FOLDER = 'AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/24';

async function liveState(): Promise<unknown> {
  const { ScanCommand } = await import('@aws-sdk/client-dynamodb');
  const { Items = [] } = await aws.table.client.send(new ScanCommand({ TableName: aws.table.tableName }));
  return Items.map(({ pk }) => pk!.S!).filter((key) => !key.startsWith('replay/'));
}

it('replays through the function, publishes marked alerts, and does not touch live state', async () => {
  running = startFunction(aws);
  const { code, stdout, stderr } = await through('s3://trail', '--replay-id', 'first', '--wait');
  expect(code === 0 ? '' : stderr).toBe('');
  expect(received('first')).toEqual(KEYS);
  expect(running.published).toHaveLength(1);
  const [message] = running.published;
  expect(message!.subject).toContain('[REPLAY first]');
  expect(message!.attributes).toMatchObject({ replay_id: 'first', kind: 'alert' });
  expect(await liveState()).toEqual([]);
  const alert = { kind: 'alert', account_id: '111122223333', message_id: 'message-1' };
  expect(jsonLines(stdout)).toEqual([expect.objectContaining(alert)]);
  expect(stderr).toContain(`alerts are published to ${TOPIC_ARN}, marked [REPLAY first]`);
  expect(stderr).toContain(`replay first: ${KEYS.length} objects done, 0 failed, 1 alert`);
});

it('makes and prints a new id, and refuses to use it again', async () => {
  running = startFunction(aws);
  const { code, stdout, stderr } = await through('s3://trail');
  expect(code === 0 ? '' : stderr).toBe('');
  expect(stdout).toMatch(/^\d{8}-\d{6}-[0-9a-f]{6}\n$/);
  await eventually(() => running!.published.length > 0);
  expect(running.published[0]!.subject).toContain(`[REPLAY ${stdout.trim()}]`);
  const again = await through('s3://trail', '--replay-id', stdout.trim());
  expect(again).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('was used before') });
});

it('refuses an id that is invalid or was used before, also for a state file', async () => {
  const state = temp.path('begun');
  const object = { bucket: 'trail', key: 'a.json.gz' };
  const job = { object, scope: { replayId: 'taken' }, receiveCount: 1, messageIds: new Set<string>() };
  await recordProgress(job, undefined, store(), now());
  const named = (replayId: string) => through('s3://trail', '--state', state, '--replay-id', replayId);
  for (const time of ['first', 'again']) {
    const { code, stderr } = await named('taken');
    expect([time, code, stderr]).toEqual([time, 2, expect.stringContaining('was used before')]);
  }
  expect(await named('a b')).toMatchObject({ code: 2, stderr: expect.stringContaining('up to 64 letters') });
  expect((await named('new')).code).toBe(0);
  await recordProgress({ ...job, scope: { replayId: 'new' } }, undefined, store(), now());
  expect((await named('new')).code).toBe(0);
  expect(await named('a b')).toMatchObject({ code: 2, stderr: expect.stringContaining('up to 64 letters') });
});

it('names what went to the dead-letter queue, and exits 1', async () => {
  await aws.put('two', `${FOLDER}/good.json.gz`, '{"Records":[]}');
  await aws.put('two', `${FOLDER}/\u202ebad.json.gz`, 'not gzip');
  running = startFunction(aws, MAX_RECEIVES);
  const { code, stdout, stderr } = await through('s3://two', '--wait');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/failed: s3:\/\/two\/.*\\u\{202e\}bad\.json\.gz: .*expected an object/);
  expect(stderr).toContain('1 object done, 1 failed, 0 alerts');
});

it('waits for a retry, and counts an object that succeeds in the end as done', async () => {
  const options = ['--through', STACK, '--replay-id', 'retried', '--wait'];
  const { ended, until } = startCli(['replay', `s3://two/${FOLDER}/good`, ...options], { isTTY: true });
  await until('0 of 1 object done');
  const object = { bucket: 'two', key: `${FOLDER}/good.json.gz` };
  const job = { object, scope: { replayId: 'retried' }, messageIds: new Set<string>() };
  await recordProgress({ ...job, receiveCount: 9 }, 'throttled', store(), now());
  await until('0 of 1 object done, 1 to be retried');
  await recordProgress({ ...job, receiveCount: 10 }, undefined, store(), now());
  expect(await ended).toMatchObject({ code: 0, stderr: expect.stringContaining('1 object done, 0 failed') });
});

it('continues where it was stopped, and sends each object once', async () => {
  const state = temp.path('through');
  const batches = () => aws.asked.filter((line) => line.includes('SendMessageBatch')).length;
  const args = ['replay', 's3://trail', '--through', STACK, '--state', state];
  const { interrupt, ended } = startCli([...args, '--rate', '50']);
  await eventually(() => batches() >= 2);
  interrupt();
  const stopped = await ended;
  expect(stopped.code).toBe(130);
  expect(stopped.stderr).toContain(`run the same command again to continue from ${state}`);
  const id = stopped.stdout.trim();
  appendFileSync(state, '{"sent":99');
  running = startFunction(aws);
  const rest = await through('s3://trail', '--state', state, '--wait');
  expect(rest.code).toBe(0);
  expect(rest.stderr).toContain(`replay ${id}: ${KEYS.length} objects done`);
  expect(received(id)).toEqual(KEYS);
  aws.asked.length = 0;
  expect((await through('s3://trail', '--state', state, '--wait')).code).toBe(0);
  expect(batches()).toBe(0);
  const before = readFileSync(state, 'utf8');
  for (const other of [['s3://two'], ['s3://trail', '--region', 'eu-west-1'], ['s3://trail', '--replay-id', 'other']]) {
    const { code, stderr } = await through(...other, '--state', state);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/is of (another run|replay)/) });
  }
  const local = await runCli(['replay', 's3://trail', '--state', state]);
  expect(local).toMatchObject({ code: 2, stderr: expect.stringContaining('is of another run') });
  expect(readFileSync(state, 'utf8').startsWith(before)).toBe(true);
});

it('stops at a listing that fails, so that the next run skips nothing', async () => {
  const state = temp.path('denied');
  aws.intervene((asked, response) => {
    if (!(asked.url ?? '').startsWith('/two')) return false;
    response.writeHead(403).end('<Error><Code>AccessDenied</Code><Message>no</Message></Error>');
    return true;
  });
  const broken = await through('s3://empty', 's3://two', 's3://trail', '--state', state);
  expect(broken.code).toBe(1);
  expect(broken.stderr).toContain('s3://two/ cannot be listed: AccessDenied');
  aws.intervene(undefined);
  const complete = await through('s3://empty', 's3://two', 's3://trail', '--state', state);
  const stderr = expect.stringContaining(`${KEYS.length + 2} objects on the queue`);
  expect(complete).toMatchObject({ code: 0, stderr });
});

it('stops following at Ctrl-C, and says how to list the alerts later', async () => {
  const replay = startCli(['replay', 's3://trail', '--through', STACK, '--replay-id', 'left', '--wait']);
  await replay.until('on the queue');
  replay.interrupt();
  const { code, stderr } = await replay.ended;
  expect(code).toBe(130);
  expect(stderr).toContain(`regionsweep alerts --stack ${STACK} --replay left`);
});

it.each([
  [['.'], /\. cannot be used with --through/],
  [['s3://trail', '-'], /- cannot be used with --through/],
  [['s3://trail', '--format', 'json'], /cannot be used with option '--format/],
  [['s3://trail', '--windowing', 'sliding'], /cannot be used with option '--windowing/],
  [['s3://trail', '--min-regions', '3'], /cannot be used with option '--min-regions/],
  [['s3://trail', '--group-by', 'arn'], /cannot be used with option '--group-by/],
  [['s3://trail', '--out', 'x'], /cannot be used with option '--out/],
  [['s3://trail', '--threads', '2'], /cannot be used with option '--threads/],
  [['s3://trail', '--replay-id', 'a b'], /--replay-id a b/],
  [['s3://trail', '--rate', '0'], /--rate/],
])('refuses %j', async (args, message) => {
  const run = await runCli(['replay', ...args, '--through', STACK]);
  expect(run).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
});

it.each([
  ['absent', /stack absent cannot be looked up: ValidationError: .* Is it deployed in this account and region/],
  ['other', /stack other has no output QueueUrl: is it a regionsweep stack/],
])('says what is wrong with the stack %s', async (name, message) => {
  const run = await runCli(['replay', 's3://trail', '--through', name]);
  expect(run).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(message) });
});

it('says when there is nothing to replay', async () => {
  const run = await through('s3://empty', '--wait');
  expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining('no log files found') });
});
