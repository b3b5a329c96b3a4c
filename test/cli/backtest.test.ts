import { readFileSync } from 'node:fs';
import { jsonLines, runCli } from '../support/cli';
import { document, roleSession, sweep, T0 } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

const calls = [
  // Every night, from one address.
  ...[0, 1, 2].flatMap((day) =>
    sweep({ identity: roleSession('inventory', `night-${day}`), regions: 12, at: T0 + day * 86_400 }),
  ),
  // A loop that the first window does not find.
  ...sweep({ regions: 11, pace: 9, at: T0 + 3600 }),
];
const trail = temp.write('trail/one.json', document(calls.filter((_, index) => index % 2 === 0)));
temp.write('trail/two.json', document(calls.filter((_, index) => index % 2 === 1)));
const folder = trail.replace('/one.json', '');

interface Result {
  minRegions: number;
  windowSeconds: number;
  windowing: string;
  groupBy: string;
  alerts: number;
}

const backtest = async (...options: readonly string[]) => runCli(['backtest', folder, ...options], { time: T0 });

const settingsOf = (stdout: string): Result[] => JSON.parse(stdout).settings;

it.each([
  [10, 30, 'tumbling', 'arn'],
  [10, 120, 'sliding', 'arn'],
  [12, 60, 'tumbling', 'issuer'],
  [5, 300, 'sliding', 'issuer'],
])(
  'counts what replay finds with %s regions, %s s, %s, by %s',
  async (minRegions, windowSeconds, windowing, groupBy) => {
    const { code, stdout, stderr } = await backtest();
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('208 settings compared') });
    const replay = await runCli([
      ...['replay', folder, '--min-regions', `${minRegions}`, '--window', `${windowSeconds}`],
      ...['--windowing', windowing, '--group-by', groupBy],
    ]);
    const found = settingsOf(stdout).find(
      (one) =>
        one.minRegions === minRegions &&
        one.windowSeconds === windowSeconds &&
        one.windowing === windowing &&
        one.groupBy === groupBy,
    );
    expect(found!.alerts).toBe(jsonLines(replay.stdout).length);
    expect(found!.alerts).toBeGreaterThan(0);
  },
);

it('proposes exceptions that replay takes, and that take away what they explain', async () => {
  const file = temp.path('proposed.json');
  const { stdout } = await backtest('--propose', file);
  const { proposedExceptions: proposed, read } = JSON.parse(stdout);
  expect(proposed).toMatchObject([{ alerts: 3, share: 1, hides: { alerts: 3, actors: 3, calls: 36 } }]);
  expect(read).toMatchObject({ objects: 2, records: 47, calls: 47, partial: false, exceptions: [] });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ exceptions: [proposed[0].exception] });
  const replay = await runCli(['replay', folder, '--exceptions', file], { time: T0 });
  expect({ code: replay.code, stdout: replay.stdout }).toEqual({ code: 0, stdout: '' });
  const excepting = await backtest('--exceptions', file);
  expect(JSON.parse(excepting.stdout).read.exceptions).toMatchObject([{ calls: 36, alerts: 3, actors: 3 }]);
});

it.each([
  ['--threads', '2'],
  ['--state', temp.path('state')],
  ['--state', temp.path('state')],
])('is the same with %s %s', async (...options) => {
  expect(settingsOf((await backtest(...options)).stdout)).toEqual(settingsOf((await backtest()).stdout));
});

it('reads nothing twice with a state file, and keeps it apart from those of replays', async () => {
  expect((await backtest('--state', temp.path('state'))).stderr).toContain('not read again: 2 objects');
  const replay = await runCli(['replay', folder, '--state', temp.path('state')]);
  expect(replay).toMatchObject({ code: 2, stderr: expect.stringContaining('is of another run') });
});

it.each([
  ['page.html', /^<!DOCTYPE html>/],
  ['data.json', /^\{\n {2}"settings"/],
  ['table.txt', /^47 calls in 2 objects/],
  ['other', /^\{/],
])('writes %s in the format that its name says', async (name, start) => {
  expect((await backtest('--out', temp.path(name))).code).toBe(0);
  expect(readFileSync(temp.path(name), 'utf8')).toMatch(start);
});

it.each([
  [['--min-regions', '4'], 'Expected an integer from 5 to 17'],
  [['--window', '45'], 'Allowed choices are 30, 60, 120, 300'],
  [['--since', '2026-11-25', '--until', '2026-11-24'], '--since must be before --until'],
  [['--propose', temp.path()], `--propose ${temp.path()}: cannot be written`],
  [['--out', temp.path('both'), '--propose', temp.path('both')], '--propose .*both: the command also reads or writes'],
  [['--propose', trail], 'the command also reads or writes this file|holds CloudTrail records'],
])('refuses %j', async (options, reason) => {
  const { code, stderr } = await backtest(...options);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(reason) });
});
