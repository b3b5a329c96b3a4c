import { renderEcs } from '../../lambda/alert/render/ecs';
import { renderHtml } from '../../lambda/alert/render/html';
import { renderEmail, renderTerminal } from '../../lambda/alert/render/plain-text';
import type { TrailRecord } from '../../lambda/detection/classify';
import { document, iamUser, REGIONS, record, roleSession, sweep, T0 } from '../support/records';
import { memorySource, objectOf, objectsOf, replayed } from '../support/replay';

const STYLE = { detector: 'security', severityText: 'low', chatAsDefault: false, replayId: undefined };

const text = document(sweep({ regions: 10 }));

async function evidenceOf(...contents: string[]) {
  const { alerts } = await replayed(objectsOf(...contents));
  return renderEcs(alerts[0]!).regionsweep;
}

describe('the calls of an alert', () => {
  it('are counted by distinct eventID over all objects', async () => {
    expect(await evidenceOf(text, text, document(sweep({ regions: 4 })))).toMatchObject({
      call_count: 10,
      call_count_is_lower_bound: false,
      objects: ['1.json', '2.json', '3.json'],
      source_addresses: [{ value: '198.51.100.7', calls: 10 }],
    });
  });

  it('are counted apart where the eventIDs differ', async () => {
    const twice = document([...sweep({ regions: 10 }), record({ id: 'again' })]);
    expect(await evidenceOf(twice, text)).toMatchObject({ call_count: 11 });
  });

  it('are those of its window and actor alone', async () => {
    const at = T0 + 60;
    const others = [
      record({ at: at + 30, region: REGIONS[20]! }),
      record({ at: at - 1, region: REGIONS[20]! }),
      record({ at: at + 3, identity: { principalId: 'somebody' }, fields: { userAgent: 'other' } }),
    ];
    expect(await evidenceOf(document([...sweep({ regions: 10, at }), ...others]))).toMatchObject({
      call_count: 10,
      region_count: 10,
      user_agents: [{ value: 'aws-cli/2.15.0 command/ec2.describe-instances', calls: 10 }],
    });
  });

  it('are listed by how many there are, and kept verbatim', async () => {
    const rare = sweep({ regions: 3, at: T0 + 11, fields: { userAgent: 'a rare one \u001b[31m' } });
    const { user_agents } = await evidenceOf(text, document(rare));
    expect(user_agents).toEqual([
      { value: 'aws-cli/2.15.0 command/ec2.describe-instances', calls: 10 },
      { value: 'a rare one \u001b[31m', calls: 3 },
    ]);
  });
});

describe('an object that is gone when its evidence is wanted', () => {
  it('leaves a lower bound and a note, never a missing alert', async () => {
    const objects = objectsOf(text, document(sweep({ regions: 10, at: T0 + 10 })));
    const stays = memorySource(objects.slice(0, 1));
    const goes = memorySource(objects, 1);
    const source = {
      read: (ref: { bucket: string; key: string }) => (ref.key === '1.json' ? stays : goes).read(ref),
    };
    const { alerts, totals } = await replayed(objects, { source });
    expect(totals.failedObjects).toBe(0);
    expect(renderEcs(alerts[0]!).regionsweep).toMatchObject({
      region_count: 10,
      call_count: 20,
      call_count_is_lower_bound: true,
      search: { files_telling: 2, files_told: 1 },
      notes: ['2.json: cannot be read: gone'],
    });
    expect(renderTerminal(alerts[0]!)).toMatch(/calls +at least 20\n[\s\S]*note +2\.json: cannot be read: gone\n/);
  });

  it('leaves the regions where every object is gone', async () => {
    const objects = objectsOf(text);
    const { alerts } = await replayed(objects, { source: memorySource(objects, 1) });
    expect(renderEcs(alerts[0]!)).toMatchObject({
      cloud: { account: { id: '111122223333' }, region: REGIONS.slice(0, 10) },
      aws: { cloudtrail: { user_identity: { arn: 'arn:aws:iam::111122223333:user/mallory' } } },
      event: { outcome: 'unknown' },
      regionsweep: { region_count: 10, call_count: 10, call_count_is_lower_bound: true },
    });
  });

  it('states nothing that nobody knows', async () => {
    const objects = sweep({ regions: 12 }).map((one, index) => objectOf(`${index}.json`, document([one])));
    const { alerts } = await replayed(objects, { source: memorySource(objects, 1) });
    const text = renderEmail({ kind: 'alert', alert: alerts[0]! }, STYLE);
    expect(text).toContain('CONTEXT\n  . The evidence could not be read');
    expect(text).toContain('(at least 12 calls)');
    expect(text).toMatch(/\n {2}calls +at least 12\n {2}denied +unknown\n/);
    expect(text).toMatch(/\n {2}us-east-1 +\?\.+\n/);
    expect(text).toMatch(/\n {2}us-east-2 +\.\?\.+\n/);
    expect(text).toContain('# call, x denied, % both, ? record not read');
    expect(text).toMatch(/\n {2}read +none of 12 files with the calls\n/);
    expect(text.match(/cannot be read: gone\n/g)).toHaveLength(5);
    expect(text).toContain('               and 7 more\n');
    expect(text).not.toContain('"owner"');
    expect([...renderHtml([{ kind: 'alert', alert: alerts[0]! }], STYLE)].join('')).toContain('<rect class="unread"');
  });
});

