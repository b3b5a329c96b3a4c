/** Reads the facts with independent requests, so that a denied one does not affect the others. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  cloudFormationClient,
  livePropertiesOf,
  type StackResource,
  stackOutputs,
  stackResources,
} from '../../lambda/adapters/aws/cloudformation';
import {
  cloudTrailClient,
  describeTrails,
  eventSelectors,
  type Trail,
  trailStatus,
} from '../../lambda/adapters/aws/cloudtrail';
import { alarmsInAlarm, cloudWatchClient, recentObjects } from '../../lambda/adapters/aws/cloudwatch';
import {
  type Caller,
  callerIdentity,
  countMessages,
  iamClient,
  isAllowed,
  keyState,
  kmsClient,
  listSubscriptions,
} from '../../lambda/adapters/aws/lookups';
import { bucketNotifications, bucketRegion, S3Listing, s3Client } from '../../lambda/adapters/aws/s3';
import { type ClientSettings, type Environment, isDenied } from '../../lambda/adapters/aws/sdk';
import { snsClient } from '../../lambda/adapters/aws/sns';
import { sqsClient } from '../../lambda/adapters/aws/sqs';
import { RegionsweepError, reasonOf, StackError } from '../../lambda/errors';
import { ENVIRONMENT } from '../../lambda/settings';
import { valueAt } from '../../lambda/util/values';
import { unlessInterrupted } from '../cli/interruption';
import { functionOf, variablesOf } from '../inputs/deployed-stack';
import { RECENT_SECONDS, type Reading, type StackFacts, type StackSource, type TrailFacts } from './model';
import { watchedPrefix } from './trail-checks';

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

export class FactReader {
  /** actions denied to this identity */
  readonly denied = new Set<Action>();

  constructor(
    private readonly client: ClientSettings,
    private readonly env: Environment,
    private readonly now: number,
    private readonly interrupted: AbortSignal,
  ) {}

  /** @throws LookupError without usable credentials */
  caller(): Promise<Caller> {
    return unlessInterrupted(() => callerIdentity(this.client), this.interrupted);
  }

  /** @param name name or ARN of one trail; by default every trail */
  async trails(caller: Caller, name?: string): Promise<Reading<TrailFacts[]>> {
    const client = cloudTrailClient(this.client);
    const found = await this.read('cloudtrail:DescribeTrails', () => describeTrails(client));
    if ('unread' in found) return found;
    const chosen = found.value.filter((trail) => name === undefined || trail.name === name || trail.arn === name);
    return { value: await Promise.all(chosen.map((trail) => this.trailFacts(trail, caller))) };
  }

  private async trailFacts(trail: Trail, caller: Caller): Promise<TrailFacts> {
    const home = cloudTrailClient({ ...this.client, region: trail.homeRegion });
    const s3 = s3Client(this.client, this.env);
    const { keyArn } = trail;
    const kms = kmsClient({ ...this.client, region: keyArn?.split(':')[3] ?? caller.region });
    const root = watchedPrefix(trail);
    const [status, selectors, region, notifications, organizations, key] = await Promise.all([
      this.read('cloudtrail:GetTrailStatus', () => trailStatus(home, trail.arn)),
      this.read('cloudtrail:GetEventSelectors', () => eventSelectors(home, trail.arn)),
      this.read('s3:ListBucket', () => bucketRegion(s3, trail.bucket)),
      this.read('s3:GetBucketNotification', () => bucketNotifications(s3, trail.bucket, caller.account)),
      this.read('s3:ListBucket', () => new S3Listing(s3).folders(trail.bucket, root, MAX_FOLDERS)),
      keyArn === undefined ? undefined : this.read('kms:DescribeKey', () => keyState(kms, keyArn)),
    ]);
    return {
      ...{ trail, caller, now: this.now, status, selectors, notifications, bucketRegion: region, keyState: key },
      organizations: mapped(organizations, (folders) => folders.filter((folder) => /^o-[a-z0-9]{10,32}$/.test(folder))),
    };
  }

  /** @throws StackError where there is no such stack, or it is none of regionsweep */
  async stack(stackName: string, caller: Caller): Promise<StackFacts> {
    const { client, env, now } = this;
    const cloudFormation = cloudFormationClient(client);
    const outputs = await unlessInterrupted(() => stackOutputs(cloudFormation, stackName), this.interrupted);
    const output = (name: string) => {
      const value = outputs.get(name);
      if (value !== undefined) return value;
      throw new StackError(`stack ${stackName} has no output ${name}: is it a regionsweep stack of this version?`);
    };
    const [bucket, prefix, role] = [output('TrailBucketName'), output('TrailPrefix'), output('FunctionRoleArn')];
    const resources = await this.read('cloudformation:GetTemplate', () => stackResources(cloudFormation, stackName));
    const source = mapped(resources, sourceOf);
    const [trails, notifications, permissions, subscriptions, deadLetters, alarms, recent, code] = await Promise.all([
      this.trails(caller).then((all) => mapped(all, (facts) => facts.filter(({ trail }) => trail.bucket === bucket))),
      this.read('s3:GetBucketNotification', () => bucketNotifications(s3Client(client, env), bucket, caller.account)),
      this.read('iam:SimulatePrincipalPolicy', () =>
        this.permissions(role, `${bucket}/${prefix}`, outputs.get('TrailKeyArn')),
      ),
      this.subscriptions(output('TopicArn')),
      this.read('sqs:GetQueueAttributes', () => countMessages(sqsClient(client, env), output('DeadLetterQueueUrl'))),
      this.after(resources, 'cloudwatch:DescribeAlarms', (all) => {
        const names = all.filter(({ type }) => type === 'AWS::CloudWatch::Alarm').map(({ physicalId }) => physicalId);
        return alarmsInAlarm(cloudWatchClient(client), names);
      }),
      this.after(resources, 'cloudwatch:GetMetricData', (all) => {
        const detector = String(variablesOf(functionOf(all))[ENVIRONMENT.detector]);
        return recentObjects(cloudWatchClient(client), detector, now, RECENT_SECONDS);
      }),
      'unread' in resources ? resources : codeOf(resources.value),
    ]);
    const announcer = 'value' in source ? source.value : undefined;
    const topic = announcer?.kind === 'topic' ? announcer.topicArn : undefined;
    const rule = announcer?.kind === 'eventbridge' ? announcer.rule : undefined;
    return {
      ...{ stackName, outputs, caller, now, source, trails, notifications, permissions, subscriptions },
      ...{ deadLetters, alarms, recent, code },
      sourceSubscriptions: topic === undefined ? undefined : await this.subscriptions(topic),
      sourceRule:
        rule === undefined
          ? undefined
          : await this.read('cloudformation:DetectStackResourceDrift', () =>
              livePropertiesOf(cloudFormation, stackName, rule),
            ),
    };
  }

  private subscriptions(topicArn: string) {
    const client = snsClient({ ...this.client, region: topicArn.split(':')[3]! });
    return this.read('sns:ListSubscriptionsByTopic', () => listSubscriptions(client, topicArn));
  }

  /** Whether the role may read and decrypt the trail's objects. */
  private async permissions(role: string, place: string, key: string | undefined) {
    const partition = role.split(':')[1];
    const object = `arn:${partition}:s3:::${place}111122223333/CloudTrail/us-east-1/2026/01/01/object.json.gz`;
    const asked = [
      { role, action: 's3:GetObject', resource: object },
      ...(key === undefined ? [] : [{ role, action: 'kms:Decrypt', resource: key }]),
    ];
    const client = iamClient(this.client);
    return Promise.all(asked.map(async (of) => ({ action: of.action, isAllowed: await isAllowed(client, of) })));
  }

  private async after<S, T>(
    reading: Reading<S>,
    action: Action,
    request: (value: S) => Promise<T>,
  ): Promise<Reading<T>> {
    return 'unread' in reading ? reading : this.read(action, () => request(reading.value));
  }

  private async read<T>(action: Action, request: () => Promise<T>): Promise<Reading<T>> {
    try {
      return { value: await unlessInterrupted(request, this.interrupted, 'not checked: Ctrl-C') };
    } catch (error) {
      if (!(error instanceof RegionsweepError)) throw error;
      if (isDenied(error)) this.denied.add(action);
      return { unread: error.message };
    }
  }
}

