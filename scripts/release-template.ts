/**
 * CloudFormation templates of the same constructs for those who do not use the CDK: they need no bootstrap, and take the
 * function's zip from a bucket of the user's.
 */

import {
  type App,
  Aws,
  BootstraplessSynthesizer,
  CfnCondition,
  CfnParameter,
  type CfnParameterProps,
  CfnResource,
  Duration,
  Fn,
  type IStackSynthesizer,
  Stack,
} from 'aws-cdk-lib';
import type { CfnAlarm, CfnDashboard } from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { ENVIRONMENT, variableText } from '../lambda/settings';
import { termsOf } from '../lambda/util/schema';
import { chatStatement } from '../lib/alert-topic';
import { RegionSweep } from '../lib/regionsweep';
import { addOutputs } from '../lib/regionsweep-stack';
import { type Settings, type SourceKind, settingSchemas } from '../lib/settings';
import { Subscribers } from '../lib/subscribers';
import { bucketEvents, bucketNotifications, topicNotices } from '../lib/trail-source/existing-bucket';
import { newTrail } from '../lib/trail-source/new-trail';
import type { TrailSource } from '../lib/trail-source/source';
import { settingReference } from './generate';

/** What each template is for, in its description. */
export const SOURCES: Readonly<Record<SourceKind, string>> = {
  'new-trail': 'a new trail with a bucket of its own',
  bucket: 'an existing bucket, by S3 notification',
  eventbridge: 'an existing bucket that sends its events to EventBridge',
  topic: 'an existing bucket whose new objects a topic carries',
};

/** Settings that the function takes from its environment, by group. */
const VARIABLES = {
  rule: Object.keys(settingSchemas.rule),
  alerts: Object.keys(settingSchemas.alerts),
  pipeline: ['inflateLimitBytes', 'fetchConcurrency'],
} as const;

/** A detector whose settings are parameters. */
export class ReleaseStack extends Stack {
  constructor(app: App, source: SourceKind) {
    super(app, `regionsweep-${source}`, {
      description: `regionsweep for ${SOURCES[source]}: alerts on one identity calling EC2 DescribeInstances in many regions at once`,
      synthesizer: new BootstraplessSynthesizer() as IStackSynthesizer,
    });
    const code = this.code();
    const detector = this.setting('operations', 'detector');
    const sweep = new RegionSweep(this, 'RegionSweep', { detector, source: this.trail(source), code });
    for (const [group, names] of Object.entries(VARIABLES)) {
      for (const name of names) {
        const variable = ENVIRONMENT[name as keyof typeof ENVIRONMENT];
        sweep.function.function.addEnvironment(variable, this.setting(group as keyof typeof VARIABLES, name));
      }
    }
    this.resources(sweep);
    this.batches(sweep);
    this.exceptions(sweep);
    if (source !== 'new-trail') this.trailKey(sweep);
    this.subscribers(sweep);
    this.slack(sweep);
    this.alarmTopic(sweep);
    addOutputs(this, sweep);
  }

  private code(): lambda.Code {
    const bucket = this.text('CodeBucket', {
      description: 'A bucket in this region that holds the zip of the function.',
    });
    const key = this.text('CodeKey', { description: 'Object key of the zip. New code needs a new key.' });
    return lambda.Code.fromBucketV2(s3.Bucket.fromBucketName(this, 'Code', bucket), key);
  }

  private trail(kind: SourceKind): TrailSource {
    if (kind === 'new-trail') return newTrail({ expireAfter: Duration.days(365) });
    const bucketName = this.setting('source', 'trailBucket', { default: undefined });
    const trail = {
      bucket: s3.Bucket.fromBucketName(this, 'WatchedBucket', bucketName),
      prefix: this.text('LogPrefix', {
        description: 'What all keys of log objects start with, such as o-a1b2c3d4e5/AWSLogs/o-a1b2c3d4e5/.',
        default: 'AWSLogs/',
        allowedPattern: "^([A-Za-z0-9!_.'()-]+/)*AWSLogs/(o-[a-z0-9]{10,32}/)?$",
      }),
    };
    if (kind === 'bucket') return bucketNotifications(trail);
    if (kind === 'eventbridge') return bucketEvents(trail);
    const topicArn = this.setting('source', 'trailTopicArn', { default: undefined });
    return topicNotices({ ...trail, topic: sns.Topic.fromTopicArn(this, 'Notices', topicArn) });
  }

