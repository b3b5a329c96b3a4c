import { backtest } from '../../lambda/backtest/backtest';
import type { TrailRecord } from '../../lambda/detection/classify';
import { readEntries } from '../../lambda/detection/exception-document';
import { AbandonedError } from '../../lambda/errors';
import { tableOf } from '../support/call-table';
import { ACCOUNT, iamUser, inContext, roleSession, type SweepRecords, sweep, T0 } from '../support/records';

const SETTING = { minRegions: 10, windowSeconds: 30, windowing: 'tumbling', groupBy: 'arn' } as const;

const WHY = { reason: 'known', owner: 'us' };

const VPCE = 'vpce-0aaaaaaaaaaaaaaaa';

/** The same sweep on each of some days. */
function daily(days: number, spec: Omit<SweepRecords, 'at' | 'regions'>): TrailRecord[] {
  return Array.from({ length: days }, (_, day) => sweep({ ...spec, regions: 12, at: T0 + day * 86_400 })).flat();
}

function found(records: readonly TrailRecord[], exceptions: readonly object[] = []) {
  return backtest(tableOf(records), { setting: SETTING, exceptions: readEntries(exceptions).exceptions, now: T0 });
}

async function proposed(records: readonly TrailRecord[]): Promise<object[]> {
  return (await found(records)).proposals.map(({ entry: { reason, owner, expires, ...conditions } }) => {
    expect(readEntries([{ ...conditions, reason, owner, expires }]).faults).toEqual([]);
    return conditions;
  });
}

const role = `arn:aws:iam::${ACCOUNT}:role/inventory`;
const from = (fields: TrailRecord) => ({ fields });
const agent = { userAgent: 'aws-cli/*' };

it.each<[string, object[], TrailRecord[]]>([
  [
    'a user from one address',
    [{ arn: `arn:aws:iam::${ACCOUNT}:user/mallory`, source: '198.51.100.7', ...agent }],
    daily(3, {}),
  ],
  [
    'the role of sessions with other names',
    [{ issuer: role, source: '198.51.100.7', ...agent }],
    ['one', 'two'].flatMap((session) => daily(1, { identity: roleSession('inventory', session) })),
  ],
  [
    'one entry an address',
    [
      { issuer: role, source: '198.51.100.7', ...agent },
      { issuer: role, source: '192.0.2.9', ...agent },
    ],
    [
      ...daily(3, { identity: roleSession('inventory', 'one') }),
      ...daily(2, { identity: roleSession('inventory', 'two'), ...from({ sourceIPAddress: '192.0.2.9' }) }),
    ],
  ],
  [
    'the pages of the console',
    [{ issuer: role, consolePage: true }],
    daily(2, {
      identity: roleSession('inventory', 'jane'),
      ...from({ sessionCredentialFromConsole: 'true', userAgent: 'AWS Internal', sourceIPAddress: 'AWS Internal' }),
    }),
  ],
  [
    'a private address with its endpoint',
    [{ issuer: role, vpcEndpoint: VPCE, source: '10.0.0.7', ...agent }],
    daily(2, {
      identity: roleSession('inventory', 'one'),
      ...from({ sourceIPAddress: '10.0.0.7', vpcEndpointId: VPCE }),
    }),
  ],
  [
    'a service that calls for it',
    [{ issuer: role, source: 'config.amazonaws.com' }],
    daily(2, {
      identity: roleSession('inventory', 'one'),
      ...from({ sourceIPAddress: 'config.amazonaws.com', userAgent: 'config.amazonaws.com' }),
    }),
  ],
  [
    'a network of 256',
    [{ issuer: role, source: '198.51.100.0/24', ...agent }],
    daily(2, { identity: roleSession('inventory', 'one') }).map((record, index) => ({
      ...record,
      sourceIPAddress: `198.51.100.${index % 9}`,
    })),
  ],
])('proposes %s', async (_, expected, records) => {
  expect(await proposed(records)).toEqual(expected);
});

