import { recurrenceOf } from '../../lambda/alert/recurrence';
import { verbatim } from '../../lambda/alert/text';
import {
  addAlerts,
  identityOfActor,
  NO_EARLIER_ALERTS,
  TRAITS,
  type Trait,
  traitsOf,
} from '../../lambda/state/earlier-alerts';
import { alertIn, alertOf, changed } from '../support/alerts';
import { ACCOUNT, iamUser, inContext, roleSession, sweep, T0 } from '../support/records';
import { objectsOf, replayed } from '../support/replay';

const DAY = 86_400;

const USUAL: Record<Trait, readonly string[]> = {
  regions: ['eu-west-1', 'us-east-1'],
  addresses: ['198.51.100.7'],
  agents: ['aws-cli/#'],
  hosts: ['ec2.*.amazonaws.com'],
  keys: ['AKIAMALLORY'],
};

/** An alert of that many days ago. */
const ago = (days: number, values: Partial<typeof USUAL> = {}) =>
  traitsOf(`${days} ${JSON.stringify(values)}`, T0 - days * DAY, { ...USUAL, ...values });

const compare = (
  alert = ago(0),
  earlier: readonly ReturnType<typeof ago>[] = [],
  since: number | undefined = T0 - 90 * DAY,
) => recurrenceOf(alert, addAlerts(NO_EARLIER_ALERTS, [alert, ...earlier]), 'state', since);

/** What an alert says of it, and what it is taken for. */
async function said(recurrence: ReturnType<typeof compare>, actor?: string) {
  const alert = await alertOf();
  const { findings, verdict, reasons } = changed(alert, {
    recurrence,
    ...(actor === undefined ? {} : { actor }),
  }).assessment;
  const ids: readonly string[] = ['first-alert', 'usual', 'changed', 'repeated'];
  const [found, ...more] = findings.filter(({ id }) => ids.includes(id));
  expect(more).toEqual([]);
  return { id: found?.id, text: found && verbatim(found.text), verdict, reasons };
}

const SEEN = [1, 2, 3, 8].map((days) => ago(days));

describe('an alert and the earlier ones of its identity', () => {
  it.each([
    [
      'none in all that can be remembered',
      compare(),
      'first-alert',
      'First alert for this identity in 60 days (state kept since 2026-08-26).',
    ],
    [
      'none in as much as is remembered',
      compare(ago(0), [], T0 - 5 * DAY - 7),
      'first-alert',
      'First alert for this identity in 5 days (state kept since 2026-11-19).',
    ],
    [
      'the same',
      compare(ago(0), SEEN),
      'usual',
      '5th alert for this identity in 30 days (state kept since 2026-08-26); same regions, address, user agent, host, access key and hour of the day.',
    ],
    [
      'three more regions',
      compare(ago(0, { regions: ['a', 'b', 'c', 'eu-west-1'] }), SEEN),
      'changed',
      '5th alert for this identity in 30 days (state kept since 2026-08-26); same address, user agent, host, access key and hour of the day; new: 3 regions.',
    ],
    [
      'one more region',
      compare(ago(0, { regions: ['a', 'eu-west-1'] }), SEEN),
      'repeated',
      '5th alert for this identity in 30 days (state kept since 2026-08-26); same address, user agent, host, access key and hour of the day; new: 1 region.',
    ],
    [
      'another address and key',
      compare(ago(0, { addresses: ['203.0.113.5'], keys: ['AKIAOTHER'] }), SEEN),
      'changed',
      '5th alert for this identity in 30 days (state kept since 2026-08-26); same regions, user agent, host and hour of the day; new: 1 address and 1 access key.',
    ],
    [
      'the same from a private address',
      compare(
        ago(0, { addresses: ['10.0.0.1'] }),
        SEEN.map((one) => ({ ...one, values: { ...one.values, addresses: ['10.0.0.1'] } })),
      ),
      'repeated',
      '5th alert for this identity in 30 days (state kept since 2026-08-26); same regions, address, user agent, host, access key and hour of the day.',
    ],
    [
      'three on one day',
      compare(ago(0), [ago(1), ago(1.001), ago(1.002)]),
      'repeated',
      '4th alert for this identity in 30 days (state kept since 2026-08-26); same regions, address, user agent, host, access key and hour of the day.',
    ],
    [
      'one long ago, at another hour',
      compare(ago(0), [ago(40.5)]),
      'repeated',
      '2nd alert for this identity in 60 days (state kept since 2026-08-26); same regions, address, user agent, host and access key.',
    ],
    [
      'one of today',
      compare(ago(0), [ago(0.01)], T0 - 0.5 * DAY),
      'repeated',
      '2nd alert for this identity since 2026-11-23 (state kept since then); same regions, address, user agent, host, access key and hour of the day.',
    ],
  ] as const)('%s', async (_, recurrence, id, text) => {
    expect(await said(recurrence)).toMatchObject({ id, text });
  });

  it('says nothing of a time it does not remember', async () => {
    expect(compare(ago(0), [], T0 + DAY)).toBeUndefined();
    expect(await said(compare(ago(0), [], T0 - 3600))).toMatchObject({ id: undefined });
  });

  it('is compared with what began before it, in whatever order they are published', () => {
    const alerts = [ago(3), ago(2), ago(1), ago(0)];
    const inOrder = alerts.map((alert, index) => compare(alert, alerts.slice(0, index)));
    expect(alerts.map((alert) => compare(alert, alerts))).toEqual(inOrder);
    expect(compare(ago(1), [ago(1)])!.earlier).toBe(0);
  });

  it('claims no more than fits: what was pushed out shortens what it remembers', () => {
    const many = Array.from({ length: 150 }, (_, index) => ago(0.1 * (index + 1)));
    expect(compare(ago(0), many)).toMatchObject({ since: T0 - 9.9 * DAY, days: 0, earlier: 99 });
  });

  it('calls nothing new or the same that was cut', () => {
    const addresses = Array.from({ length: 20 }, (_, index) => `198.51.100.${index}`);
    const recurrence = compare(ago(0, { addresses: ['203.0.113.5'] }), [ago(1, { addresses })]);
    expect(recurrence!.same).not.toContain('addresses');
    expect(recurrence!.added).toEqual({});
    expect(compare(ago(0, { addresses }), [ago(1)])!.added).toEqual({});
  });

  it.each([
    [`arn:aws:sts::${ACCOUNT}:assumed-role/ci/run-1`, `arn:aws:iam::${ACCOUNT}:role/ci`, true],
    [`arn:aws:iam::${ACCOUNT}:role/path/to/ci`, `arn:aws:iam::${ACCOUNT}:role/ci`, true],
    ['AROAEXAMPLE:run-1', 'AROAEXAMPLE', true],
    ...[
      `arn:aws:sts::${ACCOUNT}:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/jane`,
      `arn:aws:iam::${ACCOUNT}:user/role/ci`,
      `arn:aws:iam::${ACCOUNT}:root`,
      'AIDAEXAMPLE',
    ].map((actor) => [actor, actor, false] as const),
  ] as const)('%s is remembered as %s', async (actor, name, isRole) => {
    expect(identityOfActor(actor)).toEqual({ name, isRole });
    const whom = isRole ? `any session of ${name}` : 'this identity';
    expect((await said(compare(), actor)).text).toContain(`First alert for ${whom} in 60 days`);
  });
});