  private resources({ function: detector, dashboard }: RegionSweep): void {
    const fn = detector.function.node.defaultChild as lambda.CfnFunction;
    fn.addPropertyOverride('MemorySize', this.setting('pipeline', 'memoryMiB'));
    fn.addPropertyOverride('Architectures', [this.setting('pipeline', 'architecture')]);
    const logLevel = { default: 'INFO', allowedValues: ['DEBUG', 'INFO', 'WARN', 'ERROR'] };
    fn.addPropertyOverride('LoggingConfig.ApplicationLogLevel', this.setting('pipeline', 'logLevel', logLevel));
    const group = detector.logGroup.node.defaultChild as logs.CfnLogGroup;
    group.addPropertyOverride('RetentionInDays', this.setting('pipeline', 'logRetentionDays'));
    // Tags of a dashboard are new: not every tool that reads a template knows them.
    (dashboard.dashboard.node.defaultChild as CfnDashboard).addPropertyDeletionOverride('Tags');
  }

  private batches({ function: detector, pipeline }: RegionSweep): void {
    const mapping = detector.node.findChild('FromQueue').node.defaultChild as lambda.CfnEventSourceMapping;
    mapping.addPropertyOverride('BatchSize', this.setting('pipeline', 'batchSize'));
    const batchingWindow = this.setting('pipeline', 'batchingWindowSeconds', { minValue: 1 });
    mapping.addPropertyOverride('MaximumBatchingWindowInSeconds', batchingWindow);
    const maxConcurrency = this.text('MaxConcurrency', {
      ...{ type: 'Number', default: 10, minValue: 2, maxValue: 1000, description: DESCRIPTIONS.get('maxConcurrency')! },
    });
    mapping.addPropertyOverride('ScalingConfig.MaximumConcurrency', maxConcurrency);
    // A template cannot add: six times the time limit, and the longest batching window.
    (pipeline.queue.node.defaultChild as sqs.CfnQueue).addPropertyOverride('VisibilityTimeout', 6 * 60 + 60);
  }

  private exceptions({ function: detector }: RegionSweep): void {
    const document = this.text('Exceptions', {
      description: 'Exceptions, as {"exceptions": [ ... ]}; docs/tuning.md has their form.',
      default: '',
    });
    detector.function.addEnvironment(ENVIRONMENT.exceptions, document);
    const parameter = this.setting('exceptions', 'exceptionsParameter');
    detector.function.addEnvironment(ENVIRONMENT.exceptionsParameter, parameter);
    // The ARN of a name that begins with a slash has that once; a circumflex, which no name has, marks the start.
    const without = (text: string, from: string) => Fn.join('', Fn.split(text, from));
    const resourceName = without('^', without('^/', Fn.join('', ['^', parameter])));
    const resource = this.formatArn({ service: 'ssm', resource: 'parameter', resourceName });
    this.allow('ReadExceptions', parameter, detector.role, 'ssm:GetParameter', resource);
  }

  private trailKey({ function: { role } }: RegionSweep): void {
    const keyArn = this.setting('source', 'trailKeyArn');
    this.allow('TrailKey', keyArn, role, 'kms:Decrypt', keyArn);
  }

  private subscribers({ alerts }: RegionSweep): void {
    const { topicArn } = alerts.topic;
    const address = this.text('AlertEmail', {
      description: 'An e-mail address that gets alerts. It must confirm its subscription.',
      default: '',
    });
    const email = new sns.CfnSubscription(this, 'Email', { topicArn, protocol: 'email', endpoint: address });
    email.cfnOptions.condition = this.given('Email', address);
    email.filterPolicy = this.verdicts('emailVerdicts');
    const queueArn = this.text('SubscriberQueueArn', {
      description: 'An SQS queue that gets alerts as JSON. Its policy must let the topic send.',
      default: '',
    });
    const raw = { protocol: 'sqs', endpoint: queueArn, rawMessageDelivery: true };
    new sns.CfnSubscription(this, 'Queue', { topicArn, ...raw }).cfnOptions.condition = this.given('Queue', queueArn);
  }

  /** The filter policy by the verdicts that a parameter names. */
  private verdicts(setting: string): unknown {
    const lists = ['suspicious', 'suspicious,unclear'];
    const id = `${setting[0]!.toUpperCase()}${setting.slice(1)}`;
    const description = DESCRIPTIONS.get(setting)!;
    const verdicts = this.text(id, { description, default: '', allowedValues: ['', ...lists] });
    return lists.reduce<unknown>((otherwise, list, at) => {
      const expression = Fn.conditionEquals(verdicts, list);
      const { logicalId } = new CfnCondition(this, `${id}${at}`, { expression });
      return Fn.conditionIf(logicalId, { verdict: [...list.split(','), { exists: false }] }, otherwise);
    }, Aws.NO_VALUE);
  }

