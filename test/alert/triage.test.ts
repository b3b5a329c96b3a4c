import { verbatim } from '../../lambda/alert/text';
import { triage } from '../../lambda/alert/triage';
import type { TrailRecord } from '../../lambda/detection/classify';
import { document, iamUser, record, roleSession, sweep, T0 } from '../support/records';
import { objectsOf, replayed } from '../support/replay';

async function factsOf(records: readonly TrailRecord[]): Promise<Record<string, string>> {
  const { alerts } = await replayed(objectsOf(document(records)));
  return Object.fromEntries(alerts[0]!.assessment.findings.map(({ id, verdict: leans }) => [id, leans]));
}

const ten = (spec: Partial<Parameters<typeof sweep>[0]> = {}) => sweep({ regions: 10, ...spec });

const session = (attributes: TrailRecord) => {
  const role = roleSession('deploy', 'one');
  return { ...role, sessionContext: { ...(role.sessionContext as TrailRecord), attributes } };
};

const call = (eventName: string, at: number, identity = iamUser('mallory')) =>
  record({ at: T0 + at, identity, fields: { eventName, eventSource: 'iam.amazonaws.com' } });

const assume = (at: number, key = 'ASIAANOTHER', identity = iamUser('mallory'), fields: TrailRecord = {}) =>
  record({
    ...{ at: T0 + at, identity },
    fields: {
      ...{ eventName: 'AssumeRole', eventSource: 'sts.amazonaws.com' },
      requestParameters: { roleArn: 'arn:aws:iam::999988887777:role/Admin' },
      responseElements: { credentials: { accessKeyId: key } },
      ...fields,
    },
  });

const login = (at: number, identity: TrailRecord, fields: TrailRecord = {}) =>
  record({ at: T0 + at, identity, fields: { eventName: 'ConsoleLogin', ...fields } });

