import type { TrailRecord } from '../../lambda/detection/classify';
import { matchCall } from '../../lambda/detection/classify';
import { DEFAULT_PARAMETERS, type RuleParameters } from '../../lambda/detection/rule';
import { ACCOUNT, iamUser, MALLORY, record, roleSession, T0 } from '../support/records';

function read(given: TrailRecord, parameters: Partial<RuleParameters> = {}) {
  return matchCall(given, () => JSON.stringify(given), { ...DEFAULT_PARAMETERS, ...parameters });
}

function actorOf(identity: unknown, parameters: Partial<RuleParameters> = {}): string {
  const reading = read(record({ identity }), parameters);
  return reading.kind === 'match' ? reading.matchedCall.actor : `(${reading.kind})`;
}

const ISSUER = { groupBy: 'issuer' } as const;

const UNATTRIBUTED = '(unattributed)';

describe('a call of DescribeInstances', () => {
  it('is a match with its actor, region and second', () => {
    expect(read(record({ at: T0 + 7, region: 'eu-west-1', id: 'e-1' }))).toEqual({
      kind: 'match',
      matchedCall: { actor: MALLORY, region: 'eu-west-1', second: T0 + 7, callId: 'e-1' },
    });
  });

  it('is distinct without an eventID, and a copy of it is not', () => {
    const bare = (at: number) => read(record({ at, fields: { eventID: undefined } }));
    expect(bare(T0)).toEqual(bare(T0));
    expect(bare(T0)).not.toEqual(bare(T0 + 1));
    expect(bare(T0)).toHaveProperty('matchedCall.callId', expect.stringMatching(/^no-event-id:/));
  });

  it.each([
    '2026-11-24T04:00:07Z',
    '2026-11-24T04:00:07.999Z',
    '2026-11-24 04:00:07.000',
    '2026-11-24 04:00:07.000 UTC',
    '2026-11-24T05:00:07+01:00',
    '2026-11-24T04:00:07',
    '2026-11-24T04:00:07.000',
    1_795_492_807,
    '1795492807',
    1_795_492_807_000,
    '1795492807123',
    `${T0 + 7}.5`,
  ])('is placed by its time, however a table shows it: %s', (eventTime) => {
    expect(read(record({ fields: { eventTime } }))).toHaveProperty('matchedCall.second', T0 + 7);
  });

  it('may be of a leap day', () => {
    const leapDay = record({ fields: { eventTime: '2024-02-29T00:00:00Z' } });
    expect(read(leapDay)).toHaveProperty('matchedCall.second', 1_709_164_800);
  });

  it.each(['2026-11-24', '2026-02-30 04:00:00', 7, 1e15, '', null, ['2026-11-24T04:00:07Z']])(
    'is a fault without one: %j',
    (eventTime) => {
      expect(read(record({ fields: { eventTime } })).kind).toBe('fault');
    },
  );
});

describe('the actor', () => {
  const session = roleSession('deploy', 'build-7');
  const account = { type: 'AWSAccount', principalId: 'AROAX:peer', accountId: '444455556666' };

  it.each([
    ['IAMUser', iamUser('mallory'), MALLORY],
    ['AssumedRole', session, `arn:aws:sts::${ACCOUNT}:assumed-role/deploy/build-7`],
    ['Root', { type: 'Root', arn: `arn:aws:iam::${ACCOUNT}:root` }, `arn:aws:iam::${ACCOUNT}:root`],
    ['FederatedUser', { arn: `arn:aws:sts::${ACCOUNT}:federated-user/b` }, `arn:aws:sts::${ACCOUNT}:federated-user/b`],
    ['AWSAccount', account, 'AROAX:peer'],
    ['Unknown with a principalId', { type: 'Unknown', principalId: 'ABC' }, 'ABC'],
    ['an empty arn', { arn: '', principalId: 'ABC' }, 'ABC'],
    ['a null arn', { arn: null, principalId: 'ABC' }, 'ABC'],
    ['AWSService', { type: 'AWSService', invokedBy: 'autoscaling.amazonaws.com' }, UNATTRIBUTED],
    ['no type', { accountId: ACCOUNT, invokedBy: 'config.amazonaws.com' }, UNATTRIBUTED],
    ['Unknown', { type: 'Unknown' }, UNATTRIBUTED],
    ['empty texts', { arn: '', principalId: '' }, '(fault)'],
    ['nothing but an account', { type: 'IAMUser', accountId: ACCOUNT }, '(fault)'],
    ['nothing', {}, '(fault)'],
    ['null', null, '(fault)'],
    ['undefined', undefined, '(fault)'],
  ])('of %s by arn', (_, identity, actor) => {
    expect(actorOf(identity)).toBe(actor);
  });

  it.each([
    ['a role session', session, `arn:aws:iam::${ACCOUNT}:role/deploy`],
    ['a user', iamUser('mallory'), MALLORY],
    ['an account', account, 'AROAX:peer'],
    ['a session context without issuer', { ...iamUser('mallory'), sessionContext: { attributes: {} } }, MALLORY],
    ['an issuer without arn', { arn: 'arn:x', sessionContext: { sessionIssuer: {} } }, 'arn:x'],
    ['an issuer that is a text', { arn: 'arn:x', sessionContext: { sessionIssuer: 'role' } }, 'arn:x'],
    ['a session context that is a list', { arn: 'arn:x', sessionContext: [] }, 'arn:x'],
    ['a service', { type: 'AWSService', invokedBy: 'autoscaling.amazonaws.com' }, UNATTRIBUTED],
  ])('of %s by issuer', (_, identity, actor) => {
    expect(actorOf(identity, ISSUER)).toBe(actor);
  });
});

