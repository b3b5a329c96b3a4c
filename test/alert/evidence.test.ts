import type { Alert } from '../../lambda/alert/model';
import { renderEcs } from '../../lambda/alert/render/ecs';
import { renderHtml } from '../../lambda/alert/render/html';
import { renderEmail, renderTerminal } from '../../lambda/alert/render/plain-text';
import type { ObjectSource } from '../../lambda/ports';
import { alertIn, alertOf, STYLE } from '../support/alerts';
import { document, iamUser, MALLORY, REGIONS, record, roleSession, sweep, T0 } from '../support/records';
import { memorySource, objectsOf, replayed } from '../support/replay';

const TEN = sweep({ regions: 10 });

const fieldsOf = (alert: Alert) => renderEcs(alert).regionsweep;

const emailOf = (alert: Alert) => renderEmail({ kind: 'alert', alert }, STYLE);

describe('the calls of an alert', () => {
  it('are counted by distinct eventID over all objects', async () => {
    expect(fieldsOf(await alertIn([TEN, TEN, sweep({ regions: 4 })]))).toMatchObject({
      ...{ call_count: 10, call_count_is_lower_bound: false, objects: ['1.json', '2.json', '3.json'] },
      source_addresses: [{ value: '198.51.100.7', calls: 10 }],
    });
    expect(fieldsOf(await alertIn([[...TEN, record({ id: 'again' })], TEN]))).toMatchObject({ call_count: 11 });
  });

  it('are only those of its window and actor', async () => {
    const at = T0 + 60;
    const others = [
      record({ at: at + 30, region: REGIONS[20]! }),
      record({ at: at - 1, region: REGIONS[20]! }),
      record({ at: at + 3, identity: { principalId: 'somebody' }, fields: { userAgent: 'other' } }),
    ];
    expect(fieldsOf(await alertIn([[...sweep({ regions: 10, at }), ...others]]))).toMatchObject({
      call_count: 10,
      region_count: 10,
      user_agents: [{ value: 'aws-cli/2.15.0 command/ec2.describe-instances', calls: 10 }],
    });
  });

  it('are listed by frequency, and kept verbatim', async () => {
    const rare = sweep({ regions: 3, at: T0 + 11, fields: { userAgent: 'a rare one \u001b[31m' } });
    expect(fieldsOf(await alertIn([TEN, rare])).user_agents).toEqual([
      { value: 'aws-cli/2.15.0 command/ec2.describe-instances', calls: 10 },
      { value: 'a rare one \u001b[31m', calls: 3 },
    ]);
  });
});

describe('an object that is gone when its evidence is wanted', () => {
  it('leaves a lower bound and a note, never a missing alert', async () => {
    const objects = objectsOf(document(TEN), document(sweep({ regions: 10, at: T0 + 10 })));
    const [stays, goes] = [memorySource(objects), memorySource(objects, 1)];
    const source: ObjectSource = { read: (ref) => (ref.key === '1.json' ? stays : goes).read(ref) };
    const { alerts, totals } = await replayed(objects, { source });
    expect(totals.failedObjects).toBe(0);
    expect(fieldsOf(alerts[0]!)).toMatchObject({
      region_count: 10,
      call_count: 20,
      call_count_is_lower_bound: true,
      search: { files_telling: 2, files_told: 1 },
      notes: ['2.json: cannot be read: gone'],
    });
    expect(renderTerminal(alerts[0]!)).toMatch(/calls +at least 20\n[\s\S]*note +2\.json: cannot be read: gone\n/);
  });

  it('keeps the regions, and claims nothing more, if every object is gone', async () => {
    const objects = objectsOf(...sweep({ regions: 12 }).map((one) => document([one])));
    const { alerts } = await replayed(objects, { source: memorySource(objects, 1) });
    const alert = alerts[0]!;
    expect(renderEcs(alert)).toMatchObject({
      cloud: { account: { id: '111122223333' }, region: REGIONS.slice(0, 12) },
      aws: { cloudtrail: { user_identity: { arn: MALLORY } } },
      event: { outcome: 'unknown' },
      regionsweep: { region_count: 12, call_count: 12, call_count_is_lower_bound: true },
    });
    const text = emailOf(alert);
    expect(text).toContain('CONTEXT\n  . The evidence could not be read');
    expect(text).toContain('(at least 12 calls)');
    expect(text).toMatch(/\n {2}calls +at least 12\n {2}denied +unknown\n/);
    expect(text).toMatch(/\n {2}us-east-1 +\?\.+\n {2}us-east-2 +\.\?\.+\n/);
    expect(text).toContain('# call, x denied, % both, ? record not read');
    expect(text).toMatch(/\n {2}read +none of 12 files with the calls\n/);
    expect(text.match(/cannot be read: gone\n/g)).toHaveLength(5);
    expect(text).toMatch(/\n {18}and 7 more\n/);
    expect(text).not.toContain('"owner"');
    expect([...renderHtml([{ kind: 'alert', alert }], STYLE)].join('')).toContain('<rect class="unread"');
  });
});

