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

it('publishes nothing of what is excluded, counts it, and logs it by entry', async () => {
  const audit = sweep({ regions: 12, identity: iamUser('audit') });
  const eve = sweep({ regions: 10, identity: iamUser('eve') });
  const world = new World({ exceptions });
  await world.play([0, [...audit, ...sweep({ regions: 11, ...elsewhere })], eve]);
  expect(world.published('alert').map(({ actor }) => actor)).toEqual([MALLORY.replace('mallory', 'eve')]);
  expect(world.counts.get(METRICS.excepted)).toBe(23);
  expect(world.counts.get(METRICS.matchedCalls)).toBe(10);
  const read = world.logged.filter(({ message }) => message === 'object read').map(({ fields }) => fields);
  expect(read[0]).toMatchObject({ excepted: 23, exceptedBy: ['exception 1: 12', 'exception 2: 11'] });
  expect(read[1]).toMatchObject({ excepted: 0, exceptedBy: undefined });
});

it('does not add what is excluded to what is not', async () => {
  const world = new World({ exceptions });
  await world.play([0, [...sweep({ regions: 9 }), ...sweep({ regions: 20, ...elsewhere }).slice(9)]]);
  expect(world.kinds).toEqual([]);
});

it('counts an object again that is read without the exception, with what was tallied before', async () => {
  const world = new World({ exceptions });
  await world.play([0, [...sweep({ regions: 5 }), ...sweep({ regions: 10, ...elsewhere }).slice(5)]]);
  expect(world.kinds).toEqual([]);
  world.settings = {};
  world.announceAgain();
  await world.run();
  expect(world.kinds).toEqual(['alert']);
});
