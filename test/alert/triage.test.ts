import * as guideContext from '../../lambda/alert/guide/context';
import { renderHtml } from '../../lambda/alert/render/html';
import { renderTerminal } from '../../lambda/alert/render/plain-text';
import { renderTopicMessage } from '../../lambda/alert/render/sns-message';
import { verbatim } from '../../lambda/alert/text';
import { headlineOf, triage } from '../../lambda/alert/triage';
import type { TrailRecord } from '../../lambda/detection/classify';
import { alertIn, alertOf, changed, STYLE } from '../support/alerts';
import { hostileAlert } from '../support/hostile-alert';
import { iamUser, inContext, record, roleSession, sweep, T0 } from '../support/records';

const ten = (spec: Partial<Parameters<typeof sweep>[0]> = {}) => sweep({ regions: 10, ...spec });

const session = (attributes: TrailRecord) => inContext(roleSession('deploy', 'one'), { attributes });

const call = (eventName: string, at: number, identity = iamUser('mallory')) =>
  record({ at: T0 + at, identity, fields: { eventName, eventSource: 'iam.amazonaws.com' } });

const assume = (at: number, key = 'ASIAANOTHER', identity = iamUser('mallory'), fields: TrailRecord = {}) =>
  record({
    at: T0 + at,
    identity,
    fields: {
      ...{ eventName: 'AssumeRole', eventSource: 'sts.amazonaws.com' },
      requestParameters: { roleArn: 'arn:aws:iam::999988887777:role/Admin' },
      responseElements: { credentials: { accessKeyId: key } },
      ...fields,
    },
  });

const login = (at: number, identity: TrailRecord, fields: TrailRecord = {}) =>
  record({ at: T0 + at, identity, fields: { eventName: 'ConsoleLogin', ...fields } });

async function verdictsOf(records: readonly TrailRecord[]): Promise<Record<string, string>> {
  const { findings } = (await alertIn([records])).assessment;
  return Object.fromEntries(findings.map(({ id, verdict }) => [id, verdict]));
}

/** Text and reason of each finding, by its id. */
async function textsOf(records: readonly TrailRecord[]): Promise<Record<string, string>> {
  const { findings } = (await alertIn([records])).assessment;
  return Object.fromEntries(findings.map(({ id, text, why }) => [id, `${verbatim(text)} ${why}`]));
}

const PAGE = { sessionCredentialFromConsole: 'true', userAgent: 'AWS Internal' };
const OTHER_SESSION = { ...ten()[0]!, userIdentity: roleSession('deploy', 'b') };
const FRESH = session({ creationDate: '2026-11-24T03:59:00Z' });

/** More of them, with what they say, are in the tests named cases. */
describe('a finding', () => {
  it.each<[string, TrailRecord[], string, string]>([
    ['a dry run', ten({ fields: { requestParameters: { dryRun: true } } }), 'dry-run', 'suspicious'],
    ['no filter', ten(), 'no-filters', 'context'],
    ['an attack tool', ten({ fields: { userAgent: 'Boto3 linux/5.18.0-kali5-amd64' } }), 'attack-tool', 'suspicious'],
    ['another account', ten({ fields: { recipientAccountId: '999988887777' } }), 'other-account', 'context'],
    ['a new session', ten({ identity: FRESH }), 'fresh-session', 'context'],
    ['another role', [...ten(), assume(60)], 'assumed-role', 'suspicious'],
    ['other sessions', [...ten({ identity: roleSession('deploy', 'a') }), OTHER_SESSION], 'other-sessions', 'context'],
  ])('%s', async (_, records, id, verdict) => {
    expect(await verdictsOf(records)).toMatchObject({ [id]: verdict });
  });

  it('is not made of an ordinary call', async () => {
    const requestParameters = { filterSet: { items: [{ name: 'tag:team', valueSet: { items: [] } }] } };
    const identity = session({ creationDate: '2026-11-23T03:59:00Z', mfaAuthenticated: 'false' });
    expect(await verdictsOf(ten({ identity, fields: { requestParameters, userAgent: 'own/1.0' } }))).toEqual({});
  });

  it('is only that the evidence is missing, if no record could be read', async () => {
    const alert = await alertOf();
    const { assessment } = changed(alert, { evidence: { ...alert.evidence, calls: 0 } });
    expect(assessment.findings.map(({ id }) => id)).toEqual(['no-evidence']);
  });
});

