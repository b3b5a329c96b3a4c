/** Reads the facts with independent requests, so that a denied one does not affect the others. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  cloudFormationClient,
  livePropertiesOf,
  type StackResource,
  stackResources,
} from '../../lambda/adapters/aws/cloudformation';
import {
  cloudTrailClient,
  describeTrails,
  eventSelectors,
  type Trail,
  trailStatus,
} from '../../lambda/adapters/aws/cloudtrail';
import {
  alarmsInAlarm,
  type Caller,
  callerIdentity,
  cloudWatchClient,
  countMessages,
  iamClient,
  isAllowed,
  keyState,
  kmsClient,
  listSubscriptions,
  recentObjects,
} from '../../lambda/adapters/aws/lookups';
import { bucketNotifications, bucketRegion, S3Listing, s3Client } from '../../lambda/adapters/aws/s3';
import { type ClientSettings, isDenied } from '../../lambda/adapters/aws/sdk';
import { snsClient } from '../../lambda/adapters/aws/sns';
import { sqsClient } from '../../lambda/adapters/aws/sqs';
import { RegionsweepError, reasonOf } from '../../lambda/errors';
import { ENVIRONMENT } from '../../lambda/settings';
import { valueAt } from '../../lambda/util/values';
import { unlessInterrupted } from '../cli/interruption';
import type { Console } from '../cli/io';
import { functionOf, outputsOf, variablesOf } from '../inputs/deployed-stack';
import { RECENT_SECONDS, watchedPrefix } from './model';

/** The permissions of `doctor`, all read-only. */
export const ACTIONS = [
  'cloudformation:DescribeStacks',
  'cloudformation:DetectStackResourceDrift',
  'cloudformation:GetTemplate',
  'cloudformation:ListStackResources',
  'cloudtrail:DescribeTrails',
  'cloudtrail:GetEventSelectors',
  'cloudtrail:GetTrailStatus',
  'cloudwatch:DescribeAlarms',
  'cloudwatch:GetMetricData',
  // CloudFormation asks with the caller's permissions.
  'events:DescribeRule',
  'events:ListTargetsByRule',
  'iam:SimulatePrincipalPolicy',
  'kms:DescribeKey',
  's3:GetBucketNotification',
  's3:ListBucket',
  'sns:ListSubscriptionsByTopic',
  'sqs:GetQueueAttributes',
] as const;

type Action = (typeof ACTIONS)[number];

/** Each fact is a promise, which rejects where its request fails; all have settled when the facts are returned. */
export class FactReader {
  /** actions denied to this identity */
  readonly denied = new Set<Action>();

  constructor(
    private readonly client: ClientSettings,
    private readonly console: Pick<Console, 'env' | 'time' | 'interrupted'>,
  ) {}

  /** @throws ServiceError without usable credentials */
  caller(): Promise<Caller> {
    return unlessInterrupted(() => callerIdentity(this.client), this.console.interrupted);
  }

  /** @param name name or ARN of one trail; by default every trail */
  async trails(caller: Caller, name?: string): Promise<TrailFacts[]> {
    const client = cloudTrailClient(this.client);
    const found = await this.read('cloudtrail:DescribeTrails', () => describeTrails(client));
    const chosen = found.filter((trail) => name === undefined || trail.name === name || trail.arn === name);
    return Promise.all(chosen.map((trail) => this.trailFacts(trail, caller)));
  }

  /** A trail, and what delivers its objects. */
  trailFacts(trail: Trail, caller: Caller) {
    const home = cloudTrailClient({ ...this.client, region: trail.homeRegion });
    const s3 = s3Client(this.client, this.console.env);
    const { bucket, keyArn } = trail;
    const kms = kmsClient({ ...this.client, region: keyArn?.split(':')[3] ?? caller.region });
    const folders = () => new S3Listing(s3).folders(bucket, watchedPrefix(trail), MAX_FOLDERS);
    return settled({
      ...{ trail, caller, now: this.console.time() },
      status: this.read('cloudtrail:GetTrailStatus', () => trailStatus(home, trail.arn)),
      selectors: this.read('cloudtrail:GetEventSelectors', () => eventSelectors(home, trail.arn)),
      bucketRegion: this.read('s3:ListBucket', () => bucketRegion(s3, bucket)),
      notifications: this.notifications(bucket, caller),
      // The folders of organizations in the bucket.
      organizations: this.read('s3:ListBucket', folders).then((all) => all.filter((name) => ORGANIZATION.test(name))),
      keyState: keyArn === undefined ? undefined : this.read('kms:DescribeKey', () => keyState(kms, keyArn)),
    });
  }

