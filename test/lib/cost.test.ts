import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { DEFAULT_WORKLOAD, estimate, stateUse, type Workload } from '../../bin/cost/model';
import { COMPARED_MEANS, COMPARED_WORKLOAD, WAYS } from '../../scripts/cost-comparison';
import { LIMITS, loadOf, objectsThatFill } from '../../scripts/growth';
import { REAL_TRAILS } from '../support/cli';

it('the README says what the calculator says', () => {
  const readme = readFileSync(join(__dirname, '../../README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\| ([\d,]+) \| ([\d,]+) \| ([\d,.]+) \| ([\d,.]+) \|$/gm)].map((row) =>
    row.slice(1).map((cell) => Number(cell.replaceAll(',', ''))),
  );
  expect(rows.length).toBeGreaterThan(2);
  for (const [accounts, objects, standing, byObject] of rows) {
    const month = estimate({ ...DEFAULT_WORKLOAD, accounts: accounts! });
    expect([objects, standing]).toEqual([month.objects, Number(month.standing.usd.toFixed(2))]);
    expect(byObject).toBe(Number(month.reading.usd.toFixed(2)));
  }
});

describe('the model', () => {
  it('reads a bucket once if one batch brings all of it', () => {
    const load = { actors: 5, buckets: 1, objectsPerBucket: 17 };
    expect(stateUse({ ...load, objectsPerEvaluation: 17 }).queries).toBeCloseTo(1 / 17, 12);
    expect(stateUse({ ...load, objectsPerEvaluation: 99 })).toEqual(stateUse({ ...load, objectsPerEvaluation: 17 }));
  });

  it('charges more for fuller buckets, and less for fuller batches', () => {
    const units = (objectsPerBucket: number, objectsPerEvaluation: number) =>
      stateUse({ actors: 50, buckets: 1, objectsPerBucket, objectsPerEvaluation }).readUnits;
    expect(units(100, 1)).toBeGreaterThan(units(17, 1));
    expect(units(100, 10)).toBeLessThan(units(100, 1) / 5);
  });

  it('doubles with the accounts once batches are full', () => {
    const at = (accounts: number) => estimate({ ...DEFAULT_WORKLOAD, accounts, batch: 50 }).reading.usd;
    expect(at(2_000)).toBeCloseTo(2 * at(1_000), 6);
  });

  it.each<[string, Partial<Workload>]>([
    ['more actors', { actors: 20 }],
    ['more matched calls', { matchedShare: 0.9 }],
    ['notifications by EventBridge', { source: 'eventbridge' }],
    ['notifications by a topic', { source: 'sns' }],
    ['a KMS request for each object', { kms: true }],
    ['an x86 processor', { architecture: 'x86_64' }],
    ['more processor time', { cpuMicros: 5_000 }],
    ['larger objects', { rawBytes: 50_000_000 }],
    ['more memory than a core', { memoryMiB: 4_096 }],
    ['smaller batches', { batch: 1 }],
  ])('%s cost more', (_, more) => {
    const base = { ...DEFAULT_WORKLOAD, accounts: 1_000 };
    expect(estimate({ ...base, ...more }).reading.usd).toBeGreaterThan(estimate(base).reading.usd);
  });

  it.each([1, 100, 10_000])('is below counters and Athena at %i accounts', (accounts) => {
    const [own, ...others] = Object.values(WAYS).map((usdOf) => usdOf({ ...COMPARED_WORKLOAD, accounts }));
    expect(others).toHaveLength(3);
    for (const other of others) expect(own).toBeLessThan(other);
  });

  it('adds up', () => {
    const month = estimate({ ...DEFAULT_WORKLOAD, accounts: 100 });
    for (const { lines, usd } of [month.reading, month.alerts, month.standing]) {
      expect(lines.reduce((sum, line) => sum + (line.quantity / line.price.per) * line.price.usd, 0)).toBeCloseTo(
        usd,
        9,
      );
    }
    expect(month.usd).toBe(month.reading.usd + month.alerts.usd + month.standing.usd);
  });

  it('fills a partition sooner with more actors, later with batches', () => {
    expect(objectsThatFill(200, 1)).toBeLessThan(objectsThatFill(1, 1));
    expect(objectsThatFill(1, 10)).toBeGreaterThan(objectsThatFill(1, 1));
    expect(loadOf({ ...DEFAULT_WORKLOAD, accounts: 10_000 }).invocationsAtATime).toBeLessThan(LIMITS.maxConcurrency);
  });
});

const trails = existsSync(REAL_TRAILS) ? it : it.skip;

if (!existsSync(REAL_TRAILS)) process.stderr.write('skipped: no real trails to compare the defaults with\n');

trails('the defaults are the means of the real trails', () => {
  const means = meansOf(REAL_TRAILS);
  for (const [name, mean] of Object.entries(means)) {
    const standard = { ...DEFAULT_WORKLOAD, ...COMPARED_MEANS }[name as keyof typeof means];
    expect([name, Math.abs(standard / mean - 1) < 0.05]).toEqual([name, true]);
  }
});

interface TrailRecordJson {
  readonly eventTime: string;
  readonly eventSource: string;
  readonly eventName: string;
  readonly userIdentity?: { readonly arn?: string; readonly principalId?: string };
}

/** Counted here without the code that detects. */
function meansOf(folder: string) {
  const totals = { objects: 0, stored: 0, raw: 0, notification: 0, actors: 0, windows: 0, buckets: 0 };
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !/_CloudTrail_.*\.json(\.gz)?$/.test(entry.name)) continue;
    const file = readFileSync(join(entry.parentPath, entry.name));
    const raw = entry.name.endsWith('.gz') ? gunzipSync(file) : file;
    const { Records } = JSON.parse(raw.toString()) as { Records: readonly TrailRecordJson[] };
    totals.objects += 1;
    totals.stored += entry.name.endsWith('.gz') ? file.length : gzipSync(file).length;
    totals.raw += raw.length;
    const calls = Records.filter(
      ({ eventSource, eventName }) => eventSource === 'ec2.amazonaws.com' && eventName === 'DescribeInstances',
    ).flatMap(({ userIdentity, eventTime }) => {
      const actor = userIdentity?.arn ?? userIdentity?.principalId;
      return actor === undefined ? [] : [{ actor, second: Date.parse(eventTime) / 1000 }];
    });
    const distinct = (seconds: number) =>
      new Set(calls.map(({ actor, second }) => `${actor} ${Math.floor(second / seconds)}`)).size;
    if (calls.length === 0) continue;
    totals.notification += 1;
    totals.actors += new Set(calls.map(({ actor }) => actor)).size;
    totals.windows += distinct(30);
    totals.buckets += distinct(300);
  }
  const { objects, notification } = totals;
  return {
    matchedShare: notification / objects,
    actors: totals.actors / notification,
    windows: totals.windows / totals.actors,
    buckets: totals.buckets / notification,
    objectBytes: totals.stored / objects,
    rawBytes: totals.raw / objects,
  };
}
