import { DynamoDbStore } from '../../lambda/adapters/aws/dynamodb';
import { type HistoryEntry, historyKey } from '../../lambda/state/history';
import { STACK, useAws } from '../support/aws';
import { jsonLines, runCli } from '../support/cli';
import { T0 } from '../support/records';

const DAY = 86_400;

const aws = useAws([]);

beforeAll(async () => {
  const store = new DynamoDbStore(aws.table.client, aws.table.tableName, () => 0);
  const note = (changes: Partial<HistoryEntry>, replayId?: string) => {
    const entry: HistoryEntry = {
      ...{ kind: 'alert', alertId: 'a1', at: T0, account: '111122223333', start: T0 - 300, end: T0 - 270 },
      ...{ regions: 12, actor: 'arn:aws:iam::111122223333:user/mallory', messageId: 'm1', ...changes },
    };
    return store.putEntry(historyKey(entry, { replayId }), JSON.stringify(entry), T0 * 2);
  };
  await note({ verdict: 'suspicious' });
  await note({ kind: 'held', alertId: 'a2', at: T0 + 60, messageId: undefined });
  await note({ kind: 'suppressed', alertId: 'a3', at: T0 + 90, messageId: undefined });
  await note({ kind: 'follow-up', at: T0 + 900, regions: 17, messageId: 'm2' });
  await note({ alertId: 'a0', at: T0 - 2 * DAY, actor: 'evil\u001b[2J\u202e\n</script>' });
  await note({ alertId: 'old', at: T0 - 8 * DAY });
  await note({ alertId: 'replayed', at: T0 }, 'first');
});

const alerts = (...args: readonly string[]) => runCli(['alerts', '--stack', STACK, ...args], { time: T0 + 3600 });

const all = ['--since', '2026-11-20', '--until', '2026-11-24T05:00:00Z'];

const idsOf = (ndjson: string) => jsonLines(ndjson).map(({ kind, alert_id }) => `${kind} ${alert_id}`);

it('lists alerts that were sent, held, suppressed and followed up, by time', async () => {
  const { code, stdout, stderr } = await alerts(...all);
  expect(code).toBe(0);
  expect(idsOf(stdout)).toEqual(['alert a0', 'alert a1', 'held a2', 'suppressed a3', 'follow-up a1']);
  expect(stderr).toContain('2 alerts, 1 held, 1 followed up, 1 suppressed');
  expect(jsonLines(stdout)[1]).toEqual({
    '@timestamp': '2026-11-24T04:00:00Z',
    kind: 'alert',
    alert_id: 'a1',
    actor: 'arn:aws:iam::111122223333:user/mallory',
    account_id: '111122223333',
    window: { start: '2026-11-24T03:55:00Z', end: '2026-11-24T03:55:30Z' },
    region_count: 12,
    verdict: 'suspicious',
    message_id: 'm1',
  });
});

it.each([
  [
    ['--held', ...all],
    ['held a2', 'suppressed a3'],
  ],
  [
    ['--since', '2026-11-24T04:00:01Z', '--until', '2026-11-24T04:15:00Z'],
    ['held a2', 'suppressed a3'],
  ],
  [['--since', '2026-11-24', '--until', '2026-11-24T04:00:01Z'], ['alert a1']],
  [
    ['--since', '2000-01-01', '--until', '2026-11-24T05:00:00Z'],
    ['alert old', 'alert a0', 'alert a1', 'held a2', 'suppressed a3', 'follow-up a1'],
  ],
  [['--replay', 'first', ...all], ['alert replayed']],
  [['--replay', 'unknown', ...all], []],
])('lists with %j', async (options, ids) => {
  const { code, stdout } = await alerts(...options);
  expect({ code, ids: idsOf(stdout) }).toEqual({ code: 0, ids });
});

it('counts by actor and by verdict', async () => {
  const by = async (what: string) => (await alerts('--by', what, '--format', 'csv', ...all)).stdout.split('\r\n');
  expect(await by('actor')).toEqual([
    'by,alerts,unsent,suspicious,most_regions,first,last',
    'arn:aws:iam::111122223333:user/mallory,1,2,1,12,2026-11-24T04:00:00Z,2026-11-24T04:01:30Z',
    'evil\\u{1b}[2J\\u{202e}\\u{a}</script>,1,0,0,12,2026-11-22T04:00:00Z,2026-11-22T04:00:00Z',
    '',
  ]);
  expect((await by('verdict')).slice(1).map((line) => line.split(',').slice(0, 4).join())).toEqual([
    'not sent,0,2,0',
    'suspicious,1,0,1',
    'unknown,1,0,0',
    '',
  ]);
  const { stdout } = await alerts('--by', 'actor', '--format', 'table', ...all);
  expect(stdout.split('\n')[0]!.replace(/ +/g, ' ')).toBe(
    ' 1 sent 2 not sent 1 suspicious 2026-11-24T04:00:00Z to 2026-11-24T04:01:30Z arn:aws:iam::111122223333:user/mallory',
  );
});

it('writes a list for spreadsheets', async () => {
  const { stdout } = await alerts('--format', 'csv', ...all);
  expect(stdout.split('\r\n').slice(0, 3)).toEqual([
    'timestamp,kind,alert_id,actor,account_id,region_count,verdict,window_start,window_end,message_id',
    expect.stringMatching(/^2026-11-22T04:00:00Z,alert,a0,evil/),
    '2026-11-24T04:00:00Z,alert,a1,arn:aws:iam::111122223333:user/mallory,111122223333,12,suspicious,2026-11-24T03:55:00Z,2026-11-24T03:55:30Z,m1',
  ]);
});

it('lists the last 7 days by default', async () => {
  expect(idsOf((await alerts()).stdout)).toEqual(idsOf((await alerts(...all)).stdout));
});

it('shows a table with sanitized lines', async () => {
  const { stdout } = await alerts('--format', 'table', ...all);
  const [first, second] = stdout.split('\n').map((line) => line.replace(/ +/g, ' '));
  expect(first).toBe(
    '2026-11-22T04:00:00Z alert 12 regions from 2026-11-24T03:55:00Z evil\\u{1b}[2J\\u{202e}\\u{a}</script> a0',
  );
  expect(second).toBe(
    '2026-11-24T04:00:00Z alert 12 regions from 2026-11-24T03:55:00Z arn:aws:iam::111122223333:user/mallory a1',
  );
  expect(stdout.trim().split('\n')).toHaveLength(5);
});

it('writes one JSON document', async () => {
  const { stdout } = await alerts('--format', 'json', ...all);
  expect(JSON.parse(stdout)).toHaveLength(5);
  expect(stdout).not.toContain('\u202e');
});

it.each([
  [['--format', 'xml'], 2, /Allowed choices are table, ndjson, json/],
  [['--since', '2026-11-25', '--until', '2026-11-24'], 2, /--since must be before --until/],
  [['--since', 'yesterday'], 2, /Expected a date or time/],
  [['--replay', 'a/b'], 2, /argument 'a\/b' is invalid. Expected a replay id/],
  [['--stack', 'absent'], 1, /stack absent cannot be looked up/],
])('refuses %j', async (options, code, message) => {
  expect(await alerts(...options)).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(message) });
});

it('requires the stack', async () => {
  expect(await runCli(['alerts'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--stack') });
});
