import { World } from '../support/detector-world';
import { sweep } from '../support/records';

const published = async (accountNames: Record<string, string>, severityText = 'low') => {
  const world = new World({ accountNames, severityText });
  await world.play([0, sweep({ regions: 10 })]);
  const [{ subject, body, attributes }] = world.messages as [(typeof world.messages)[number]];
  const { email, https, sqs } = JSON.parse(body);
  return { subject, email: email.replace(/\s+/g, ' '), card: https, ecs: JSON.parse(sqs), attributes };
};

it('every form of an alert has the name of its account beside the id', async () => {
  const { subject, email, card, ecs, attributes } = await published({ 111122223333: 'prod', 999988887777: 'x' });
  expect(subject).toMatch(/, account 111122223333 \(prod\)$/);
  expect(email).toContain('account 111122223333 (prod) regions 10');
  expect(card).toContain('111122223333 (prod)');
  expect(ecs.cloud.account).toEqual({ id: '111122223333', name: 'prod' });
  expect(attributes.account_id).toBe('111122223333');
});

it('an account without a name is the same as ever', async () => {
  const { subject, ecs } = await published({ 999988887777: 'x' });
  expect(subject).toMatch(/, account 111122223333$/);
  expect(ecs.cloud.account).toEqual({ id: '111122223333' });
});

it('a name is text, and gives way to the rest of a subject', async () => {
  const name = '<b>a.example\u202e@here';
  expect((await published({ 111122223333: name })).email).not.toMatch(/<b>|a\.example|\u202e|@here/);
  const long = await published({ 111122223333: 'n'.repeat(40) }, 'a severity of very many words indeed');
  expect(long.subject.length).toBeLessThanOrEqual(99);
  expect(long.subject).toMatch(/, account 111122223333$/);
});
