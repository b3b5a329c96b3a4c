import { DEMO_SEED, demoTrail } from '../../bin/synthetic-trail/demo';
import { generateTrail } from '../../bin/synthetic-trail/trail';
import type { Alert } from '../../lambda/alert/model';
import { renderTerminal } from '../../lambda/alert/render/plain-text';
import { alertOf } from '../support/alerts';
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
  expect(alerts.map(renderTerminal).join('\n')).toMatchSnapshot();
});

describe('the timeline', () => {
  it('has a row a region by first call and a column a second', async () => {
    const rows = timeline(await alertOf({ at: T0 + 2 }));
    expect([...rows.keys()]).toEqual(REGIONS.slice(0, 10));
    expect(rows.get(REGIONS[0]!)).toBe('..#...........................');
    expect(rows.get(REGIONS[9]!)).toBe('...........#..................');
  });

  it('tells denied calls, and both in one second, by other marks', async () => {
    const denied = sweep({ regions: 10, denied: true });
    const extra = [record({ region: REGIONS[0]! }), record({ region: REGIONS[1]!, at: T0 + 20 })];
    const { alerts } = await replayed(objectsOf(document([...denied, ...extra])));
    const rows = timeline(alerts[0]!);
    expect(rows.get(REGIONS[0]!)).toMatch(/^%\.{29}$/);
    expect(rows.get(REGIONS[1]!)).toMatch(/^\.x\.{18}#\.{9}$/);
  });

  it.each([
    ['a window of an hour', { windowSeconds: 3600 }, 60],
    ['a window of a minute', { windowSeconds: 60 }, 60],
    ['a window of 61 seconds', { windowSeconds: 61 }, 31],
    ['a window of a second', { windowSeconds: 1 }, 1],
  ])('fits: %s', async (_, parameters, columns) => {
    const at = T0 - (T0 % parameters.windowSeconds);
    const alert = await alertOf({ at, pace: 0 }, { parameters });
    const rows = timeline(alert);
    expect(rows.size).toBe(10);
    for (const marks of rows.values()) expect(marks).toBe(`#${'.'.repeat(columns - 1)}`);
    for (const line of renderTerminal(alert).split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});

it('says when there may be more', async () => {
  let asked = 0;
  const objects = objectsOf(document(sweep({ regions: 10 })), document([]), document([]));
  const { alerts } = await replayed(objects, { isStopped: () => ++asked > 1 });
  expect(renderTerminal(alerts[0]!)).toMatch(/^ALERT .*PARTIAL/);
  expect(renderTerminal(await alertOf())).not.toContain('PARTIAL');
});
