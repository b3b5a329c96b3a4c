import { renderEcs } from '../../lambda/alert/ecs';
import { renderTerminal } from '../../lambda/alert/terminal';
import { document, REGIONS, record, sweep, T0 } from '../support/records';
import { memorySource, objectsOf, replayed } from '../support/replay';

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
      call_count: 10,
      call_count_is_lower_bound: true,
      notes: ['2.json: cannot be read: gone'],
    });
    expect(renderTerminal(alerts[0]!)).toMatch(
      /calls +at least 10\n[\s\S]*note +2\.json: cannot be read: gone\n/,
    );
  });

  it('leaves the regions where every object is gone', async () => {
    const objects = objectsOf(text);
    const { alerts } = await replayed(objects, { source: memorySource(objects, 1) });
    expect(renderEcs(alerts[0]!)).toMatchObject({
      cloud: { account: { id: '111122223333' }, region: REGIONS.slice(0, 10) },
      aws: { cloudtrail: { user_identity: { arn: 'arn:aws:iam::111122223333:user/mallory' } } },
      regionsweep: { region_count: 10, call_count: 0, call_count_is_lower_bound: true },
    });
  });
});

it('an object cut short is a failure, and what it said before is an alert with a lower bound', async () => {
  const { alerts, totals } = await replayed(objectsOf(text.slice(0, -2)));
  expect(totals).toMatchObject({ failedObjects: 1, records: 10 });
  expect(renderEcs(alerts[0]!).regionsweep).toMatchObject({
    call_count: 10,
    call_count_is_lower_bound: true,
    notes: [expect.stringContaining('1.json: byte')],
  });
});