describe('the number of different values', () => {
  it('is shown though the lists are truncated', async () => {
    const many = TEN.flatMap((one, region) =>
      Array.from({ length: 26 }, (_, index) => ({
        ...one,
        eventID: `${region}-${index}`,
        sourceIPAddress: `198.51.100.${region * 25 + index}`,
        userAgent: `own/${region}.${index}`,
      })),
    );
    const alert = await alertIn([many]);
    const counts = { user_agents: 260, source_addresses: 251, source_ips: 251, access_keys: 1 };
    expect(fieldsOf(alert)).toMatchObject({ user_agents: { length: 50 }, distinct_counts: counts });
    expect(emailOf(alert)).toMatch(/The calls came from 251 addresses: /);
    expect(emailOf(alert)).toMatch(/user agents[\s\S]*and 255 more\n {2}sources[\s\S]*and 246 more\n {2}access keys/);
  });

  it('is shown of other calls, and of other identities', async () => {
    const others = Array.from({ length: 80 }, (_, index) =>
      record({ at: T0 + 5, id: `other ${index}`, fields: { eventName: `ListThings${index}` } }),
    );
    const neighbours = Array.from({ length: 30 }, (_, index) =>
      record({ at: T0 + 5, identity: iamUser(`u${index}`), fields: { eventName: 'ListUsers' } }),
    );
    const alert = await alertIn([[...TEN, ...others, ...neighbours]]);
    expect(fieldsOf(alert)).toMatchObject({ distinct_counts: { other_calls: { discovery: 80 }, neighbours: 30 } });
    const text = emailOf(alert).replace(/\s+/g, ' ');
    expect(text).toMatch(/Other discovery calls: .* and 76 others/);
    expect(text).toContain('30 other identities called from the same address');
    expect(text).toMatch(/discovery calls .* and 70 more same address .* and 25 more/);
  });

  it('is shown of the sessions of one issuer', async () => {
    const records = sweep({ regions: 12 }).map((one, n) => ({ ...one, userIdentity: roleSession('deploy', `s${n}`) }));
    const alert = await alertIn([records], { parameters: { groupBy: 'issuer' } });
    expect(renderTerminal(alert)).toMatch(
      / sessions +12; 12 of them called a single region each\n(?: +1x .*\n){5} +and 7 more\n/,
    );
  });
});

describe('the result of the calls', () => {
  const dryRun = { errorCode: 'Client.DryRunOperation', requestParameters: { dryRun: true } };
  it.each([
    [
      'denied',
      { errorCode: 'Client.UnauthorizedOperation' },
      [10, 0],
      'denied +10 \\(Client\\.Unauthor\\w+ 10x\\)\\n',
      'x',
    ],
    [
      'throttled',
      { errorCode: 'Client.RequestLimitExceeded' },
      [0, 0],
      'other errors +10 \\(Client\\.Req\\w+ 10x\\)\\n',
      '#',
    ],
    ['allowed by a dry run', dryRun, [0, 10], 'dry runs +10 would have been allowed\\n', '#'],
  ])('is %s', async (_, fields, [refused, allowed], row, mark) => {
    const alert = await alertOf({ fields });
    expect(fieldsOf(alert)).toMatchObject({ denied_count: 10, refused_count: refused, dry_run_allowed_count: allowed });
    expect(fieldsOf(alert).regions[0]).toMatchObject({ calls: 1, denied: 1, refused: refused! / 10 });
    const text = renderTerminal(alert);
    expect(text).toMatch(new RegExp(`\\n +${row}`));
    expect(text).toMatch(new RegExp(` us-east-1 +${mark}\\.`));
    if (refused === 0) expect(text).toMatch(/ denied +none\n/);
    if (allowed === 10) expect(text).toContain('10 calls asked for a dry run; 10 would have been allowed.');
  });
});

it('an object cut short is a failure, and its records before that make an alert with a lower bound', async () => {
  const { alerts, totals } = await replayed(objectsOf(document(TEN).slice(0, -2)));
  expect(totals).toMatchObject({ failedObjects: 1, records: 10 });
  expect(fieldsOf(alerts[0]!)).toMatchObject({
    call_count: 10,
    call_count_is_lower_bound: true,
    notes: [expect.stringContaining('1.json: byte')],
  });
});