describe('what only looks like the call', () => {
  it.each([
    ['describeinstances', { eventName: 'describeinstances' }],
    ['DescribeInstancesV2', { eventName: 'DescribeInstancesV2' }],
    ['DescribeInstanceStatus', { eventName: 'DescribeInstanceStatus' }],
    ['a trailing space', { eventName: 'DescribeInstances ' }],
    ['a list', { eventName: ['DescribeInstances'] }],
    ['no name', { eventName: undefined }],
    ['OpsWorks', { eventSource: 'opsworks.amazonaws.com' }],
    ['GameLift', { eventSource: 'gamelift.amazonaws.com' }],
    ['another case', { eventSource: 'EC2.amazonaws.com' }],
    ['a longer name', { eventSource: 'ec2.amazonaws.com.evil.example' }],
  ])('is another: %s', (_, fields) => {
    expect(read(record({ fields }))).toEqual({ kind: 'other' });
  });
});

describe('a call that cannot be placed is a fault that says why', () => {
  it.each([
    ['eventTime should be an ISO 8601 time, but it is missing', { eventTime: undefined }],
    ['eventTime should be an ISO 8601 time, but it is null', { eventTime: null }],
    ['eventTime should be an ISO 8601 time, but it is 179549280', { eventTime: 179_549_280 }],
    ['eventTime should be an ISO 8601 time, but it is "17954928000"', { eventTime: '17954928000' }],
    ['eventTime should be an ISO 8601 time, but it is "2026-02-30T10:00:00Z"', { eventTime: '2026-02-30T10:00:00Z' }],
    ['eventTime should be an ISO 8601 time, but it is "2026-11-24"', { eventTime: '2026-11-24' }],
    ['eventTime should be an ISO 8601 time, but it is "2026-11-24T25:00:00Z"', { eventTime: '2026-11-24T25:00:00Z' }],
    ['eventSource should be a service name, but it is missing', { eventSource: undefined }],
    ['eventSource should be a service name, but it is 7', { eventSource: 7 }],
    ['awsRegion should be a region name, but it is missing', { awsRegion: undefined }],
    ['awsRegion should be a region name, but it is ""', { awsRegion: '' }],
    ['awsRegion should be a region name, but it is an array', { awsRegion: ['us-east-1'] }],
    ['userIdentity should be an object, but it is "mallory"', { userIdentity: 'mallory' }],
    ['userIdentity should be an object, but it is an array', { userIdentity: [] }],
    ['userIdentity should be an object, but it is missing', { userIdentity: undefined }],
    ['userIdentity.arn should be a text, but it is missing', { userIdentity: { type: 'IAMUser' } }],
    ['userIdentity.arn should be a text, but it is an object', { userIdentity: { arn: {} } }],
    ['userIdentity.principalId should be a text, but it is 7', { userIdentity: { principalId: 7 } }],
  ])('%s', (reason, fields) => {
    expect(read(record({ fields }))).toEqual({ kind: 'fault', reason });
  });

  it('by issuer, when its arn is no text', () => {
    const identity = { arn: 'arn:x', sessionContext: { sessionIssuer: { arn: 1 } } };
    const reason = 'userIdentity.sessionContext.sessionIssuer.arn should be a text, but it is 1';
    expect(read(record({ identity }), ISSUER)).toEqual({ kind: 'fault', reason });
  });

  it('quotes no more than a little of it', () => {
    const reading = read(record({ fields: { eventTime: 'x'.repeat(100_000) } }));
    expect(reading).toHaveProperty('kind', 'fault');
    expect(JSON.stringify(reading).length).toBeLessThan(200);
  });
});