describe('what the evidence shows', () => {
  it.each<[string, TrailRecord[], string, string]>([
    ['every call denied', ten({ denied: true }), 'all-denied', 'suspicious'],
    [
      'denied, then allowed',
      [...ten().slice(2), ...ten({ denied: true }).slice(0, 2)],
      'denied-then-allowed',
      'suspicious',
    ],
    ['denied in some', [...ten().slice(0, 8), ...ten({ denied: true }).slice(8)], 'partly-denied', 'suspicious'],
    ['throttled', ten({ fields: { errorCode: 'Client.RequestLimitExceeded' } }), 'failed', 'context'],
    ['a dry run', ten({ fields: { requestParameters: { dryRun: true } } }), 'dry-run', 'suspicious'],
    ['no filter', ten(), 'no-filters', 'context'],
    ['a long-lived key', ten(), 'long-lived-key', 'suspicious'],
    ['a tool', ten({ fields: { userAgent: 'x Scout Suite/5' } }), 'tool', 'context'],
    ['a tool of attackers', ten({ fields: { userAgent: 'Boto3 linux/5.18.0-kali5-amd64' } }), 'tool', 'suspicious'],
    ['a console page', ten({ fields: { sessionCredentialFromConsole: 'true' } }), 'console-page', 'likely-benign'],
    ["the console's user agent alone", ten({ fields: { userAgent: 'AWS Internal' } }), 'console-agent', 'context'],
    [
      'a service',
      ten({ identity: { ...iamUser('mallory'), invokedBy: 'config.amazonaws.com' } }),
      'invoked-by',
      'likely-benign',
    ],
    ['an instance', ten({ identity: roleSession('web', 'i-0123456789abcdef0') }), 'instance-role', 'context'],
    ['another account', ten({ fields: { recipientAccountId: '999988887777' } }), 'other-account', 'context'],
    [
      'several addresses',
      ten().map((one, index) => ({ ...one, sourceIPAddress: `192.0.2.${index}` })),
      'several-addresses',
      'context',
    ],
    ['a new session', ten({ identity: session({ creationDate: '2026-11-24T03:59:00Z' }) }), 'fresh-session', 'context'],
    ['another role', [...ten(), assume(60)], 'assumed-role', 'suspicious'],
    ['who it is', [...ten(), call('GetCallerIdentity', -2)], 'who-am-i', 'suspicious'],
    ['what else it did', [...ten(), call('CreateAccessKey', 60)], 'sensitive-calls', 'suspicious'],
    ['what else it saw', [...ten(), call('ListUsers', 60)], 'other-discovery', 'context'],
    ['who else was there', [...ten(), call('ListUsers', 60, iamUser('alice'))], 'same-address', 'context'],
    [
      'other sessions',
      [
        ...ten({ identity: roleSession('deploy', 'a') }),
        ...sweep({ regions: 2, identity: roleSession('deploy', 'b') }),
      ],
      'other-sessions',
      'context',
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

  it('says nothing else where no record could be read', async () => {
    const { alerts } = await replayed(objectsOf(document(ten())));
    const evidence = { ...alerts[0]!.evidence, calls: 0 };
    expect(triage({ ...alerts[0]!, evidence }).map(({ id }) => id)).toEqual(['no-evidence']);
  });
});

describe('what began the session', () => {
  const role = roleSession('deploy', 'one');
  const textsOf = async (records: readonly TrailRecord[]) => {
    const { alerts } = await replayed(objectsOf(document(records)));
    const { findings, guide } = alerts[0]!.assessment;
    const asked = guide.investigation.some(({ text }) => /opened the session/.test(verbatim(text)));
    return { ...Object.fromEntries(findings.map(({ id, text }) => [id, verbatim(text)])), asked } as Record<
      string,
      string | boolean
    >;
  };

  it('is the AssumeRole that handed out its key', async () => {
    const told = await textsOf([...ten({ identity: role }), assume(-60, 'ASIADEPLOY', iamUser('alice'))]);
    expect(told['session-began']).toContain('AssumeRole by arn:aws:iam::111122223333:user/alice');
    expect(told).not.toHaveProperty('assumed-role');
    expect(told.asked).toBe(false);
  });

  it('is no role that the actor itself asked for', async () => {
    const told = await textsOf([...ten({ identity: role }), assume(60, 'ASIAANOTHER', role)]);
    expect(told['assumed-role']).toBe(
      'Assumed role arn:aws:iam::999988887777:role/Admin at 2026-11-24T04:01:00Z, after the first call.',
    );
    expect(told).not.toHaveProperty('session-began');
    expect(told.asked).toBe(true);
    const failed = { errorCode: 'AccessDenied', responseElements: null };
    const tried = await textsOf([...ten(), assume(60, '', iamUser('mallory'), failed)]);
    expect(tried['assumed-role']).toMatch(/^Tried to assume role /);
  });

  it('is kept however often the actor asks who it is afterwards', async () => {
    const began = assume(-60, 'ASIADEPLOY', iamUser('alice'));
    const asked = Array.from({ length: 40 }, (_, index) => call('GetCallerIdentity', 60 + index, role));
    expect(await textsOf([...ten({ identity: role }), began, ...asked])).toHaveProperty('session-began');
  });

  it('is a sign-in to the console before the calls that did not fail, with no long-lived key', async () => {
    const console = { ...iamUser('mallory'), accessKeyId: 'ASIAMALLORY' };
    const isBegun = async (records: TrailRecord[]) => 'session-began' in (await textsOf(records));
    expect(await isBegun([...ten({ identity: console }), login(-60, console)])).toBe(true);
    expect(await isBegun([...ten({ identity: console }), login(60, console)])).toBe(false);
    const failure = { errorMessage: 'Failed authentication', responseElements: { ConsoleLogin: 'Failure' } };
    expect(await isBegun([...ten({ identity: console }), login(-60, console, failure)])).toBe(false);
    const answer = { responseElements: { ConsoleLogin: 'Failure' } };
    expect(await isBegun([...ten({ identity: console }), login(-60, console, answer)])).toBe(false);
    expect(await isBegun([...ten(), login(-60, iamUser('mallory'))])).toBe(false);
  });

  it('may have been elsewhere', async () => {
    const begun = (sourceIPAddress: string) => assume(-60, 'ASIADEPLOY', iamUser('alice'), { sourceIPAddress });
    const records = ten({ identity: role });
    expect((await textsOf([...records, begun('203.0.113.5')]))['session-moved']).toBe(
      'The session was opened from 203.0.113.5; the calls came from 198.51.100.7.',
    );
    for (const address of ['198.51.100.7', 'ec2.amazonaws.com']) {
      expect(await textsOf([...records, begun(address)])).not.toHaveProperty('session-moved');
    }
  });
});

describe('a session that is new', () => {
  const created = (...dates: string[]) =>
    ten().map((one, index) => ({
      ...one,
      userIdentity: session({ creationDate: dates[index % dates.length] }),
    }));
  const fresh = async (records: readonly TrailRecord[]) => {
    const { alerts } = await replayed(objectsOf(document(records)));
    const finding = alerts[0]!.assessment.findings.find(({ id }) => id === 'fresh-session');
    return finding === undefined ? undefined : `${verbatim(finding.text)} ${finding.why}`;
  };

  it('was opened less than a quarter of an hour before the first call', async () => {
    expect(await fresh(created('2026-11-24T03:45:01Z'))).toMatch(/^The session was opened at /);
    expect(await fresh(created('2026-11-24T03:45:00Z'))).toBeUndefined();
    expect(await fresh(created('2026-11-24T04:00:01Z'))).toBeUndefined();
  });

  it('is one of several', async () => {
    expect(await fresh(created('2026-11-24T03:50:00Z', '2026-11-24T03:52:00Z'))).toMatch(
      /^The sessions were opened between 2026-11-24T03:50:00Z and 2026-11-24T03:52:00Z, shortly before the calls;/,
    );
    expect(await fresh(created('2026-11-24T03:50:00Z', '2026-11-24T02:00:00Z'))).toBeUndefined();
  });

  it('did something before, as far as was seen, or did not', async () => {
    const identity = session({ creationDate: '2026-11-24T03:58:00Z' });
    expect(await fresh(ten({ identity }))).toContain('no earlier activity');
    expect(await fresh([...ten({ identity }), call('ListUsers', -30, identity)])).not.toContain('no earlier activity');
  });

  it('is not told of the credentials of the console, nor where the beginning is known', async () => {
    const identity = session({ creationDate: '2026-11-24T03:58:00Z' });
    expect(await fresh(ten({ identity, fields: { sessionCredentialFromConsole: 'true' } }))).toBeUndefined();
    expect(await fresh([...ten({ identity }), assume(-60, 'ASIADEPLOY', iamUser('alice'))])).toBeUndefined();
  });
});