  /**
   * A deployed detector. The names of outputs are those of lib/regionsweep-stack.ts.
   * @throws ServiceError where there is no such stack, or it is none of regionsweep
   */
  async stack(stackName: string, caller: Caller) {
    const { client } = this;
    const { env, time, interrupted } = this.console;
    const cloudFormation = cloudFormationClient(client);
    const { outputs, output: required } = await outputsOf(cloudFormation, stackName, interrupted);
    const [bucket, prefix, role] = [required('TrailBucketName'), required('TrailPrefix'), required('FunctionRoleArn')];
    const [topicArn, deadLetterQueueUrl] = [required('TopicArn'), required('DeadLetterQueueUrl')];
    const resources = this.read('cloudformation:GetTemplate', () => stackResources(cloudFormation, stackName));
    const source = resources.then(sourceOf);
    const place = `${bucket}/${prefix}`;
    return settled({
      ...{ stackName, outputs, caller, source, now: time() },
      output: (name: string) => outputs.get(name) ?? '',
      // Those that deliver to the watched bucket, as far as this account sees them.
      trails: this.trails(caller).then((all) => all.filter(({ trail }) => trail.bucket === bucket)),
      notifications: this.notifications(bucket, caller),
      permissions: this.read('iam:SimulatePrincipalPolicy', () =>
        this.permissions(role, place, outputs.get('TrailKeyArn')),
      ),
      subscriptions: this.subscriptions(topicArn),
      deadLetters: this.read('sqs:GetQueueAttributes', () => countMessages(sqsClient(client, env), deadLetterQueueUrl)),
      alarms: resources.then((all) => {
        const names = all.filter(({ type }) => type === 'AWS::CloudWatch::Alarm').map(({ physicalId }) => physicalId);
        return this.read('cloudwatch:DescribeAlarms', () => alarmsInAlarm(cloudWatchClient(client), names));
      }),
      recent: resources.then((all) => {
        const detector = String(variablesOf(functionOf(all))[ENVIRONMENT.detector]);
        const read = () => recentObjects(cloudWatchClient(client), detector, time(), RECENT_SECONDS);
        return this.read('cloudwatch:GetMetricData', read);
      }),
      code: resources.then(codeOf),
      // Of the topic that announces objects, if any.
      sourceSubscriptions: source.then((one) => (one.kind === 'topic' ? this.subscriptions(one.topicArn) : undefined)),
      // Of the rule that sends objects, where there is one; without properties once it was deleted.
      sourceRule: source.then(async (one) => {
        const { rule } = one.kind === 'eventbridge' ? one : {};
        if (rule === undefined) return undefined;
        const read = () => livePropertiesOf(cloudFormation, stackName, rule);
        return { properties: await this.read('cloudformation:DetectStackResourceDrift', read) };
      }),
    });
  }

  private notifications(bucket: string, { account }: Caller) {
    const s3 = s3Client(this.client, this.console.env);
    return this.read('s3:GetBucketNotification', () => bucketNotifications(s3, bucket, account));
  }

  private subscriptions(topicArn: string) {
    const client = snsClient({ ...this.client, region: topicArn.split(':')[3]! });
    return this.read('sns:ListSubscriptionsByTopic', () => listSubscriptions(client, topicArn));
  }

  /** Whether the role may read and decrypt the trail's objects. */
  private permissions(role: string, place: string, key: string | undefined) {
    const partition = role.split(':')[1];
    const object = `arn:${partition}:s3:::${place}111122223333/CloudTrail/us-east-1/2026/01/01/object.json.gz`;
    const asked = [
      { role, action: 's3:GetObject', resource: object },
      ...(key === undefined ? [] : [{ role, action: 'kms:Decrypt', resource: key }]),
    ];
    const client = iamClient(this.client);
    return Promise.all(asked.map(async (of) => ({ action: of.action, isAllowed: await isAllowed(client, of) })));
  }

  private async read<T>(action: Action, request: () => Promise<T>): Promise<T> {
    try {
      return await unlessInterrupted(request, this.console.interrupted, 'not checked: Ctrl-C');
    } catch (error) {
      if (error instanceof RegionsweepError && isDenied(error)) this.denied.add(action);
      throw error;
    }
  }
}

export type TrailFacts = Awaited<ReturnType<FactReader['trailFacts']>>;

export type StackFacts = Awaited<ReturnType<FactReader['stack']>>;

async function settled<F extends object>(facts: F): Promise<F> {
  await Promise.allSettled(Object.values(facts));
  return facts;
}

/** Organizations' folders may sort after those of many accounts. */
const MAX_FOLDERS = 1000;

const ORGANIZATION = /^o-[a-z0-9]{10,32}$/;

/** How the template delivers objects of the watched bucket to the queue. */
function sourceOf(resources: readonly StackResource[]) {
  const has = (type: string) => resources.some((resource) => resource.type === type);
  if (has('Custom::S3BucketNotifications')) return { kind: 'bucket' as const };
  // Another stack's topic is a name; the alert topic is a reference.
  const topic = resources.find(({ type, properties }) => {
    return type === 'AWS::SNS::Subscription' && typeof properties.TopicArn === 'string';
  });
  if (topic !== undefined) return { kind: 'topic' as const, topicArn: String(topic.properties.TopicArn) };
  // Another rule wakes the function by the clock.
  const isOfObjects = ({ type, properties }: StackResource) =>
    type === 'AWS::Events::Rule' && properties.EventPattern !== undefined;
  return { kind: 'eventbridge' as const, rule: resources.find(isOfObjects) };
}

/** The function's deployed asset, and that of this version; or why it is not known. */
async function codeOf(resources: readonly StackResource[]): Promise<string | Record<'deployed' | 'local', string>> {
  const detector = functionOf(resources);
  const variables = variablesOf(detector);
  const deployed = String(valueAt(detector, 'Code', 'S3Key') ?? '').replace(/\.zip$/, '');
  const [architecture] = (valueAt(detector, 'Architectures') as string[] | undefined) ?? [];
  if (variables[ENVIRONMENT.asnDatabase] !== undefined) {
    return 'it holds files of asnDatabase, so that it differs from what is bundled here';
  }
  const settings = {
    asnDatabase: [],
    inflate: variables[ENVIRONMENT.inflate] === 'zlib-sync' ? ('zlib-sync' as const) : ('zlib' as const),
    architecture: architecture === 'x86_64' ? ('x86_64' as const) : ('arm64' as const),
  };
  const outdir = await mkdtemp(join(tmpdir(), 'regionsweep-doctor-'));
  try {
    // The CDK and its bundler exist only in a checkout, or in an app with the construct.
    const { functionAsset } = await import('../../lib/function-bundle.js');
    return { deployed, local: functionAsset(settings, outdir) };
  } catch (error) {
    return `the function cannot be bundled here to compare: ${reasonOf(error).split('\n')[0]}`;
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}
