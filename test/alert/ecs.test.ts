import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Alert } from '../../lambda/alert/model';
import { renderEcs } from '../../lambda/alert/render/ecs';
import { type EcsAlert, ecsAlertSchema } from '../../scripts/alert-schema';
import { alertIn, alertOf } from '../support/alerts';
import { ACCOUNT, MALLORY, REGIONS, record, roleSession, sweep, T0 } from '../support/records';

const TEN = REGIONS.slice(0, 10);

/** That the rendering has the types of the schema is checked when this is compiled. */
const ecsOf: (alert: Alert) => EcsAlert = renderEcs;

describe('the JSON of an alert', () => {
  it('has the fields that others filter by; the goldens have all of them', async () => {
    const ecs = ecsOf(await alertOf({ at: T0 + 5 }));
    expect(ecs).toMatchObject({
      '@timestamp': '2026-11-24T04:00:14Z',
      event: {
        ...{ kind: 'alert', severity: 21, risk_score: 21, outcome: 'success' },
        ...{ provider: 'ec2.amazonaws.com', action: 'DescribeInstances' },
        ...{ start: '2026-11-24T04:00:05Z', end: '2026-11-24T04:00:14Z' },
      },
      rule: { id: 'ec2-multi-region-describe-instances' },
      threat: { tactic: { id: ['TA0007'] }, technique: { id: ['T1580'] } },
      cloud: { provider: 'aws', account: { id: ACCOUNT }, region: TEN },
      aws: { cloudtrail: { user_identity: { arn: MALLORY, type: ['IAMUser'], access_key_id: ['AKIAMALLORY'] } } },
      ecs: { version: '8.17.0' },
      user: { id: ['AIDAMALLORY'], name: ['mallory'] },
      related: { ip: ['198.51.100.7'], user: ['mallory', 'AIDAMALLORY', MALLORY] },
      source: { address: ['198.51.100.7'], ip: ['198.51.100.7'] },
      user_agent: { original: ['aws-cli/2.15.0 command/ec2.describe-instances'] },
      regionsweep: {
        ...{ alert_id: ecs.event.id, severity: 'low', windowing: 'tumbling', group_by: 'arn', actor: MALLORY },
        origin: { id: '393ef120-63d1-11ef-8e38-f661ea17fbce', version: '3' },
        window: { start: '2026-11-24T04:00:00Z', end: '2026-11-24T04:00:30Z' },
        ...{ region_count: 10, call_count: 10, call_count_is_lower_bound: false, denied_count: 0 },
        ...{ objects: ['1.json'], notes: [], partial: false },
      },
    });
  });

  it('is what its schema says, and nothing else', async () => {
    const ecs = ecsOf(await alertOf({ denied: true }));
    expect(ecsAlertSchema.parse(ecs)).toEqual(ecs);
  });

  it('lists each region by first call, with its calls', async () => {
    const again = record({ region: REGIONS[0]!, at: T0 + 20, denied: true });
    const { event, regionsweep } = ecsOf(await alertIn([[...sweep({ regions: 10 }), again]]));
    expect(regionsweep.regions.map(({ name }) => name)).toEqual(TEN);
    expect(regionsweep.regions[0]).toEqual({
      ...{ name: REGIONS[0], first: '2026-11-24T04:00:00Z', last: '2026-11-24T04:00:20Z' },
      ...{ calls: 2, denied: 1, refused: 1 },
    });
    expect(regionsweep).toMatchObject({ region_count: 10, call_count: 11, denied_count: 1 });
    expect(event.outcome).toBe('unknown');
  });

  it('is a failure if every call was denied, or has an errorMessage alone', async () => {
    const { event, aws, regionsweep } = ecsOf(await alertOf({ denied: true }));
    expect(event.outcome).toBe('failure');
    expect(aws.cloudtrail.error_code).toEqual(['Client.UnauthorizedOperation']);
    expect(regionsweep.error_codes).toEqual([{ value: 'Client.UnauthorizedOperation', calls: 10 }]);
    expect(ecsOf(await alertOf({ fields: { errorMessage: 'refused' } })).event.outcome).toBe('failure');
  });

  it('has an ip only if the source is one', async () => {
    const sources = ['AWS Internal', 'ec2.amazonaws.com', '2001:db8::7', '198.51.100.9', '1234'];
    const records = sources.flatMap((sourceIPAddress, index) =>
      sweep({ regions: 10, at: T0 + index, pace: 0, fields: { sourceIPAddress } }),
    );
    const { source } = ecsOf(await alertIn([records]));
    expect(source.address).toEqual(['1234', '198.51.100.9', '2001:db8::7', 'AWS Internal', 'ec2.amazonaws.com']);
    expect(source.ip).toEqual(['198.51.100.9', '2001:db8::7']);
  });

  it('has no ARN if the identity has none, and then the account of the trail', async () => {
    const identity = { type: 'AWSAccount', principalId: 'AROAX:peer' };
    const ecs = ecsOf(await alertOf({ identity, fields: { recipientAccountId: '999988887777' } }));
    expect(ecs.aws.cloudtrail.user_identity).not.toHaveProperty('arn');
    expect(ecs.regionsweep.actor).toBe('AROAX:peer');
    expect(ecs.cloud.account).toEqual({ id: '999988887777' });
  });
});

it('the id of an alert depends on window and actor only', async () => {
  const alerts = await Promise.all([
    alertOf(),
    alertOf({ regions: 17, denied: true }),
    alertOf({ at: T0 + 30 }),
    alertOf({ identity: roleSession('a', 'b') }),
    alertOf({}, { parameters: { windowing: 'sliding' } }),
  ]);
  const [one, same, ...others] = alerts.map(({ alertId }) => alertId);
  expect(same).toBe(one);
  expect(new Set([one, ...others]).size).toBe(4);
});

describe('the index template', () => {
  type Mapping = { readonly properties?: Record<string, Mapping>; readonly items?: Mapping };
  const template = JSON.parse(readFileSync(join(__dirname, '../../docs/index-template.json'), 'utf8'));
  const { mappings } = template.template as { mappings: Mapping };

  /** Fields of a mapping or a schema, without the fields that hold others. */
  function pathsOf({ properties = {} }: Mapping, prefix = ''): string[] {
    return Object.entries(properties).flatMap(([name, one]) => {
      const { properties: inner } = one.items ?? one;
      return inner === undefined ? [prefix + name] : pathsOf({ properties: inner }, `${prefix}${name}.`);
    });
  }

  it('lets no text of an alert decide a mapping, maps every field of ECS, and nothing that an alert lacks', () => {
    expect(mappings).toMatchObject({ dynamic: false, date_detection: false, numeric_detection: false });
    const fields = pathsOf(z.toJSONSchema(ecsAlertSchema, { io: 'output' }) as Mapping);
    const mapped = pathsOf(mappings);
    expect(mapped.filter((path) => !fields.includes(path))).toEqual([]);
    expect(fields.filter((path) => !path.startsWith('regionsweep.') && !mapped.includes(path))).toEqual([]);
  });
});
