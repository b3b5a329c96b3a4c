import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { runCli } from '../support/cli';
import { document, iamUser, roleSession, sweep, T0 } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

const file = temp.write(
  'trail.json',
  document([
    ...Array.from({ length: 11 }, (_, index) => sweep({ regions: 10, at: T0 + 30 * index })).flat(),
    ...sweep({ regions: 12, at: T0 + 60, identity: roleSession('deploy', 'a-session-of-a-long-name'), denied: true }),
    ...sweep({ regions: 10, at: T0 + 90, identity: iamUser('=cmd|x') }),
  ]),
);

it('csv has a row for each identity, which no spreadsheet runs', async () => {
  const { code, stdout } = await runCli(['replay', file, '--format', 'csv']);
  const [head, ...rows] = stdout.split('\r\n');
  expect(code).toBe(0);
  expect(head).toBe('verdict,actor,account,alerts,first,last,regions,denied,finding,account_name');
  expect(rows.filter((row) => row !== '')).toHaveLength(3);
  const row = (name: string) => rows.find((one) => one.includes(name));
  expect(row('mallory')).toContain('user/mallory,111122223333,11,2026-11-24T04:00:00Z,2026-11-24T04:05:00Z,10,0,');
  expect(row('a-session')).toContain(',1,2026-11-24T04:01:00Z,2026-11-24T04:01:00Z,12,12,');
});

it('a table begins with the same, and shows the ten newest alerts, or all', async () => {
  const { stdout } = await runCli(['replay', file, '--format', 'table']);
  const lines = stdout.split('\n');
  expect(lines[0]).toMatch(/^VERDICT +ALERTS +FIRST +LAST +REGIONS +DENIED$/);
  expect(lines.slice(0, 10).every(({ length }) => length <= 100)).toBe(true);
  expect(lines[10]).toBe('');
  expect(stdout.match(/^ALERT /gm)).toHaveLength(10);
  expect(stdout).toMatch(/^3 more alerts, shown with --all$/m);
  const all = await runCli(['replay', file, '--format', 'table', '--all']);
  expect(all.stdout.match(/^ALERT /gm)).toHaveLength(13);
});

it.each([
  [80, ['DENIED', '  arn:', '  why: ']],
  [160, ['DENIED  ACTOR', '  why: ']],
  [220, ['DENIED  ACTOR.*WHY']],
])('a terminal of %i columns is used, and not exceeded', async (columns, [head, ...below]) => {
  const { stdout } = await runCli(['replay', file], { columns, env: { NO_COLOR: '1' } });
  const [first, row, ...more] = stdout.slice(0, stdout.indexOf('\n\n')).split('\n');
  expect(first).toMatch(new RegExp(`^VERDICT .*${head}$`));
  expect(row).toMatch(/^suspicious /);
  for (const [index, form] of below.entries()) expect(more[index]?.startsWith(form)).toBe(true);
  expect(more).toHaveLength(3 * (below.length + 1) - 1);
  const longest = Math.max(...stdout.split('\n').map(({ length }) => length));
  expect([longest <= columns, longest > Math.min(columns, 120) - 20]).toEqual([true, true]);
});

it.each<[Record<string, string>, number | undefined, boolean]>([
  [{}, 80, true],
  [{}, undefined, false],
  [{ NO_COLOR: '1' }, 80, false],
  [{ NO_COLOR: '' }, 80, true],
  [{ TERM: 'dumb' }, 80, false],
  [{ FORCE_COLOR: '1' }, undefined, true],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, 80, true],
  [{ FORCE_COLOR: '0' }, 80, false],
])('colours by %j on %j columns: %s', async (env, columns, isColoured) => {
  const settings = { env: { TERM: 'xterm', ...env }, ...(columns === undefined ? {} : { columns }) };
  const { stdout } = await runCli(['replay', file, '--format', 'table'], settings);
  expect(stdout.includes('\u001b[1m')).toBe(isColoured);
  const plain = await runCli(['replay', file, '--format', 'table'], { ...settings, env: { ...env, FORCE_COLOR: '0' } });
  expect(stripVTControlCharacters(stdout)).toBe(plain.stdout);
});

it('neither a file nor another format has colours', async () => {
  const env = { FORCE_COLOR: '1' };
  const out = temp.path('out.txt');
  await runCli(['replay', file, '--out', out], { env, columns: 80 });
  expect(readFileSync(out, 'utf8')).not.toContain('\u001b');
  expect((await runCli(['replay', file, '--format', 'csv'], { env, columns: 80 })).stdout).not.toContain('\u001b');
});