describe('the verdict', () => {
  const roleAlert = (fields = {}) => alertIn([sweep({ regions: 10, identity: roleSession('ci', 'run-1'), fields })]);

  it('is raised by a first time and by what is new, and lowered by what is usual', async () => {
    const verdictWith = async (recurrence: ReturnType<typeof compare>) => (await said(recurrence)).verdict;
    // A long-lived key.
    expect(await verdictWith(undefined)).toBe('unclear');
    expect(await verdictWith(compare())).toBe('suspicious');
    expect(await verdictWith(compare(ago(0), [], T0 - 13 * DAY))).toBe('unclear');
    expect(await verdictWith(compare(ago(0, { addresses: ['203.0.113.5'] }), SEEN))).toBe('suspicious');
    expect(await verdictWith(compare(ago(0), SEEN))).toBe('unclear');
  });

  it('is never likely benign because it is usual', async () => {
    const alert = await roleAlert();
    expect(changed(alert, { recurrence: compare(ago(0), SEEN) }).assessment.verdict).toBe('unclear');
    const denied = await roleAlert({ errorCode: 'Client.UnauthorizedOperation' });
    expect(changed(denied, { recurrence: compare(ago(0), SEEN) }).assessment.verdict).toBe('suspicious');
  });

  it('is neither likely benign nor suspicious if somebody at the console has a new address', async () => {
    const identity = inContext(roleSession('Admin', 'jane'), { attributes: { mfaAuthenticated: 'true' } });
    const fields = { sessionCredentialFromConsole: 'true', userAgent: 'AWS Internal', sourceIPAddress: 'AWS Internal' };
    const alert = await alertIn([sweep({ regions: 10, identity, fields })]);
    const verdictWith = (recurrence: ReturnType<typeof compare>) => changed(alert, { recurrence }).assessment.verdict;
    expect(verdictWith(compare())).toBe('likely-benign');
    expect(verdictWith(compare(ago(0, { addresses: ['203.0.113.5'] }), SEEN))).toBe('unclear');
  });
});

it('a replay says the same within what it read', async () => {
  const days = [0, 1, 2, 3].map((day) => sweep({ regions: 10, at: T0 + day * DAY, identity: iamUser('mallory') }));
  const { alerts } = await replayed(objectsOf(...days.map((Records) => JSON.stringify({ Records }))));
  expect(alerts.map(({ recurrence }) => [recurrence!.earlier, recurrence!.isUsual])).toEqual([
    [3, true],
    [2, false],
    [1, false],
    [0, false],
  ]);
  const { text } = alerts[0]!.assessment.findings.find(({ id }) => id === 'usual')!;
  expect(verbatim(text)).toBe(
    '4th alert for this identity since 2026-11-24 (records read since then); same regions, address, user agent, access key and hour of the day.',
  );
});

it('values are kept short, and only whole lists are compared', () => {
  const { values, cut } = ago(0, { agents: ['x'.repeat(1000)], keys: ['1', '2', '3', '4', '5', '6'] });
  expect(TRAITS.flatMap((trait) => values[trait]).every(({ length }) => length <= 45)).toBe(true);
  expect(cut).toEqual(['keys']);
});
