import fc from 'fast-check';
import type { Alert } from '../../lambda/alert/model';
import { backtest } from '../../lambda/backtest/backtest';
import { GROUPINGS, MIN_REGIONS, type Setting, WINDOW_SECONDS, WINDOWINGS } from '../../lambda/backtest/settings';
import { CallTable } from '../../lambda/detection/call-table';
import type { TrailRecord } from '../../lambda/detection/classify';
import { readEntries } from '../../lambda/detection/exception-document';
import { thresholds } from '../../lambda/detection/rule';
import { readObject } from '../../lambda/trail/object-reader';
import { changed } from '../support/alerts';
import { layoutsOf } from '../support/layouts';
import { holds } from '../support/properties';
import { ACCOUNT, iamUser, REGIONS, record, roleSession, T0 } from '../support/records';
import { type MemoryObject, readingOf, replayed } from '../support/replay';

/** What else an identity did meanwhile, and its earlier alerts, are not in the log of a backtest. */
function byOwnCalls(alert: Alert): Alert {
  const around = { refused: 0, allowed: 0, firstAllowed: undefined, othersAllowed: 0, first: undefined };
  return changed(alert, {
    recurrence: undefined,
    evidence: { ...alert.evidence, around, otherCalls: [], reopened: [], elsewhere: [], signIns: [] },
  });
}

/** Bursts of a few identities that cross the edges of windows, so near each other that some join. */
const records: fc.Arbitrary<TrailRecord[]> = fc
  .array(
    fc.record({
      at: fc.integer({ min: T0 - 400, max: T0 + 400 }),
      first: fc.integer({ min: 0, max: 8 }),
      regions: fc.integer({ min: 4, max: 17 }),
      pace: fc.constantFrom(0, 1, 2.5, 6, 20),
      identity: fc.constantFrom(
        iamUser('mallory'),
        roleSession('deploy', 'one'),
        roleSession('deploy', 'two'),
        { type: 'AWSAccount', principalId: 'AROAX:peer', accountId: '444455556666' },
        { type: 'AWSService', invokedBy: 'autoscaling.amazonaws.com' },
      ),
      fields: fc.constantFrom(
        {},
        { userAgent: 'Boto3/1.34' },
        { sourceIPAddress: '192.0.2.9' },
        { errorCode: 'Client.UnauthorizedOperation' },
        { sessionCredentialFromConsole: 'true', userAgent: 'AWS Internal' },
        { sourceIPAddress: '10.0.0.7', vpcEndpointId: 'vpce-0aaaaaaaaaaaaaaaa' },
      ),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((sweeps) =>
    sweeps.flatMap(({ at, first, regions, pace, ...rest }, sweep) =>
      REGIONS.slice(first, first + regions).map((region, index) =>
        record({ ...rest, region, at: at + Math.floor(index * pace), id: `event-${sweep}-${index}` }),
      ),
    ),
  );

const WHY = { reason: 'known', owner: 'us' };

const exceptions = fc
  .subarray([
    { ...WHY, userAgent: 'Boto3/*' },
    { ...WHY, source: '192.0.2.0/24' },
    { ...WHY, consolePage: true },
    { ...WHY, vpcEndpoint: 'vpce-0aaaaaaaaaaaaaaaa', source: '10.0.0.7' },
    { ...WHY, issuer: `arn:aws:iam::${ACCOUNT}:role/deploy`, userAgent: 'aws-cli/*' },
  ])
  .map((entries) => readEntries(entries).exceptions);

const setting: fc.Arbitrary<Setting> = fc.record({
  minRegions: fc.constantFrom(...MIN_REGIONS),
  windowSeconds: fc.constantFrom(...WINDOW_SECONDS),
  windowing: fc.constantFrom(...WINDOWINGS),
  groupBy: fc.constantFrom(...GROUPINGS),
});

async function callsOf(objects: readonly MemoryObject[]): Promise<CallTable> {
  const reading = readingOf(objects, { keepsCallers: true, parameters: { groupBy: 'issuer' } });
  const table = new CallTable(reading.rule);
  for (const { key } of objects) {
    const object = { bucket: '', key };
    table.add(object, (await readObject(object, reading)).matchedCalls);
  }
  return table;
}

it('finds what a replay with each setting finds', async () => {
  let alerting = 0;
  const world = records.chain((all) => layoutsOf(all));
  const property = fc.asyncProperty(world, setting, exceptions, async (objects, one, excepted) => {
    const { settings, alerts } = await backtest(await callsOf(objects), {
      setting: one,
      exceptions: excepted,
      now: T0,
    });
    const parameters = { ...one, ...thresholds(one.minRegions) };
    const replay = await replayed(objects, { parameters, exceptions: excepted });
    const found = settings.find((result) =>
      Object.entries(one).every(([name, value]) => result[name as keyof Setting] === value),
    );
    const actors = new Set(replay.alerts.map(({ actor }) => actor));
    const verdicts = { suspicious: 0, unclear: 0, 'likely-benign': 0 };
    for (const alert of replay.alerts) verdicts[byOwnCalls(alert).assessment.verdict] += 1;
    expect(found).toEqual({ ...one, alerts: replay.alerts.length, actors: actors.size, verdicts });
    const brief = (of: { actor: string; start: number; end: number; regions: unknown }) => {
      const { actor, start, end, regions } = of;
      return { actor, start, end, regions: Array.isArray(regions) ? regions.length : regions };
    };
    const byTime = (a: { actor: string; start: number }, b: { actor: string; start: number }) =>
      a.start - b.start || (a.actor < b.actor ? -1 : 1);
    expect(alerts.map(brief).sort(byTime)).toEqual(replay.alerts.map(brief).sort(byTime));
    if (replay.alerts.length > 0) alerting += 1;
  });
  await holds(100, property);
  expect(alerting).toBeGreaterThan(40);
});