  /** A channel, with its role and the use of the topic's key, where both its parameters are given. */
  private slack({ alerts, detector }: RegionSweep): void {
    const workspaceId = this.setting('subscribers', 'slackWorkspaceId');
    const channelId = this.setting('subscribers', 'slackChannelId');
    const isGiven = this.given('Slack', workspaceId, channelId);
    const channel = new Subscribers(this, 'Slack', {
      ...{ topic: alerts.topic, subscribers: [], carriesAlarms: false, slack: { workspaceId, channelId } },
      slackConfigurationName: `regionsweep-${detector}-${this.region}`,
    });
    const filterPolicy = this.verdicts('slackVerdicts');
    for (const child of channel.node.findAll()) {
      if (CfnResource.isCfnResource(child)) child.cfnOptions.condition = isGiven;
      if (child instanceof sns.CfnSubscription) child.filterPolicy = filterPolicy;
    }
    const key = alerts.key.node.defaultChild as kms.CfnKey;
    const { Statement } = this.resolve(key.keyPolicy) as { readonly Statement: readonly unknown[] };
    const statement = Fn.conditionIf(isGiven.logicalId, chatStatement(this).toStatementJson(), Aws.NO_VALUE);
    key.addPropertyOverride(`KeyPolicy.Statement.${Statement.length}`, statement);
  }

  private alarmTopic({ alarms, alerts }: RegionSweep): void {
    const topicArn = this.setting('operations', 'alarmTopicArn');
    const target = Fn.conditionIf(this.given('AlarmTopic', topicArn).logicalId, topicArn, alerts.topic.topicArn);
    for (const alarm of alarms.all.map(({ node }) => node.defaultChild as CfnAlarm)) {
      if (alarm.alarmActions !== undefined) alarm.addPropertyOverride('AlarmActions', [target]);
      if (alarm.okActions !== undefined) alarm.addPropertyOverride('OKActions', [target]);
    }
  }

  /** A policy that is there only where the parameter is given. */
  private allow(id: string, parameter: string, role: iam.IRole, action: string, resource: string): void {
    const statements = [new iam.PolicyStatement({ actions: [action], resources: [resource] })];
    const policy = new iam.Policy(this, id, { statements, roles: [role] });
    (policy.node.defaultChild as iam.CfnPolicy).cfnOptions.condition = this.given(id, parameter);
  }

  /** Whether all of the parameters are given. */
  private given(id: string, ...parameters: readonly string[]): CfnCondition {
    const are = parameters.map((parameter) => Fn.conditionNot(Fn.conditionEquals(parameter, '')));
    return new CfnCondition(this, `Has${id}`, { expression: are.length === 1 ? are[0]! : Fn.conditionAnd(...are) });
  }

  private text(id: string, props: CfnParameterProps): string {
    return new CfnParameter(this, id, { type: 'String', ...props }).valueAsString;
  }

  /** A parameter for a setting, as its schema and its docstring have it. */
  private setting<Group extends keyof Settings>(group: Group, name: string, props: CfnParameterProps = {}): string {
    const { allowed, default: fallback, limits = {} } = termsOf(settingSchemas[group][name as keyof Settings[Group]]);
    const { values, range, pattern } = limits;
    const isNumber = typeof fallback === 'number';
    const isRequired = Object.hasOwn(props, 'default');
    const orNone = (source: string) => (fallback === undefined && !isRequired ? `^$|${source}` : source);
    const digits = !isNumber && range !== undefined ? '^$|^\\d+$' : undefined;
    const allowedPattern = pattern === undefined ? digits : orNone(pattern);
    return this.text(`${name[0]!.toUpperCase()}${name.slice(1)}`, {
      type: isNumber ? 'Number' : 'String',
      default: variableText(fallback),
      description: `${DESCRIPTIONS.get(name)}`,
      ...(values === undefined ? {} : { allowedValues: [...values] }),
      ...(isNumber && range !== undefined ? { minValue: range[0], maxValue: range[1] } : {}),
      // What a range and a list of values demand, CloudFormation says itself.
      ...(allowedPattern === undefined ? {} : { allowedPattern, constraintDescription: `It must be ${allowed}.` }),
      ...props,
    });
  }
}

/** The docstrings of the settings, in ASCII. */
const DESCRIPTIONS = new Map(
  settingReference().flatMap(([, settings]) =>
    settings.map(([name, { description }]) => [name, description.replaceAll('’', "'").replaceAll('`', '')] as const),
  ),
);
