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
  expect(lines[0]).toMatch(/^VERDICT +ALERTS +FIRST +LAST +REGIONS +DENIED +ACTOR +BECAUSE OF$/);
  expect(lines.slice(0, 4).every(({ length }) => length <= 100)).toBe(true);
  expect(lines[4]).toBe('');
  expect(stdout.match(/^ALERT /gm)).toHaveLength(10);
  expect(stdout).toMatch(/^3 more alerts, shown with --all$/m);
  const all = await runCli(['replay', file, '--format', 'table', '--all']);
  expect(all.stdout.match(/^ALERT /gm)).toHaveLength(13);
});