it.each<[string, TrailRecord[]]>([
  ['what happened once', daily(1, {})],
  ['a tool of attackers', daily(3, from({ userAgent: 'Boto3/1.9 Kali Linux pacu' }))],
  [
    'what a tool of attackers did too, in few regions',
    [...daily(3, {}), ...sweep({ regions: 2, at: T0 + 500, fields: { userAgent: 'aws-cli/2.15.0 Kali Linux pacu' } })],
  ],
  [
    'what would hide a suspicious alert',
    [...daily(3, {}), ...sweep({ regions: 12, at: T0 + 4 * 86_400, denied: true })],
  ],
  ['what was refused throughout', daily(3, { denied: true })],
  ['root', daily(3, { identity: { type: 'Root', arn: `arn:aws:iam::${ACCOUNT}:root`, accountId: ACCOUNT } })],
  ['a private address without an endpoint', daily(3, from({ sourceIPAddress: '10.0.0.7' }))],
  ['addresses far apart', daily(3, {}).map((one, n) => ({ ...one, sourceIPAddress: `203.0.${n % 90}.7` }))],
  ['an address written by an attacker', daily(3, from({ sourceIPAddress: 'evil.example/" OR 1' }))],
  ['an identity without a name', daily(3, { identity: { principalId: 'AIDAX', accountId: ACCOUNT } })],
  [
    'a role whose name cannot be quoted',
    daily(3, {
      identity: inContext(roleSession('x', 'y'), { sessionIssuer: { arn: `arn:${'\u202e"{}'.repeat(40)}` } }),
    }),
  ],
])('proposes nothing for %s', async (_, records) => {
  expect((await found(records)).alerts.length).toBeGreaterThan(0);
  expect(await proposed(records)).toEqual([]);
});

it('says what share a proposal explains, and all that it would have hidden', async () => {
  const records = [
    ...daily(3, { identity: roleSession('inventory', 'one') }),
    // The same role, address and tool: hidden too, though most of its calls were refused.
    ...sweep({ identity: roleSession('inventory', 'other'), regions: 5, denied: true, at: T0 + 500 }),
    ...daily(1, { identity: iamUser('jane'), ...from({ sourceIPAddress: '192.0.2.1' }) }),
  ];
  const [proposal, ...more] = (await found(records)).proposals;
  expect(more).toEqual([]);
  expect(proposal).toMatchObject({ alerts: 3, share: 0.75, first: T0, last: T0 + 2 * 86_400 });
  expect(proposal!.hides).toEqual({ calls: 41, deniedCalls: 5, alerts: 3, suspicious: 0, actors: 1 });
  expect(proposal!.entry).toMatchObject({ expires: '2027-02-22', owner: 'who says so' });
});

it('says what each exception takes away by itself', async () => {
  const records = [...daily(3, {}), ...daily(2, { identity: iamUser('jane') })];
  const { exceptions, alerts } = await found(records, [
    { ...WHY, arn: '*:user/jane' },
    { ...WHY, source: '198.51.100.0/24' },
    { ...WHY, arn: '*:user/gone' },
  ]);
  expect(alerts).toEqual([]);
  expect(exceptions.map(({ exception: { name }, ...effect }) => ({ name, ...effect }))).toEqual([
    { name: 'exception 1', calls: 24, alerts: 2, suspicious: 0, actors: 1 },
    { name: 'exception 2', calls: 60, alerts: 5, suspicious: 0, actors: 2 },
    { name: 'exception 3', calls: 0, alerts: 0, suspicious: 0, actors: 0 },
  ]);
});

it('gives others a turn between its pieces, and ends where one fails', async () => {
  const calls = tableOf(daily(2, {}));
  const options = { setting: SETTING, exceptions: readEntries([{ ...WHY, arn: '*:user/gone' }]).exceptions, now: T0 };
  let turns = 0;
  await backtest(calls, { ...options, turn: async () => void turns++ });
  expect(turns).toBeGreaterThan(100);
  for (let last = 1; last <= turns; last++) {
    let left = last;
    const turn = async () => {
      if (--left === 0) throw new AbandonedError('stopped');
    };
    await expect(backtest(calls, { ...options, turn })).rejects.toThrow('stopped');
    expect(left).toBe(0);
  }
});