it.each([
  [
    'another key',
    { userIdentity: { ...iamUser('mallory'), accessKeyId: 'AKIAOTHER' }, sourceIPAddress: '203.0.113.9' },
  ],
  ['a private address', { sourceIPAddress: '10.0.0.9' }],
  ['an endpoint', { sourceIPAddress: '203.0.113.9', vpcEndpointId: 'vpce-0123456789abcdef0' }],
  ['IPv6 beside IPv4', { sourceIPAddress: '2001:db8::9' }],
  ['a service', { sourceIPAddress: 'cloudformation.amazonaws.com' }],
])('%s is no key elsewhere', async (_, fields) => {
  const other = { ...call('ListUsers', 60), ...fields };
  expect(await verdictsOf([...ten(), other])).not.toHaveProperty('key-elsewhere');
});

describe('what opened the session', () => {
  const role = roleSession('deploy', 'one');
  const asksWho = async (records: readonly TrailRecord[]) => {
    const { investigation } = (await alertIn([records])).assessment.guide;
    return investigation.some(({ text }) => verbatim(text).startsWith('Who opened the session?'));
  };

  it('is the AssumeRole that issued its key', async () => {
    const records = [...ten({ identity: role }), assume(-60, 'ASIADEPLOY', iamUser('alice'))];
    const texts = await textsOf(records);
    expect(texts['session-began']).toContain('AssumeRole by arn:aws:iam::111122223333:user/alice');
    expect(texts).not.toHaveProperty('assumed-role');
    expect(await asksWho(records)).toBe(false);
  });

  it('is no role that the actor itself requested', async () => {
    const records = [...ten({ identity: role }), assume(60, 'ASIAANOTHER', role)];
    const texts = await textsOf(records);
    expect(texts['assumed-role']).toMatch(
      /^Assumed role arn:aws:iam::999988887777:role\/Admin at 2026-11-24T04:01:00Z, after the first call\./,
    );
    expect(texts).not.toHaveProperty('session-began');
    expect(await asksWho(records)).toBe(true);
    const failed = { errorCode: 'AccessDenied', responseElements: null };
    const tried = await textsOf([...ten(), assume(60, '', iamUser('mallory'), failed)]);
    expect(tried['assumed-role']).toMatch(/^Tried to assume role /);
  });

  it('is kept however often the actor calls GetCallerIdentity afterwards', async () => {
    const began = assume(-60, 'ASIADEPLOY', iamUser('alice'));
    const asked = Array.from({ length: 40 }, (_, index) => call('GetCallerIdentity', 60 + index, role));
    expect(await textsOf([...ten({ identity: role }), began, ...asked])).toHaveProperty('session-began');
  });

  const attributes = { creationDate: '2026-11-24T03:59:00Z' };
  const inConsole = inContext({ ...iamUser('mallory'), accessKeyId: 'ASIAMALLORY' }, { attributes });
  const page = ten({ identity: inConsole, fields: PAGE });
  const refused = { responseElements: { ConsoleLogin: 'Failure' } };
  it.each([
    ['a sign-in to the console', page, login(-60, inConsole), true],
    ['none at another time', page, login(-190, inConsole), false],
    ['none of other credentials', ten({ identity: inConsole }), login(-60, inConsole), false],
    ['no later one', page, login(61, inConsole), false],
    ['none that failed', page, login(-60, inConsole, { errorMessage: 'Failed', ...refused }), false],
    ['none that was refused', page, login(-60, inConsole, refused), false],
    ['none with a long-lived key', ten(), login(-60, iamUser('mallory')), false],
  ])('is %s', async (_, records, signIn, isIt) => {
    expect('session-began' in (await textsOf([...records, signIn]))).toBe(isIt);
  });

  it('may have happened at another address', async () => {
    const movedFrom = async (sourceIPAddress: string) => {
      const began = assume(-60, 'ASIADEPLOY', iamUser('alice'), { sourceIPAddress });
      return (await textsOf([...ten({ identity: role }), began]))['session-moved'];
    };
    expect(await movedFrom('203.0.113.5')).toContain(
      'The session was opened from 203.0.113.5; the calls came from 198.51.100.7.',
    );
    expect(await movedFrom('198.51.100.7')).toBeUndefined();
    expect(await movedFrom('ec2.amazonaws.com')).toBeUndefined();
  });
});

