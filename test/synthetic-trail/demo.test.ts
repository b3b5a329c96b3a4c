import { createHash } from 'node:crypto';
import { DEFAULT_REGIONS } from '../../bin/synthetic-trail/deliveries';
import { DEMO_SEED, DEMO_START, demoTrail } from '../../bin/synthetic-trail/demo';
import { DEFAULT_PARAMETERS } from '../../lambda/detection/rule';
import { denseIntervals, tumblingDetections } from '../support/oracle';
import { drain, recordsOf } from './read-trail';

const { objects, answer } = drain(demoTrail(), DEMO_SEED);

const records = objects.flatMap(recordsOf);

const distinct = [...new Map(records.map((record) => [record.eventID, record])).values()];

const matched = distinct.filter(
  ({ eventSource, eventName }) => eventSource === 'ec2.amazonaws.com' && eventName === 'DescribeInstances',
);

/** As they are in the bytes. */
const calls = matched.flatMap(
  ({ userIdentity: { arn, principalId }, awsRegion: region, eventTime, eventID: callId }) => {
    const actor = arn ?? principalId;
    return actor === undefined ? [] : [{ actor, region, second: Date.parse(eventTime) / 1000, callId }];
  },
);

const user = (name: string) => `arn:aws:iam::111122223333:user/${name}`;

describe('the demo trail', () => {
  it('has the same bytes everywhere', () => {
    const hash = createHash('sha256');
    for (const { key, body, deliveredAt } of objects) hash.update(`${key}\n${body}\n${deliveredAt}\n`);
    expect(hash.digest('hex')).toBe('7e143b6cdcbfa7f003d26d2a483d2d2598e987708828ed57cf1a7da95187c31e');
  });

  it('has exactly one detection: the sweep', () => {
    const regions = [...DEFAULT_REGIONS].sort();
    const sweep = { windowStart: DEMO_START + 24 * 60, actor: user('ci-deploy'), regions, calls: 17 };
    expect(answer.detections).toEqual([sweep]);
    const found = tumblingDetections(calls, DEFAULT_PARAMETERS);
    expect(found).toEqual([expect.objectContaining({ actor: sweep.actor, start: sweep.windowStart })]);
  });

  it('counts what is in it', () => {
    const ids = new Set(matched.map(({ eventID }) => eventID));
    expect(answer.totals).toEqual({
      objects: objects.length,
      records: records.length,
      matchedCalls: records.filter(({ eventID }) => ids.has(eventID)).length,
      distinctRecords: distinct.length,
    });
    expect(matched.filter(({ userIdentity }) => userIdentity.type === 'AWSService')).toHaveLength(17);
  });

  it('has exactly two sweeps for sliding windows', () => {
    const actors = [...new Set(calls.map(({ actor }) => actor))].filter((actor) => {
      const own = calls.filter((call) => call.actor === actor).sort((a, b) => a.second - b.second);
      return denseIntervals(own, { ...DEFAULT_PARAMETERS, windowing: 'sliding' }).length > 0;
    });
    expect(actors.sort()).toEqual([user('ci-deploy'), user('frank')]);
  });

  it.each([
    '\\"ec2:DescribeInstances\\"',
    'command/ec2.describe-instances',
    '"attributeValue":"DescribeInstances"',
    '"eventName":"DescribeInstanceStatus"',
    '"eventSource":"opsworks.amazonaws.com","eventName":"DescribeInstances"',
    '\\u003d',
  ])('names the call where it does not count: %s', (text) => {
    expect(objects.some(({ body }) => body.includes(text))).toBe(true);
  });
});