/** Organizations' folders may sort after those of many accounts. */
const MAX_FOLDERS = 1000;

function mapped<S, T>(reading: Reading<S>, change: (value: S) => T): Reading<T> {
  return 'value' in reading ? { value: change(reading.value) } : reading;
}

function sourceOf(resources: readonly StackResource[]): StackSource {
  const has = (type: string) => resources.some((resource) => resource.type === type);
  if (has('Custom::S3BucketNotifications')) return { kind: 'bucket' };
  // Another stack's topic is a name; the alert topic is a reference.
  const topic = resources.find(({ type, properties }) => {
    return type === 'AWS::SNS::Subscription' && typeof properties.TopicArn === 'string';
  });
  if (topic !== undefined) return { kind: 'topic', topicArn: String(topic.properties.TopicArn) };
  // Another rule wakes the function by the clock.
  const isOfObjects = ({ type, properties }: StackResource) =>
    type === 'AWS::Events::Rule' && properties.EventPattern !== undefined;
  return { kind: 'eventbridge', rule: resources.find(isOfObjects) };
}

/** The function's deployed asset, and that of this version. */
async function codeOf(resources: readonly StackResource[]): Promise<StackFacts['code']> {
  const detector = functionOf(resources);
  const variables = variablesOf(detector);
  const deployed = String(valueAt(detector, 'Code', 'S3Key') ?? '').replace(/\.zip$/, '');
  const [architecture] = (valueAt(detector, 'Architectures') as string[] | undefined) ?? [];
  if (variables[ENVIRONMENT.asnDatabase] !== undefined) {
    return { unread: 'it holds files of asnDatabase, so that it differs from what is bundled here' };
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
    return { value: { deployed, local: functionAsset(settings, outdir) } };
  } catch (error) {
    return { unread: `the function cannot be bundled here to compare: ${reasonOf(error).split('\n')[0]}` };
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}
