import { gzipSync } from 'node:zlib';
import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS } from '../../lambda/ports';
import { ENVIRONMENT } from '../../lambda/settings';
import { document, REGIONS, record } from '../support/records';
import { startEmulatedWorld } from './emulated-world';
import { s3Event } from './notices';
import { keyOf, sweepObjects, userOf } from './trails';
import type { World } from './world';

/** Texts that stand in records and messages, and must not stand in the log. */
const CANARY = 'canary-4f1d9c';

const TOKEN = 'FwoGZXIvYXdzEXAMPLETOKEN';

const SECRETS = {
  requestParameters: { filterSet: { items: [{ name: CANARY }] } },
  responseElements: { credentials: { sessionToken: TOKEN } },
  errorMessage: CANARY,
};

type Line = Readonly<Record<string, unknown>>;

interface Metrics {
  readonly CloudWatchMetrics: readonly {
    readonly Namespace: string;
    readonly Dimensions: readonly (readonly string[])[];
    readonly Metrics: readonly { readonly Name: string }[];
  }[];
}

let world: World;

let lines: readonly string[];

let parsed: readonly Line[];

/** One of everything that is logged or counted. */
beforeAll(async () => {
  // With a rate limit of two an account may have one alert published; the next is held.
  world = await startEmulatedWorld({ [ENVIRONMENT.capAlerts]: '2' });
  const { bucket } = world.places;
  const account = world.newAccount();
  const [one, two] = ['mallory', 'trudy'].map((name) =>
    sweepObjects({ account, actor: userOf(account, name), regions: 10, fields: SECRETS }),
  );
  const odd = (label: string, records: readonly unknown[]) => ({
    key: keyOf(account, REGIONS[20]!, label),
    body: gzipSync(document(records)),
  });
  const service = odd('service', [record({ identity: { type: 'AWSService', invokedBy: CANARY }, fields: SECRETS })]);
  const fault = odd('fault', [record({ fields: { ...SECRETS, eventTime: 'never' } })]);
  const damaged = { key: keyOf(account, REGIONS[20]!, 'damaged'), body: one![0]!.body.subarray(0, 300) };
  const uploads = [...one!.slice(1), ...two!, service, fault, damaged];
  await world.upload([...uploads, one![0]!]);
  const gone = keyOf(account, REGIONS[20]!, 'gone');
  const digest = keyOf(account, REGIONS[20]!, 'digest', 'CloudTrail-Digest');
  await world.send([
    s3Event(
      bucket,
      one!.map(({ key }) => key),
    ),
    ...[...uploads.map(({ key }) => key), gone, digest].map((key) => s3Event(bucket, [key])),
    JSON.stringify({ detail: { canary: CANARY, sessionToken: TOKEN } }),
    `plain text, ${CANARY}`,
  ]);
  await world.settled();
  lines = world.runtime.log!();
  parsed = lines.map((line) => JSON.parse(line) as Line);
});

afterAll(() => world.close());

it('is lines of JSON, each with the function and the detector', () => {
  const logged = parsed.filter((line) => line._aws === undefined);
  expect(logged.length).toBeGreaterThan(20);
  for (const line of logged) {
    expect(line).toMatchObject({
      level: expect.stringMatching(/^(INFO|WARN|ERROR)$/),
      message: expect.any(String),
      timestamp: expect.any(String),
      service: 'regionsweep',
      [METRIC_DIMENSION]: 'regionsweep',
    });
  }
});

it.each([
  'object read',
  'object skipped',
  'object gone',
  'record skipped',
  'message failed',
  'published',
  'throttled by the rate limit',
])('says: %s', (message) => {
  expect(parsed.filter((line) => line.message === message)).not.toEqual([]);
});

it('carries no whole event, nothing of its parameters, and no session token', () => {
  for (const secret of [CANARY, TOKEN, 'requestParameters', 'userIdentity']) {
    expect(lines.filter((line) => line.includes(secret))).toEqual([]);
  }
});

it('has the metrics by their names, in the embedded metric format', () => {
  const sums: Record<string, number> = {};
  for (const line of parsed) {
    for (const directive of (line._aws as Metrics | undefined)?.CloudWatchMetrics ?? []) {
      expect(directive).toMatchObject({ Namespace: METRIC_NAMESPACE, Dimensions: [[METRIC_DIMENSION]] });
      for (const { Name } of directive.Metrics) {
        const values = [line[Name]].flat().map(Number);
        sums[Name] = (sums[Name] ?? 0) + values.reduce((sum, value) => sum + value, 0);
      }
    }
  }
  expect(Object.values(METRICS)).toEqual(expect.arrayContaining(Object.keys(sums)));
  expect(sums).toMatchObject({
    [METRICS.alerts]: 1,
    [METRICS.alertsHeldBack]: 1,
    [METRICS.objectsFailed]: 1,
    [METRICS.objectsSkipped]: 1,
    [METRICS.objectsGone]: 1,
    [METRICS.unattributed]: 1,
  });
  const { objectsRead, recordsRead, matchedCalls, deliveryLag, detectionLag } = METRICS;
  for (const name of [objectsRead, recordsRead, matchedCalls, deliveryLag, detectionLag]) {
    expect(sums[name]).toBeGreaterThan(0);
  }
});
