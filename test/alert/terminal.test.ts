import { DEMO_SEED, demoTrail } from '../../bin/synthetic-trail/demo';
import { generateTrail } from '../../bin/synthetic-trail/trail';
import type { Alert } from '../../lambda/alert/model';
import { renderTerminal } from '../../lambda/alert/render/plain-text';
import { alertIn, alertOf } from '../support/alerts';
import { document, REGIONS, record, sweep, T0 } from '../support/records';
import { objectOf, objectsOf, replayed } from '../support/replay';

/** The rows of the timeline by region, without the header and the legend. */
function timeline(alert: Alert): Map<string, string> {
  const lines = renderTerminal(alert).trimEnd().split('\n');
  const rows = lines.slice(lines.findIndex((line) => line.startsWith('  region ')) + 1, -1);
  return new Map(rows.map((row) => [row.slice(2, 18).trim(), row.slice(18)]));
}

it('shows the demo as a person would want to see it', async () => {
  const objects = [...generateTrail(demoTrail(), DEMO_SEED).objects].map(({ key, body }) => objectOf(key, body));
  const { alerts } = await replayed(objects);
  expect(alerts.map((alert) => renderTerminal(alert)).join('\n')).toMatchSnapshot();
});

describe('the timeline', () => {
  it('has a row per region by first call and a column per second', async () => {
    const rows = timeline(await alertOf({ at: T0 + 2 }));
    expect([...rows.keys()]).toEqual(REGIONS.slice(0, 10));
    expect(rows.get(REGIONS[0]!)).toBe('..#...........................');
    expect(rows.get(REGIONS[9]!)).toBe('...........#..................');
  });

  it('has other marks for denied calls, and for both in one second', async () => {
    const extra = [record({ region: REGIONS[0]! }), record({ region: REGIONS[1]!, at: T0 + 20 })];
    const rows = timeline(await alertIn([[...sweep({ regions: 10, denied: true }), ...extra]]));
    expect(rows.get(REGIONS[0]!)).toMatch(/^%\.{29}$/);
    expect(rows.get(REGIONS[1]!)).toMatch(/^\.x\.{18}#\.{9}$/);
  });

  it.each([
    [3600, 60],
    [60, 60],
    [61, 31],
    [1, 1],
  ])('of a window of %i s has %i columns', async (windowSeconds, columns) => {
    const alert = await alertOf({ at: T0 - (T0 % windowSeconds), pace: 0 }, { parameters: { windowSeconds } });
    const rows = timeline(alert);
    expect(rows.size).toBe(10);
    for (const marks of rows.values()) expect(marks).toBe(`#${'.'.repeat(columns - 1)}`);
    for (const line of renderTerminal(alert).split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});

it('says that calls may be missing if reading was stopped early', async () => {
  let asked = 0;
  const objects = objectsOf(document(sweep({ regions: 10 })), document([]), document([]));
  const { alerts } = await replayed(objects, { isStopped: () => ++asked > 1 });
  expect(renderTerminal(alerts[0]!)).toMatch(/^ALERT .*PARTIAL/);
  expect(renderTerminal(await alertOf())).not.toContain('PARTIAL');
});
