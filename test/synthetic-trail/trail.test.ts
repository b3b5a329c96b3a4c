import { gzipSync } from 'node:zlib';
import { corpusTrail } from '../../bench/corpus/corpus-trail';
import { DEMO_START } from '../../bin/synthetic-trail/demo';
import { generateTrail } from '../../bin/synthetic-trail/trail';
import { ConfigurationError } from '../../lambda/errors';
import { drain, expectBetween, quantile, recordsOf } from './read-trail';

const SPEC = corpusTrail(8, DEMO_START);

const { objects, answer } = drain(SPEC, 1);

const records = objects.map(recordsOf);

const secondOf = ({ eventTime }: { readonly eventTime: string }) => Date.parse(eventTime) / 1000;

const KEY =
  /^AWSLogs\/o-exampleorg\/(\d{12})\/CloudTrail\/([a-z]{2}-[a-z]+-\d)\/(\d{4})\/(\d\d)\/(\d\d)\/\1_CloudTrail_\2_\3\4\5T\d\d[0-5][05]Z_[A-Za-z0-9]{16}\.json\.gz$/;

describe('a generated trail', () => {
  it('has mostly records of 1.2 to 1.6 KB', () => {
    const sizes = records.flat().map((record) => JSON.stringify(record).length);
    expectBetween(quantile(sizes, 0.5), 1200, 1600);
    expect(quantile(sizes, 0.99)).toBeLessThan(2400);
  });

  it('has mostly 9 to 20 records an object, and some large objects', () => {
    const counts = records.map(({ length }) => length);
    expectBetween(quantile(counts, 0.5), 9, 20);
    expect(quantile(counts, 1)).toBeGreaterThan(100);
    expect(quantile(counts, 0)).toBeGreaterThan(0);
  });

  it('has 0.2 to 3 % of DescribeInstances', () => {
    expectBetween(answer.totals.matchedCalls / answer.totals.records, 0.002, 0.03);
  });

  it('has about the requested size', () => {
    expectBetween(objects.reduce((sum, { body }) => sum + body.length, 0) / 1e6, 7, 9.25);
  });

  // Real ones: 5.9 and 6.7 times at ten records, 9.2 and 10.8 times at 55.
  it.each([
    [10, 5, 6.2],
    [55, 8, 9.2],
  ])('compresses %d records as well as real trails or hardly less', (count, low, high) => {
    const all = records.flat();
    let [raw, stored] = [0, 0];
    for (let from = 0; from + count <= all.length; from += count) {
      const text = JSON.stringify({ Records: all.slice(from, from + count) });
      raw += text.length;
      stored += gzipSync(text).length;
    }
    expectBetween(raw / stored, low, high);
  });

  it('has one record version per service, and few resources', () => {
    const inRegion = records.flat().filter(({ awsRegion }) => awsRegion === 'us-east-1');
    const versions = new Map(inRegion.map(({ eventSource, eventVersion }) => [eventSource, eventVersion]));
    for (const one of inRegion) expect(one.eventVersion).toBe(versions.get(one.eventSource));
    const keys = new Set(inRegion.flatMap((one) => JSON.stringify(one).match(/arn:aws:kms:[^"]+/g) ?? []));
    expect(keys.size).toBeLessThanOrEqual(8 * SPEC.accounts.length);
  });

  it('has unique, well-formed object keys', () => {
    for (const { key } of objects) expect(key).toMatch(KEY);
    expect(new Set(objects.map(({ key }) => key)).size).toBe(objects.length);
  });

  it('has one line an object, and fields in the order of AWS', () => {
    for (const { body } of objects) {
      expect(body).toMatch(/^\{"Records":\[\{"eventVersion":"1\.\d\d","userIdentity":\{/);
      expect(body).not.toContain('\n');
    }
    expect(Object.keys(records[0]![0]!).slice(0, 8)).toEqual(
      'eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent'.split(' '),
    );
  });
});

describe('deliveries', () => {
  it('repeat records in other objects, about as often as requested', () => {
    for (const inObject of records) expect(new Set(inObject.map(({ eventID }) => eventID)).size).toBe(inObject.length);
    const distinct = new Set(records.flat().map(({ eventID }) => eventID)).size;
    expect(distinct).toBe(answer.totals.distinctRecords);
    expectBetween((answer.totals.records - distinct) / distinct, 0.2, 0.35);
  });

  it('land 26 to 608 s after the call, half of them within about 195 s, in order', () => {
    const lags = objects.flatMap(({ deliveredAt }, index) =>
      records[index]!.map((record) => deliveredAt - secondOf(record)),
    );
    expect(quantile(lags, 0)).toBeGreaterThanOrEqual(26);
    expect(quantile(lags, 1)).toBeLessThanOrEqual(608);
    expectBetween(quantile(lags, 0.5), 180, 210);
    const landings = objects.map(({ deliveredAt }) => deliveredAt);
    expect(landings).toEqual([...landings].sort((left, right) => left - right));
  });

  it('are out of order in 27 to 60 % of objects, by up to 246 s', () => {
    const disorders = records.map((inObject) => {
      const seconds = inObject.map(secondOf);
      return Math.max(...seconds.map((second, index) => Math.max(...seconds.slice(0, index + 1)) - second));
    });
    expectBetween(disorders.filter((disorder) => disorder > 0).length / objects.length, 0.27, 0.6);
    expect(quantile(disorders, 1)).toBeLessThanOrEqual(246);
  });

  it('hold one account and region each; few keys name another region', () => {
    const stray = objects.filter(({ key }, index) => {
      const [, account, region] = KEY.exec(key)!;
      const sites = new Set(records[index]!.map((one) => `${one.recipientAccountId} ${one.awsRegion}`));
      expect(sites.size).toBe(1);
      expect([...sites][0]).toContain(account);
      return ![...sites][0]!.endsWith(region!);
    });
    expect(stray.length / objects.length).toBeLessThan(0.01);
  });
});

describe('generateTrail', () => {
  it('generates the same from the same seed, and another trail from another', () => {
    const small = corpusTrail(10, DEMO_START);
    const first = drain(small, 7);
    expect(drain(small, 7)).toEqual(first);
    expect(drain(small, 8).objects[0]).not.toEqual(first.objects[0]);
  });

  it('generates objects as they are taken, and has the answer after the last', () => {
    const trail = generateTrail(corpusTrail(5_000, DEMO_START), 1);
    const [first] = trail.objects;
    expect(first!.body).toContain('"Records"');
    expect(() => trail.answer()).toThrow(RangeError);
  });

  it('has the sweeps of users, roles, federated users and root in its answer', () => {
    const { detections } = drain({ ...corpusTrail(1_000, DEMO_START), recordsPerMinute: 0 }, 1).answer;
    for (const kind of [':user/', ':assumed-role/', ':federated-user/', ':root']) {
      expect(detections).toContainEqual(expect.objectContaining({ actor: expect.stringContaining(kind) }));
    }
  });

  it('refuses a sweep outside of its time', () => {
    const sweeps = [{ ...SPEC.sweeps[0]!, start: SPEC.start + SPEC.seconds }];
    expect(() => generateTrail({ ...SPEC, sweeps }, 1)).toThrow(ConfigurationError);
  });
});
