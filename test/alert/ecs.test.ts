import { renderEcs } from '../../lambda/alert/render/ecs';
import { ecsAlertSchema } from '../../scripts/alert-schema';
import { alertOf } from '../support/alerts';
import { ACCOUNT, document, MALLORY, REGIONS, record, roleSession, sweep, T0 } from '../support/records';
import { objectsOf, replayed } from '../support/replay';

const TEN = REGIONS.slice(0, 10);

describe('the JSON of an alert', () => {
  it('has the fields of the contract, by name and value', async () => {
    const ecs = renderEcs(await alertOf({ at: T0 + 5 }));
    expect(ecs).toMatchObject({
      '@timestamp': '2026-11-24T04:00:14Z',
      event: {
        kind: 'alert',
        severity: 21,
        risk_score: 21,
        provider: 'ec2.amazonaws.com',
        action: 'DescribeInstances',
        outcome: 'success',
        start: '2026-11-24T04:00:05Z',
        end: '2026-11-24T04:00:14Z',
      },
      rule: {
        id: 'ec2-multi-region-describe-instances',
        name: expect.any(String),
        version: expect.any(String),
      },
      threat: {
        framework: 'MITRE ATT&CK',
        tactic: {
          id: ['TA0007'],
          name: ['Discovery'],
          reference: ['https://attack.mitre.org/tactics/TA0007/'],
        },
        technique: {
          id: ['T1580'],
          name: ['Cloud Infrastructure Discovery'],
          reference: ['https://attack.mitre.org/techniques/T1580/'],
        },
      },
      cloud: { provider: 'aws', account: { id: ACCOUNT }, region: TEN },
      aws: {
        cloudtrail: { user_identity: { arn: MALLORY, type: ['IAMUser'], access_key_id: ['AKIAMALLORY'] } },
      },
      user: { name: ['mallory'] },
      source: { address: ['198.51.100.7'], ip: ['198.51.100.7'] },
      user_agent: { original: ['aws-cli/2.15.0 command/ec2.describe-instances'] },
    });
    expect(ecs.regionsweep).toMatchObject({
      alert_id: ecs.event.id,
      severity: 'low',
      origin: {
        name: 'AWS EC2 Multi-Region DescribeInstances API Calls',
        id: '393ef120-63d1-11ef-8e38-f661ea17fbce',
        version: '3',
      },
      window: { start: '2026-11-24T04:00:00Z', end: '2026-11-24T04:00:30Z' },
      windowing: 'tumbling',
      group_by: 'arn',
      actor: MALLORY,
      region_count: 10,
      call_count: 10,
      call_count_is_lower_bound: false,
      denied_count: 0,
      objects: ['1.json'],
      notes: [],
      partial: false,
    });
  });

  it('is what its schema says, and nothing beside', async () => {
    const ecs = renderEcs(await alertOf({ denied: true }));
    expect(ecsAlertSchema.parse(ecs)).toEqual(ecs);
  });

  it('has the tags and references of the contract', async () => {
    const { tags, regionsweep } = renderEcs(await alertOf());
    expect(tags).toEqual([
      'Domain: Cloud',
      'Data Source: AWS',
      'Data Source: AWS EC2',
      'Resources: Investigation Guide',
      'Use Case: Threat Detection',
      'Tactic: Discovery',
    ]);
    expect(regionsweep.references).toEqual([
      'https://attack.mitre.org/tactics/TA0007/',
      'https://attack.mitre.org/techniques/T1580/',
      'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html',
    ]);
  });

  it('tells each region by first call, with its calls', async () => {
    const again = record({ region: REGIONS[0]!, at: T0 + 20, denied: true });
    const { alerts } = await replayed(objectsOf(document([...sweep({ regions: 10 }), again])));
    const { event, regionsweep } = renderEcs(alerts[0]!);
    expect(regionsweep.regions.map(({ name }) => name)).toEqual(TEN);
    expect(regionsweep.regions[0]).toEqual({
      name: REGIONS[0],
      first: '2026-11-24T04:00:00Z',
      last: '2026-11-24T04:00:20Z',
      calls: 2,
      denied: 1,
      refused: 1,
    });
    expect(regionsweep).toMatchObject({ region_count: 10, call_count: 11, denied_count: 1 });
    expect(event.outcome).toBe('unknown');
  });

  it('is a failure where every call was denied', async () => {
    const { event, aws, regionsweep } = renderEcs(await alertOf({ denied: true }));
    expect(event.outcome).toBe('failure');
    expect(aws.cloudtrail.error_code).toEqual(['Client.UnauthorizedOperation']);
    expect(regionsweep.error_codes).toEqual([{ value: 'Client.UnauthorizedOperation', calls: 10 }]);
  });

  it('takes an errorMessage alone for a failure too', async () => {
    const ecs = renderEcs(await alertOf({ fields: { errorMessage: 'refused' } }));
    expect(ecs.event.outcome).toBe('failure');
  });

  it('has an ip only where the source is one', async () => {
    const records = ['AWS Internal', 'ec2.amazonaws.com', '2001:db8::7', '198.51.100.9', '1234'].flatMap(
      (sourceIPAddress, index) => sweep({ regions: 10, at: T0 + index, pace: 0, fields: { sourceIPAddress } }),
    );
    const { alerts } = await replayed(objectsOf(document(records)));
    const { source } = renderEcs(alerts[0]!);
    expect(source.address).toEqual(['1234', '198.51.100.9', '2001:db8::7', 'AWS Internal', 'ec2.amazonaws.com']);
    expect(source.ip).toEqual(['198.51.100.9', '2001:db8::7']);
  });

  it('lists the sessions where they are grouped by issuer', async () => {
    const records = sweep({ regions: 10 }).map((each, index) => ({
      ...each,
      userIdentity: roleSession('deploy', `session-${index % 2}`),
    }));
    const { alerts } = await replayed(objectsOf(document(records)), { parameters: { groupBy: 'issuer' } });
    const { aws, user, regionsweep } = renderEcs(alerts[0]!);
    const session = (index: number) => `arn:aws:sts::${ACCOUNT}:assumed-role/deploy/session-${index}`;
    expect(aws.cloudtrail.user_identity.arn).toEqual([session(0), session(1)]);
    expect(regionsweep).toMatchObject({ actor: `arn:aws:iam::${ACCOUNT}:role/deploy`, group_by: 'issuer' });
    expect(user.name).toEqual(['deploy']);
  });

  it('names no ARN where there is none, and the account the trail belongs to where the identity names none', async () => {
    const identity = { type: 'AWSAccount', principalId: 'AROAX:peer' };
    const ecs = renderEcs(await alertOf({ identity, fields: { recipientAccountId: '999988887777' } }));
    expect(ecs.aws.cloudtrail.user_identity).not.toHaveProperty('arn');
    expect(ecs.regionsweep.actor).toBe('AROAX:peer');
    expect(ecs.cloud.account).toEqual({ id: '999988887777' });
  });

  it('starts with the first call and ends behind the last in sliding windows', async () => {
    const { regionsweep } = renderEcs(await alertOf({ at: T0 + 25 }, { parameters: { windowing: 'sliding' } }));
    expect(regionsweep.window).toEqual({ start: '2026-11-24T04:00:25Z', end: '2026-11-24T04:00:35Z' });
    expect(regionsweep.windowing).toBe('sliding');
  });
});

describe('the id of an alert', () => {
  it('is the same for the same window and actor, whatever else was called', async () => {
    const [one, more] = await Promise.all([alertOf({ regions: 10 }), alertOf({ regions: 17, denied: true })]);
    expect(more.alertId).toBe(one.alertId);
  });

  it('is another for another window, actor or windowing', async () => {
    const alerts = await Promise.all([
      alertOf(),
      alertOf({ at: T0 + 30 }),
      alertOf({ identity: roleSession('a', 'b') }),
      alertOf({}, { parameters: { windowing: 'sliding' } }),
    ]);
    expect(new Set(alerts.map(({ alertId }) => alertId)).size).toBe(4);
  });
});