describe('how many different ones there are', () => {
  const many = sweep({ regions: 10 }).flatMap((one, region) =>
    Array.from({ length: 26 }, (_, index) => ({
      ...one,
      eventID: `${region}-${index}`,
      sourceIPAddress: `198.51.100.${region * 25 + index}`,
      userAgent: `own/${region}.${index}`,
    })),
  );

  it('is known though the lists are cut', async () => {
    const { alerts } = await replayed(objectsOf(document(many)));
    const { regionsweep } = renderEcs(alerts[0]!);
    expect(regionsweep.user_agents).toHaveLength(50);
    expect(regionsweep.distinct_counts).toMatchObject({
      user_agents: 260,
      source_addresses: 251,
      source_ips: 251,
      access_keys: 1,
    });
    const text = renderEmail({ kind: 'alert', alert: alerts[0]! }, STYLE);
    expect(text).toMatch(/The calls came from 251 addresses: /);
    expect(text).toMatch(/user agents[\s\S]*and 255 more\n {2}sources[\s\S]*and 246 more\n {2}access keys/);
  });

  it('is known of other calls and of neighbours', async () => {
    const others = Array.from({ length: 80 }, (_, index) =>
      record({ at: T0 + 5, id: `other ${index}`, fields: { eventName: `ListThings${index}` } }),
    );
    const neighbours = Array.from({ length: 30 }, (_, index) =>
      record({ at: T0 + 5, identity: iamUser(`u${index}`), fields: { eventName: 'ListUsers' } }),
    );
    const { alerts } = await replayed(objectsOf(document([...sweep({ regions: 10 }), ...others, ...neighbours])));
    expect(renderEcs(alerts[0]!).regionsweep).toMatchObject({
      distinct_counts: { other_calls: { discovery: 80 }, neighbours: 30 },
    });
    const text = renderEmail({ kind: 'alert', alert: alerts[0]! }, STYLE).replace(/\s+/g, ' ');
    expect(text).toMatch(/Other discovery calls: .* and 76 others/);
    expect(text).toContain('30 other identities called from the same address');
    expect(text).toMatch(/discovery calls .* and 70 more same address .* and 25 more/);
  });

  it('is known of the sessions of one issuer', async () => {
    const records = sweep({ regions: 12 }).map((one, index) => ({
      ...one,
      userIdentity: roleSession('deploy', `s${index}`),
    }));
    const { alerts } = await replayed(objectsOf(document(records)), { parameters: { groupBy: 'issuer' } });
    expect(renderTerminal(alerts[0]!)).toMatch(
      / sessions +12; 12 of them called a single region each\n(?: +1x .*\n){5} +and 7 more\n/,
    );
  });
});

describe('what came of the calls', () => {
  const findings = async (fields: TrailRecord) => {
    const { alerts } = await replayed(objectsOf(document(sweep({ regions: 10, fields }))));
    return { ecs: renderEcs(alerts[0]!).regionsweep, text: renderTerminal(alerts[0]!) };
  };

  it('is denied for want of a permission only', async () => {
    const { ecs, text } = await findings({ errorCode: 'Client.UnauthorizedOperation' });
    expect(ecs).toMatchObject({ denied_count: 10, refused_count: 10, dry_run_allowed_count: 0 });
    expect(ecs.regions[0]).toMatchObject({ calls: 1, denied: 1, refused: 1 });
    expect(text).toMatch(/ denied +10 \(Client\.UnauthorizedOperation 10x\)\n/);
    expect(text).toMatch(/ us-east-1 +x\./);
  });

  it('failed, where it was throttled', async () => {
    const { ecs, text } = await findings({ errorCode: 'Client.RequestLimitExceeded' });
    expect(ecs).toMatchObject({ denied_count: 10, refused_count: 0, dry_run_allowed_count: 0 });
    expect(text).toMatch(/ denied +none\n +other errors +10 \(Client\.RequestLimitExceeded 10x\)\n/);
    expect(text).toMatch(/ us-east-1 +#\./);
  });

  it('is allowed, where a dry run says so', async () => {
    const { ecs, text } = await findings({
      errorCode: 'Client.DryRunOperation',
      requestParameters: { dryRun: true },
    });
    expect(ecs).toMatchObject({ denied_count: 10, refused_count: 0, dry_run_allowed_count: 10 });
    expect(text).toMatch(/ denied +none\n +dry runs +10 would have been allowed\n/);
    expect(text).toContain('10 calls asked for a dry run; 10 would have been allowed.');
  });
});

it.each([
  ['cut short', text.slice(0, -2)],
  ['with a second Records key', `${text.slice(0, -1)},"Records":${JSON.stringify(sweep({ regions: 12 }))}}`],
])('an object %s is a failure, and what it held before is an alert with a lower bound', async (_, content) => {
  const { alerts, totals } = await replayed(objectsOf(content));
  expect(totals).toMatchObject({ failedObjects: 1, records: 10 });
  expect(renderEcs(alerts[0]!).regionsweep).toMatchObject({
    call_count: 10,
    call_count_is_lower_bound: true,
    notes: [expect.stringContaining('1.json: byte')],
  });
});
