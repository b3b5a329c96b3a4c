import { gzipSync } from 'node:zlib';
import { corpusTrail } from '../../bench/corpus/corpus-trail';
import { DEMO_START } from '../../bin/synthetic-trail/demo';
import { generateTrail } from '../../bin/synthetic-trail/trail';
import { ConfigurationError } from '../../lambda/errors';
import { drain, quantile, recordsOf } from './read-trail';

const SPEC = corpusTrail(40, DEMO_START);

const { objects, answer } = drain(SPEC, 1);

const records = objects.map((object) => recordsOf([object]));

const KEY =
  /^AWSLogs\/o-exampleorg\/(\d{12})\/CloudTrail\/([a-z]{2}-[a-z]+-\d)\/(\d{4})\/(\d\d)\/(\d\d)\/\1_CloudTrail_\2_\3\4\5T\d\d[0-5][05]Z_[A-Za-z0-9]{16}\.json\.gz$/;

describe('a trail’s shape', () => {
  it('has records of 1.2 to 1.6 KB, mostly', () => {
    const sizes = records.flat().map((record) => JSON.stringify(record).length);
    expect(quantile(sizes, 0.5)).toBeGreaterThan(1200);
    expect(quantile(sizes, 0.5)).toBeLessThan(1600);
    expect(quantile(sizes, 0.99)).toBeLessThan(2400);
  });

  it('has 9 to 20 records an object, mostly, and much larger ones', () => {
    const counts = records.map(({ length }) => length);
    expect(quantile(counts, 0.5)).toBeGreaterThanOrEqual(9);
    expect(quantile(counts, 0.5)).toBeLessThanOrEqual(20);
    expect(quantile(counts, 1)).toBeGreaterThan(100);
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });

  it('has 0.2 to 3 % of DescribeInstances', () => {
    const share = answer.totals.matchedCalls / answer.totals.records;
    expect(share).toBeGreaterThan(0.002);
    expect(share).toBeLessThan(0.03);
  });

  it('comes to about the size asked for', () => {
    const megabytes = objects.reduce((sum, { body }) => sum + body.length, 0) / 1e6;
    expect(megabytes).toBeGreaterThan(35);
    expect(megabytes).toBeLessThan(46);
  });

  // Real ones: 5.9 and 6.7 times at ten records, 9.2 and 10.8 times at 55.
  it.each([
    [10, 5, 6.2],
    [55, 8, 9.2],
  ])('has %d records compressed as well as in real trails or hardly less', (count, low, high) => {
    const all = records.flat();
    let [raw, stored] = [0, 0];
    for (let from = 0; from + count <= all.length; from += count) {
      const text = JSON.stringify({ Records: all.slice(from, from + count) });
      raw += text.length;
      stored += gzipSync(text).length;
    }
    expect(raw / stored).toBeGreaterThan(low);
    expect(raw / stored).toBeLessThan(high);
  });

  it('writes each service’s records in one version, and asks for few things', () => {
    const inRegion = records.flat().filter(({ awsRegion }) => awsRegion === 'us-east-1');
    const versions = new Map(inRegion.map(({ eventSource, eventVersion }) => [eventSource, eventVersion]));
    for (const one of inRegion) expect(one.eventVersion).toBe(versions.get(one.eventSource));
    const keys = new Set(inRegion.flatMap((one) => JSON.stringify(one).match(/arn:aws:kms:[^"]+/g) ?? []));
    expect(keys.size).toBeLessThanOrEqual(8 * SPEC.accounts.length);
  });

  it('writes well-formed keys, none twice', () => {
    for (const { key } of objects) expect(key).toMatch(KEY);
    expect(new Set(objects.map(({ key }) => key)).size).toBe(objects.length);
  });

  it('writes one line an object, keys in the order of AWS', () => {
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
  it('repeat a record in another object only, about as often as asked', () => {
    const seen = new Set<string>();
    let repeated = 0;
    for (const inObject of records) {
      const ids = inObject.map(({ eventID }) => eventID);
      expect(new Set(ids).size).toBe(ids.length);
      repeated += ids.filter((id) => seen.has(id)).length;
      for (const id of ids) seen.add(id);
    }
    expect(seen.size).toBe(answer.totals.distinctRecords);
    expect(repeated / seen.size).toBeGreaterThan(0.2);
    expect(repeated / seen.size).toBeLessThan(0.35);
  });

  it('come 26 to 608 s after the call, half of them within 195 s or so, in order of landing', () => {
    const lags = objects.flatMap(({ deliveredAt }, index) =>
      records[index]!.map(({ eventTime }) => deliveredAt - Date.parse(eventTime) / 1000),
    );
    expect(Math.min(...lags)).toBeGreaterThanOrEqual(26);
    expect(quantile(lags, 1)).toBeLessThanOrEqual(608);
    expect(Math.abs(quantile(lags, 0.5) - 195)).toBeLessThan(15);
    const landings = objects.map(({ deliveredAt }) => deliveredAt);
    expect(landings).toEqual([...landings].sort((left, right) => left - right));
  });

  it('are out of order in 27 to 60 % of objects, by 246 s at most', () => {
    const disorders = records.map((inObject) => {
      const seconds = inObject.map(({ eventTime }) => Date.parse(eventTime) / 1000);
      return Math.max(...seconds.map((second, index) => Math.max(...seconds.slice(0, index + 1)) - second));
    });
    const share = disorders.filter((disorder) => disorder > 0).length / objects.length;
    expect(share).toBeGreaterThan(0.27);
    expect(share).toBeLessThan(0.6);
    expect(quantile(disorders, 1)).toBeLessThanOrEqual(246);
  });

  it('hold one account and region each, but for keys gone astray', () => {
    const astray = objects.filter(({ key }, index) => {
      const [, account, region] = KEY.exec(key)!;
      const sites = new Set(records[index]!.map((one) => `${one.recipientAccountId} ${one.awsRegion}`));
      expect(sites.size).toBe(1);
      expect([...sites][0]).toContain(account);
      return ![...sites][0]!.endsWith(region!);
    });
    expect(astray.length / objects.length).toBeLessThan(0.01);
  });
});

describe('generateTrail', () => {
  it('makes the same of the same seed and something else of another', () => {
    const small = corpusTrail(10, DEMO_START);
    const first = drain(small, 7);
    expect(drain(small, 7)).toEqual(first);
    expect(drain(small, 8).objects[0]).not.toEqual(first.objects[0]);
  });

  it('makes objects only as they are taken, and tells the answer after the last', () => {
    const trail = generateTrail(corpusTrail(5_000, DEMO_START), 1);
    const [first] = trail.objects;
    expect(first!.body).toContain('"Records"');
    expect(() => trail.answer()).toThrow(RangeError);
  });

  it('keeps every identity kind’s sweep in the answer', () => {
    const sweepsAlone = { ...corpusTrail(1_000, DEMO_START), recordsPerMinute: 0 };
    const detections = drain(sweepsAlone, 1).answer.detections.map(({ actor }) => actor);
    const kinds = [':user/', ':assumed-role/', ':federated-user/', ':root'];
    for (const kind of kinds) expect(detections.some((actor) => actor.includes(kind))).toBe(true);
  });

  it('refuses a sweep outside of its time', () => {
    const sweeps = [{ ...SPEC.sweeps[0]!, start: SPEC.start + SPEC.seconds }];
    expect(() => generateTrail({ ...SPEC, sweeps }, 1)).toThrow(ConfigurationError);
  });
});
