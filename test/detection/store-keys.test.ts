import fc from 'fast-check';
import { bucketKey, bucketOf, bucketSeconds, partitionOf } from '../../lambda/detection/store-keys';
import { holds } from '../support/properties';
import { ACCOUNT, MALLORY, T0 } from '../support/records';
import { ruleWith } from '../support/windows';

describe('a partition', () => {
  it.each([
    [MALLORY, ACCOUNT],
    [`arn:aws:sts::${ACCOUNT}:assumed-role/r/s`, ACCOUNT],
    ['arn:aws-us-gov:iam::444455556666:root', '444455556666'],
    ['AIDAEXAMPLE', expect.stringMatching(/^-[0-9a-f]{2}$/)],
    ['__proto__', expect.stringMatching(/^-[0-9a-f]{2}$/)],
    ['arn:aws:iam::12345:user/x', expect.stringMatching(/^-[0-9a-f]{2}$/)],
    [`x arn:aws:iam::${ACCOUNT}:user/x`, expect.stringMatching(/^-[0-9a-f]{2}$/)],
  ])('of %s is its account, or a byte of its hash', (actor, partition) => {
    expect(partitionOf(actor, ruleWith())).toEqual(partition);
  });

  it('is spread over as many shards as asked for, each actor in one', () => {
    const rule = ruleWith({ partitions: 4 });
    const actors = Array.from({ length: 200 }, (_, index) => `${MALLORY}-${index}`);
    const shards = new Set(actors.map((actor) => partitionOf(actor, rule)));
    expect([...shards].sort()).toEqual([0, 1, 2, 3].map((shard) => `${ACCOUNT}.${shard}`));
    expect(actors.map((actor) => partitionOf(actor, rule))).toEqual(actors.map((actor) => partitionOf(actor, rule)));
  });
});

describe('a bucket', () => {
  it.each([
    [30, 300],
    [1, 300],
    [7, 301],
    [299, 598],
    [300, 300],
    [301, 301],
    [86_400, 86_400],
  ])('of windows of %i s is %i s long', (windowSeconds, seconds) => {
    expect(bucketSeconds(ruleWith({ windowSeconds }))).toBe(seconds);
  });

  it('holds every window whole', async () => {
    const seconds = fc.integer({ min: 0, max: 4_000_000_000 });
    const property = fc.property(fc.integer({ min: 1, max: 1000 }), seconds, (windowSeconds, second) => {
      const rule = ruleWith({ windowSeconds });
      const start = second - (second % windowSeconds);
      const bucket = bucketOf(MALLORY, start, rule);
      expect(bucketOf(MALLORY, start + windowSeconds - 1, rule)).toEqual(bucket);
      expect(bucket.start % bucketSeconds(rule)).toBe(0);
      expect(start - bucket.start).toBeGreaterThanOrEqual(0);
      expect(start - bucket.start).toBeLessThan(bucketSeconds(rule));
    });
    await holds(1000, property);
  });
});

describe('the key of a bucket', () => {
  const key = (parameters: Parameters<typeof ruleWith>[0] = {}) =>
    bucketKey({ partition: ACCOUNT, start: T0 }, ruleWith(parameters));

  it('names rule, partition and time', () => {
    expect(key()).toMatch(new RegExp(`^ec2-multi-region-describe-instances/.+/${ACCOUNT}/${T0}$`));
  });

  it('differs if tallies would be read differently', () => {
    const keys = [{}, { groupBy: 'issuer' }, { windowSeconds: 60 }, { minCalls: 11 }, { minCalls: 12 }] as const;
    expect(new Set(keys.map(key)).size).toBe(keys.length);
  });

  it('is the same where only what makes a detection differs', () => {
    expect(key({ windowing: 'sliding' })).toBe(key());
    expect(key({ minRegions: 12, minCalls: 12 })).toBe(key());
    expect(key({ minCalls: 3 })).toBe(key());
  });
});
