import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonLines, REAL_TRAILS, runCli } from '../support/cli';

const isThere = existsSync(REAL_TRAILS);
if (!isThere) process.stderr.write('skipped: the real trails are not in ../shared/trails\n');
const withTrails = isThere ? it : it.skip;

interface AlertJson {
  readonly regionsweep: {
    readonly window: { readonly start: string };
    readonly actor: string;
    readonly region_count: number;
    readonly call_count: number;
    readonly facts: readonly { readonly id: string; readonly leans: string }[];
    readonly search: { readonly regions_arrived: readonly string[] };
  };
}

withTrails('the console trail has exactly its three known windows', async () => {
  const known = JSON.parse(readFileSync(join(REAL_TRAILS, 'console-expected.json'), 'utf8'));
  const { code, stdout, stderr } = await runCli(['replay', join(REAL_TRAILS, 'console')]);
  const alerts = jsonLines<AlertJson>(stdout);
  const windows = alerts.map(({ regionsweep: { window, actor, region_count, call_count } }) => {
    return { window: window.start, actor, regions: region_count, calls: call_count };
  });
  expect(windows.reverse()).toEqual(known.tumbling);
  expect(windows.map(({ regions, calls }) => [regions, calls])).toEqual([
    [17, 17],
    [17, 17],
    [17, 17],
  ]);
  for (const { facts, search } of alerts.map(({ regionsweep }) => regionsweep)) {
    const benign = facts.filter(({ leans }) => leans === 'ordinary').map(({ id }) => id);
    expect(benign).toEqual(['with-mfa', 'console-page']);
    // The console renews its credentials all the time: their creation says nothing of the session.
    expect(facts.map(({ id }) => id)).not.toContain('fresh-session');
    expect(search.regions_arrived).toHaveLength(17);
  }
  expect(stderr).toContain(`read ${known.objects} objects`);
  expect(stderr).toContain('6,548 records');
  expect(code).toBe(0);
});

withTrails('the invictus trail has none', async () => {
  const { code, stdout, stderr } = await runCli(['replay', join(REAL_TRAILS, 'invictus')]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  expect(stderr).toContain('2,900 records, 20 DescribeInstances');
});