describe('a fresh session', () => {
  const created = (...dates: string[]) =>
    ten().map((one, index) => ({ ...one, userIdentity: session({ creationDate: dates[index % dates.length] }) }));
  const fresh = async (records: readonly TrailRecord[]) => (await textsOf(records))['fresh-session'];
  const identity = session({ creationDate: '2026-11-24T03:58:00Z' });

  it('was opened less than a quarter of an hour before the first call', async () => {
    expect(await fresh(created('2026-11-24T03:45:01Z'))).toMatch(/^All 10 calls came with credentials issued at /);
    expect(await fresh(created('2026-11-24T03:45:00Z'))).toBeUndefined();
    expect(await fresh(created('2026-11-24T04:00:01Z'))).toBeUndefined();
  });

  it('is one of several', async () => {
    expect(await fresh(created('2026-11-24T03:50:00Z', '2026-11-24T03:52:00Z'))).toMatch(
      /^All 10 calls came with credentials issued between 2026-11-24T03:50:00Z and 2026-11-24T03:52:00Z;/,
    );
    expect(await fresh(created('2026-11-24T03:50:00Z', '2026-11-24T02:00:00Z'))).toBeUndefined();
  });

  it('says whether earlier activity was seen', async () => {
    expect(await fresh(ten({ identity }))).toContain('no earlier activity');
    expect(await fresh([...ten({ identity }), call('ListUsers', -30, identity)])).not.toContain('no earlier activity');
  });

  it('is not one of console credentials, nor one whose AssumeRole was found', async () => {
    expect(await fresh(ten({ identity, fields: { sessionCredentialFromConsole: 'true' } }))).toBeUndefined();
    expect(await fresh([...ten({ identity }), assume(-60, 'ASIADEPLOY', iamUser('alice'))])).toBeUndefined();
  });
});

jest.mock('../../lambda/alert/triage', () => {
  const actual = jest.requireActual<typeof import('../../lambda/alert/triage')>('../../lambda/alert/triage');
  return { triage: jest.fn(actual.triage), headlineOf: jest.fn(actual.headlineOf) };
});

jest.mock('../../lambda/alert/guide/context', () => {
  const actual = jest.requireActual<typeof guideContext>('../../lambda/alert/guide/context');
  return { ...actual, contextOf: jest.fn(actual.contextOf) };
});

it('triage, headline and guide run once per alert, however often it is rendered and truncated', () => {
  jest.clearAllMocks();
  const alert = hostileAlert((place) => '\u202e'.repeat(2000) + place);
  const notification = { kind: 'alert', alert } as const;
  expect(renderTopicMessage(notification, STYLE).body).toContain('lists and texts were shortened');
  expect(renderTerminal(alert)).not.toBe('');
  expect([...renderHtml([notification], STYLE)].join('')).not.toBe('');
  for (const run of [triage, headlineOf, guideContext.contextOf]) expect(run).toHaveBeenCalledTimes(1);
});
