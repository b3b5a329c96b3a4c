import { readEntries } from '../../lambda/detection/exception-document';
import { METRICS } from '../../lambda/ports';
import { World } from '../support/detector-world';
import { iamUser, MALLORY, sweep } from '../support/records';

const WHY = { reason: 'known', owner: 'me' };

const { exceptions } = readEntries([
  { ...WHY, arn: '*:user/audit' },
  { ...WHY, source: '203.0.113.0/24', arn: MALLORY },
]);

const elsewhere = { fields: { sourceIPAddress: '203.0.113.9' } };

it('tells nothing of what is excepted, counts it, and logs it by entry', async () => {
  const world = new World({ exceptions });
  world.deliver([...sweep({ regions: 12, identity: iamUser('audit') }), ...sweep({ regions: 11, ...elsewhere })]);
  world.deliver(sweep({ regions: 10, identity: iamUser('eve') }));
  await world.run();
  expect(world.told('alert').map(({ actor }) => actor)).toEqual([MALLORY.replace('mallory', 'eve')]);
  expect(world.counts.get(METRICS.excepted)).toBe(23);
  expect(world.counts.get(METRICS.matchedCalls)).toBe(10);
  const read = world.logged.filter(({ message }) => message === 'object read').map(({ fields }) => fields);
  expect(read[0]).toMatchObject({ excepted: 23, exceptedBy: ['exception 1: 12', 'exception 2: 11'] });
  expect(read[1]).toMatchObject({ excepted: 0, exceptedBy: undefined });
});

it('does not add what is excepted to what is not', async () => {
  const world = new World({ exceptions });
  world.deliver([...sweep({ regions: 9 }), ...sweep({ regions: 20, ...elsewhere }).slice(9)]);
  await world.run();
  expect(world.published).toEqual([]);
});

it('counts an object again that is read without the exception, and beside it what was tallied before', async () => {
  const records = [...sweep({ regions: 5 }), ...sweep({ regions: 10, ...elsewhere }).slice(5)];
  const world = new World({ exceptions });
  world.deliver(records);
  await world.run();
  expect(world.published).toEqual([]);
  world.settings = {};
  world.again();
  await world.run();
  expect(world.told('alert')).toHaveLength(1);
});
