import type { Alert } from '../../lambda/alert/model';
import { document, iso } from '../support/records';
import { objectsOf, replayed } from '../support/replay';
import { instantOf, readScenarios, recordsOf, type Scenario } from '../support/scenario';

const scenarios = readScenarios(__dirname);

function brief({ actor, account, start, end, regions, evidence }: Alert) {
  const { calls, refused: denied } = evidence;
  return { actor, account, start: iso(start), end: iso(end), regions: regions.length, calls, denied };
}

function expected({ alerts }: Scenario) {
  return alerts.map((alert) => ({
    ...alert,
    start: iso(instantOf(alert.start)),
    end: iso(instantOf(alert.end)),
  }));
}

it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', async (_, scenario) => {
  const objects = objectsOf(...scenario.objects.map((lists) => document(recordsOf(lists))));
  const settings = {
    parameters: scenario.parameters as object,
    since: scenario.since === undefined ? undefined : instantOf(scenario.since),
    until: scenario.until === undefined ? undefined : instantOf(scenario.until),
  };
  const { alerts, totals } = await replayed(objects, settings);
  expect(alerts.map(brief)).toEqual(expected(scenario));
  expect(totals).toMatchObject({ failedObjects: 0, faults: 0, ...scenario.totals });
});

it('are enough to cover the rule', () => {
  expect(scenarios.length).toBeGreaterThanOrEqual(12);
});
