import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { DEFAULT_REGIONS } from '../../bin/synthetic-trail/deliveries';
import { Random } from '../../bin/synthetic-trail/random';
import { type ExpectedDetection, generateTrail } from '../../bin/synthetic-trail/trail';
import { document, iso, REGIONS, type RecordSpec, record, T0 } from '../support/records';

/** An object as it lies in the bucket. */
export interface StoredObject {
  readonly key: string;
  readonly body: Uint8Array;
}

/** A trail and what is to be found in it. */
export interface KnownTrail {
  readonly objects: readonly StoredObject[];
  readonly detections: readonly Pick<ExpectedDetection, 'windowStart' | 'actor' | 'calls'>[];
  /** regions of each detection */
  readonly regions: number;
}

const REAL = join(__dirname, '../../../shared/trails');

const REAL_ACCOUNT = '111122223333';

/** Whether recorded console sessions are at hand. */
export const hasConsoleTrail = existsSync(join(REAL, 'console'));

/** Files without the call, of which this share is delivered: test/cli/real-trails reads all. */
const ONE_IN = 5;

/** Recorded console sessions, in their own account or moved to another one. */
export function consoleTrail(account = REAL_ACCOUNT): KnownTrail {
  const move = (text: string) => text.replaceAll(REAL_ACCOUNT, account);
  const folder = join(REAL, 'console');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.gz'));
  const objects = files.sort().flatMap((path, index): StoredObject[] => {
    const body = readFileSync(join(folder, path));
    const text = gunzipSync(body).toString();
    if (!text.includes('"DescribeInstances"') && index % ONE_IN > 0) return [];
    return [{ key: move(path), body: account === REAL_ACCOUNT ? body : gzipSync(move(text)) }];
  });
  const { tumbling } = JSON.parse(readFileSync(`${folder}-expected.json`, 'utf8')) as {
    readonly tumbling: readonly { readonly window: string; readonly actor: string; readonly calls: number }[];
  };
  const detections = tumbling.map(({ window, actor, calls }) => ({
    windowStart: Date.parse(window) / 1000,
    actor: move(actor),
    calls,
  }));
  return { objects, detections, regions: 17 };
}

/** A quarter of an hour of one account, with three sweeps of 17 regions in it, and one of nine. */
export function generatedTrail(account: string, seed: string): KnownTrail {
  const common = { account, regions: DEFAULT_REGIONS, pace: 0.5 };
  const trail = generateTrail(
    {
      start: T0,
      seconds: 900,
      accounts: [account],
      regions: DEFAULT_REGIONS,
      recordsPerMinute: 60,
      identitiesPerAccount: 8,
      describeInstancesShare: 0.02,
      sweeps: [
        { ...common, actor: 'iam-user', name: 'ci-deploy', tool: 'boto3', start: T0 + 185, deniedShare: 0.3 },
        { ...common, actor: 'assumed-role', name: 'build', tool: 'prowler', start: T0 + 190 },
        { ...common, actor: 'iam-user', name: 'ci-deploy', tool: 'boto3', start: T0 + 605 },
        { ...common, actor: 'iam-user', name: 'erin', tool: 'aws-cli', regions: 9, start: T0 + 425 },
      ],
    },
    seed,
  );
  // Keys with what URL encoding changes.
  const objects = [...trail.objects].map(({ key, body }) => ({
    key: `audit trail (1)/${key}`,
    body: gzipSync(body),
  }));
  return { objects, detections: trail.answer().detections, regions: DEFAULT_REGIONS.length };
}

export interface SweepOptions extends RecordSpec {
  readonly account: string;
  readonly actor: string;
  /** how many, and how many to leave out before them */
  readonly regions: number;
  readonly skip?: number;
}

/** One identity in some regions within a window, each region's call in an object of its own. */
export function sweepObjects({ account, actor, regions, skip = 0, ...spec }: SweepOptions): StoredObject[] {
  const identity = { type: 'IAMUser', arn: actor, accountId: account, principalId: 'AIDAEXAMPLE' };
  return REGIONS.slice(skip, skip + regions).map((region, index) => {
    const call = record({ at: T0 + skip + index, identity, region, ...spec });
    // What comes before the call keeps it out of an object that is cut in its middle.
    const others = Array.from({ length: 40 }, (_, at) =>
      record({
        identity,
        region,
        id: Random.seeded(account, region, at).hex(64),
        fields: { eventName: 'DescribeVolumes' },
      }),
    );
    return { key: keyOf(account, region, actor), body: gzipSync(document([...others, call])) };
  });
}

/** An ARN of the account that no other scenario uses. */
export function userOf(account: string, name = 'mallory'): string {
  return `arn:aws:iam::${account}:user/${name}`;
}

export function keyOf(account: string, region: string, label: string, kind = 'CloudTrail'): string {
  const day = iso(T0).slice(0, 10);
  const unique = Random.seeded(account, region, label, kind).alphanumeric(16);
  const name = `${account}_${kind}_${region}_${day.replaceAll('-', '')}T0405Z_${unique}.json.gz`;
  return `AWSLogs/${account}/${kind}/${region}/${day.replaceAll('-', '/')}/${name}`;
}
