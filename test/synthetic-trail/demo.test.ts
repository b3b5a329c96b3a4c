import { createHash } from 'node:crypto';
import { DEFAULT_REGIONS } from '../../bin/synthetic-trail/deliveries';
import { DEMO_SEED, DEMO_START, demoTrail } from '../../bin/synthetic-trail/demo';
import { generateTrail } from '../../bin/synthetic-trail/trail';
import { drain, type ReadRecord, recordsOf } from './read-trail';

const { objects, answer } = drain(demoTrail(), DEMO_SEED);

const records = recordsOf(objects);

const distinct = [...new Map(records.map((record) => [record.eventID, record])).values()];

const matchedCalls = distinct.filter(
  ({ eventSource, eventName }) => eventSource === 'ec2.amazonaws.com' && eventName === 'DescribeInstances',
);

describe('the demo trail', () => {
  it('has the same bytes everywhere', () => {
    const hash = createHash('sha256');
    for (const { key, body, deliveredAt } of objects) hash.update(`${key}\n${body}\n${deliveredAt}\n`);
    expect(hash.digest('hex')).toBe('7e143b6cdcbfa7f003d26d2a483d2d2598e987708828ed57cf1a7da95187c31e');
  });

  it('has exactly one hit: the sweep', () => {
    expect(answer.detections).toEqual([
      {
        windowStart: DEMO_START + 24 * 60,
        actor: 'arn:aws:iam::111122223333:user/ci-deploy',
        regions: [...DEFAULT_REGIONS].sort(),
        calls: 17,
      },
    ]);
  });

  it('has that hit in its bytes too, and no other', () => {
    const groups = new Map<string, Set<string>>();
    for (const { actor, second, awsRegion } of matchedCalls.map(withActor)) {
      if (actor === undefined) continue;
      const group = `${Math.floor(second / 30) * 30} ${actor}`;
      groups.set(group, (groups.get(group) ?? new Set()).add(awsRegion));
    }
    const detections = [...groups].filter(([, regions]) => regions.size >= 10).map(([group]) => group);
    expect(detections).toEqual([`${DEMO_START + 1440} arn:aws:iam::111122223333:user/ci-deploy`]);
  });

  it('counts what is in it', () => {
    expect(answer.totals).toEqual({
      objects: objects.length,
      records: records.length,
      matchedCalls: records.filter(({ eventID }) => matchedCalls.some((one) => one.eventID === eventID)).length,
      distinctRecords: distinct.length,
      distinctMatchedCalls: matchedCalls.length,
      unattributed: matchedCalls.filter(({ userIdentity }) => userIdentity.type === 'AWSService').length,
    });
    expect(answer.totals.unattributed).toBe(17);
  });

  it('has a second sweep for windows that slide, and no third', () => {
    const found = new Set<string>();
    const all = matchedCalls.map(withActor);
    for (const first of all) {
      const within = all.filter(
        ({ actor, second }) =>
          actor !== undefined && actor === first.actor && second >= first.second && second < first.second + 30,
      );
      if (new Set(within.map(({ awsRegion }) => awsRegion)).size >= 10) found.add(first.actor!);
    }
    expect([...found].sort()).toEqual([
      'arn:aws:iam::111122223333:user/ci-deploy',
      'arn:aws:iam::111122223333:user/frank',
    ]);
  });

  it('names the call where it does not count', () => {
    const text = objects.map(({ body }) => body).join('\n');
    expect(text).toContain('\\"ec2:DescribeInstances\\"');
    expect(text).toContain('command/ec2.describe-instances');
    expect(text).toContain('"attributeValue":"DescribeInstances"');
    expect(text).toContain('"eventName":"DescribeInstanceStatus"');
    expect(text).toContain('"eventSource":"opsworks.amazonaws.com","eventName":"DescribeInstances"');
    expect(text).toContain('\\u003d');
  });

  it('can begin at any time', () => {
    const later = generateTrail(demoTrail(DEMO_START + 86_400 + 77), DEMO_SEED);
    for (const _ of later.objects);
    expect(later.answer().detections.map(({ windowStart }) => windowStart)).toEqual([DEMO_START + 86_400 + 1440]);
  });
});

function withActor(record: ReadRecord) {
  const { arn, principalId } = record.userIdentity;
  return {
    actor: arn ?? principalId,
    second: Date.parse(record.eventTime) / 1000,
    awsRegion: record.awsRegion,
  };
}
