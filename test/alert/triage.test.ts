import { triageOf } from '../../lambda/alert/triage/triage';
import type { TrailRecord } from '../../lambda/trail/sighting';
import { document, iamUser, record, roleSession, sweep, T0 } from '../support/records';
import { objectsOf, replayed } from '../support/replay';

async function factsOf(records: readonly TrailRecord[]): Promise<Record<string, string>> {
  const { alerts } = await replayed(objectsOf(document(records)));
  return Object.fromEntries(triageOf(alerts[0]!).map(({ id, leans }) => [id, leans]));
}

const ten = (spec: Partial<Parameters<typeof sweep>[0]> = {}) => sweep({ regions: 10, ...spec });
const session = (attributes: TrailRecord) => {
  const role = roleSession('deploy', 'one');
  return { ...role, sessionContext: { ...(role.sessionContext as TrailRecord), attributes } };
};
const call = (eventName: string, at: number, identity = iamUser('mallory')) =>
  record({ at: T0 + at, identity, fields: { eventName, eventSource: 'iam.amazonaws.com' } });

describe('what the evidence shows', () => {
  it.each<[string, TrailRecord[], string, string]>([
    ['every call denied', ten({ denied: true }), 'all-denied', 'suspicious'],
    [
      'denied, then allowed',
      [...ten().slice(2), ...ten({ denied: true }).slice(0, 2)],
      'denied-then-allowed',
      'suspicious',
    ],
    [
      'denied in some',
      [...ten().slice(0, 8), ...ten({ denied: true }).slice(8)],
      'partly-denied',
      'suspicious',
    ],
    ['throttled', ten({ fields: { errorCode: 'Client.RequestLimitExceeded' } }), 'failed', 'neither'],
    ['a dry run', ten({ fields: { requestParameters: { dryRun: true } } }), 'dry-run', 'suspicious'],
    ['no filter', ten(), 'no-filters', 'neither'],
    ['a long-lived key', ten(), 'long-lived-key', 'suspicious'],
    ['a tool', ten({ fields: { userAgent: 'x Scout Suite/5' } }), 'tool', 'neither'],
    [
      'a tool of attackers',
      ten({ fields: { userAgent: 'Boto3 linux/5.18.0-kali5-amd64' } }),
      'tool',
      'suspicious',
    ],
    ['a console page', ten({ fields: { sessionCredentialFromConsole: 'true' } }), 'console-page', 'ordinary'],
    [
      "the console's user agent alone",
      ten({ fields: { userAgent: 'AWS Internal' } }),
      'console-agent',
      'neither',
    ],
    [
      'a service',
      ten({ identity: { ...iamUser('mallory'), invokedBy: 'config.amazonaws.com' } }),
      'invoked-by',
      'ordinary',
    ],
    ['an instance', ten({ identity: roleSession('web', 'i-0123456789abcdef0') }), 'instance-role', 'neither'],
    ['another account', ten({ fields: { recipientAccountId: '999988887777' } }), 'other-account', 'neither'],
    [
      'several addresses',
      ten().map((one, index) => ({ ...one, sourceIPAddress: `192.0.2.${index}` })),
      'several-addresses',
      'neither',
    ],
    [
      'a new session',
      ten({ identity: session({ creationDate: '2026-11-24T03:59:00Z' }) }),
      'fresh-session',
      'neither',
    ],
    ['who it is', [...ten(), call('GetCallerIdentity', -2)], 'who-am-i', 'suspicious'],
    ['what else it did', [...ten(), call('CreateAccessKey', 60)], 'sensitive-calls', 'suspicious'],
    ['what else it saw', [...ten(), call('ListUsers', 60)], 'other-discovery', 'neither'],
    ['who else was there', [...ten(), call('ListUsers', 60, iamUser('alice'))], 'same-address', 'neither'],
    [
      'other sessions',
      [
        ...ten({ identity: roleSession('deploy', 'a') }),
        ...sweep({ regions: 2, identity: roleSession('deploy', 'b') }),
      ],
      'other-sessions',
      'neither',
    ],
  ])('%s', async (_, records, id, leans) => {
    expect(await factsOf(records)).toMatchObject({ [id]: leans });
  });

  it('is not what it was not', async () => {
    const filtered = {
      requestParameters: { filterSet: { items: [{ name: 'tag:team', valueSet: { items: [] } }] } },
    };
    const identity = session({ creationDate: '2026-11-23T03:59:00Z', mfaAuthenticated: 'false' });
    expect(await factsOf(ten({ identity, fields: { ...filtered, userAgent: 'own/1.0' } }))).toEqual({});
  });

  it('says nothing where no record could be read', async () => {
    const { alerts } = await replayed(objectsOf(document(ten())));
    const evidence = { ...alerts[0]!.evidence, calls: 0 };
    expect(triageOf({ ...alerts[0]!, evidence })).toEqual([]);
  });
});
