import { basename } from 'node:path';
import { Annotations, Duration, Stack, Tags, Token } from 'aws-cdk-lib';
import { type Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { Construct } from 'constructs';
import { ConfigurationError } from '../lambda/errors';
import { METRICS } from '../lambda/ports';
import { type AlertSettings, environmentOf, type RuleSettings } from '../lambda/settings';
import { AlertTopic, backupTopic } from './alert-topic';
import { DetectorFunction } from './detector-function';
import { checkEnvironment, deployedExceptions, type ExceptionProps, grantReadParameter } from './exceptions';
import { Alarms, Dashboard, detectorMetric } from './monitoring';
import { PipelineQueue } from './pipeline-queue';
import { type PipelineSettings, readDetectorSettings } from './settings';
import { StateTable, TestBucket } from './storage';
import type { Subscriber } from './subscriber-settings';
import { emailsForAlarms, type SlackChannel, Subscribers } from './subscribers';
import { bucketNotifications } from './trail-source/existing-bucket';
import { newTrail } from './trail-source/new-trail';
import { type BoundTrail, grantReadTrail, type TrailBucket, type TrailSource } from './trail-source/source';

/** The rule's parameters. */
export interface RuleProps extends Partial<RuleSettings> {}

/** How alerts are sent. */
export interface AlertProps extends Partial<AlertSettings> {}

/** Queue and function. */
export interface PipelineProps extends Partial<PipelineSettings> {}

/** Everything has a default. */
export interface RegionSweepProps {
  /**
   * Name of the detector in its metrics. Detectors in one account and region need different names.
   * @default 'regionsweep'
   */
  readonly detector?: string;
  /**
   * An existing trail's bucket, imported or of the same stack, that sends S3 notifications: short for
   * `source: bucketNotifications({ bucket })`. For a bucket of another stack of the app use
   * `source: bucketEvents({ bucket })` or `topicNotices`.
   * @default a new trail, unless `source` is given
   */
  readonly trailBucket?: TrailBucket;
  /**
   * Where objects come from. Not together with `trailBucket`.
   * @default a new trail, unless `trailBucket` is given
   */
  readonly source?: TrailSource;
  /**
   * The rule's parameters.
   * @default Elastic's rule: 10 regions within 30 seconds
   */
  readonly rule?: RuleProps;
  /**
   * Known calls that are not counted.
   * @default none
   */
  readonly exceptions?: ExceptionProps | undefined;
  /**
   * How alerts are sent.
   * @default 100 alerts in 5 minutes, follow-ups after 15 minutes
   */
  readonly alerts?: AlertProps;
  /**
   * Queue and function.
   * @default 512 MiB on arm64 for 60 seconds, batches of 50, 10 invocations at a time
   */
  readonly pipeline?: PipelineProps;
  /**
   * The function's code, such as a release's zip in a bucket.
   * @default that of this package
   */
  readonly code?: Code | undefined;
  /**
   * Who gets alerts.
   * @default none; `alerts.topic` takes further subscriptions
   */
  readonly subscribers?: readonly Subscriber[];
  /**
   * A Slack channel that gets alerts.
   * @default no channel
   */
  readonly slack?: SlackChannel | undefined;
  /**
   * Where alarms go; `alarms.addAlarmAction` adds other actions.
   * @default the alert topic; failed deliveries are reported to its e-mail addresses by a second topic as well
   */
  readonly alarmTopic?: sns.ITopic | undefined;
  /**
   * Time without a read object until an alarm: a multiple of 5 minutes, at most a day. Zero for no alarm.
   * @default an hour
   */
  readonly silence?: Duration;
}

/**
 * Watches a trail for one identity that calls EC2 `DescribeInstances` in many regions within seconds, and publishes alerts
 * to an SNS topic.
 * @throws ConfigurationError that names each value out of range and each wrong combination
 */
export class RegionSweep extends Construct {
  /** name of the detector in its metrics */
  readonly detector: string;
  /** the watched part of the bucket */
  readonly trail: BoundTrail;
  /** the queue of objects to read, with its dead letters */
  readonly pipeline: PipelineQueue;
  /** reads the objects; its `role` is what policies of other accounts must allow */
  readonly function: DetectorFunction;
  /** tallies and alerts */
  readonly store: StateTable;
  /** where alerts are published: add subscriptions to its `topic` */
  readonly alerts: AlertTopic;
  /** for simulated trails */
  readonly testBucket: TestBucket;
  /** alarms on faults that would go unnoticed */
  readonly alarms: Alarms;
  /** lag, volume, alerts and cost on one page */
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: RegionSweepProps = {}) {
    super(scope, id);
    const settings = readDetectorSettings({
      ...props.rule,
      ...props.alerts,
      ...props.pipeline,
      detector: Token.isUnresolved(props.detector) ? undefined : props.detector,
      silenceMinutes: props.silence?.toMinutes(),
      exceptionsParameter: props.exceptions?.parameterName,
    });
    const { document, notices } = deployedExceptions(props.exceptions?.entries ?? [], Date.now() / 1000);
    for (const notice of notices) {
      Annotations.of(this).addWarningV2('regionsweep:exception-expired', notice);
    }
    if (props.code !== undefined && settings.pipeline.asnDatabase.length > 0) {
      throw new ConfigurationError('asnDatabase: is copied into the code of this package; leave out code, or this');
    }
    const source = sourceOf(props);
    this.detector = props.detector ?? settings.operations.detector;
    refuseSameName(this);
    Tags.of(this).add('regionsweep:detector', this.detector);
    this.alerts = new AlertTopic(this, 'Alerts', { displayName: this.detector });
    // Part of the table's logical id: changing it would replace the table.
    this.store = new StateTable(this, 'Ledger');
    this.testBucket = new TestBucket(this, 'TestBucket');
    this.pipeline = new PipelineQueue(this, 'Pipeline', settings.pipeline);
    this.trail = source.bind(new Construct(this, 'Source'), this.pipeline);
    const environment = environmentOf({
      ...settings.rule,
      ...settings.alerts,
      ...settings.pipeline,
      asnDatabase: settings.pipeline.asnDatabase.map((path) => basename(path)),
      ...settings.exceptions,
      exceptions: document,
      detector: this.detector,
      tableName: this.store.table.tableName,
      topicArn: this.alerts.topic.topicArn,
      queueUrl: this.pipeline.queue.queueUrl,
      trailBucketName: this.trail.bucket.bucketName,
      trailKeyPrefix: this.trail.prefix,
      trailBucketOwner: this.trail.owner,
    });
    checkEnvironment(environment, document);
    this.function = new DetectorFunction(this, 'Detector', {
      settings: settings.pipeline,
      queue: this.pipeline,
      code: props.code,
      environment,
    });
    const { role } = this.function;
    grantReadTrail(this.trail, role);
    this.testBucket.grantRead(role);
    this.store.grantDetect(role);
    this.alerts.grantPublish(role);
    grantReadParameter(settings.exceptions.exceptionsParameter, role);
    const watched = {
      detector: this.detector,
      queue: this.pipeline,
      function: this.function.function,
      table: this.store.table,
      alertTopic: this.alerts.topic,
    };
    checkPartition(this, settings.rule.minRegions, props.slack);
    if (props.slack !== undefined) this.alerts.grantChat();
    const { subscribers = [], slack } = props;
    const slackConfigurationName = `regionsweep-${this.detector}-${Stack.of(this).region}`;
    const carriesAlarms = props.alarmTopic === undefined;
    const { topic } = this.alerts;
    new Subscribers(this, 'Subscribers', { topic, subscribers, slack, carriesAlarms, slackConfigurationName });
    this.alarms = new Alarms(this, 'Alarms', {
      ...watched,
      alarmTopic: props.alarmTopic ?? topic,
      backupTopic: carriesAlarms ? this.backupTopic(subscribers) : undefined,
      silence: Duration.minutes(settings.operations.silenceMinutes),
    });
    this.dashboard = new Dashboard(this, 'Dashboard', watched);
    for (const [at, note] of this.trail.notes.entries()) {
      Annotations.of(this).addWarningV2(`regionsweep:source-${at}`, note);
    }
  }

  private backupTopic(all: readonly Subscriber[]): sns.ITopic | undefined {
    const subscribers = emailsForAlarms(all);
    if (subscribers.length === 0) return undefined;
    const topic = backupTopic(new Construct(this, 'Backup'), { displayName: this.detector });
    new Subscribers(this, 'BackupSubscribers', { topic, subscribers, carriesAlarms: false });
    return topic;
  }

  /** Alerts published; by default their sum over five minutes, like all counts here. */
  metricAlerts(options?: MetricOptions): Metric {
    return detectorMetric(this.detector, METRICS.alerts, options);
  }

  /** Alerts above the limit, which were stored and not sent. */
  metricAlertsHeldBack(options?: MetricOptions): Metric {
    return detectorMetric(this.detector, METRICS.alertsHeldBack, options);
  }

  /** Objects of the live trail that were read. */
  metricObjectsRead(options?: MetricOptions): Metric {
    return detectorMetric(this.detector, METRICS.objectsRead, options);
  }

  /** Attempts at objects that failed. */
  metricObjectsFailed(options?: MetricOptions): Metric {
    return detectorMetric(this.detector, METRICS.objectsFailed, options);
  }

  /** Calls that the rule counts. */
  metricMatchedCalls(options?: MetricOptions): Metric {
    return detectorMetric(this.detector, METRICS.matchedCalls, options);
  }

  /** Seconds from an object's newest record to its reading; by default the median over five minutes. */
  metricDeliveryLag(options?: MetricOptions): Metric {
    return detectorMetric(this.detector, METRICS.deliveryLag, { statistic: Stats.percentile(50), ...options });
  }

  /** Seconds from the deciding call to its alert; by default the longest within five minutes. */
  metricDetectionLag(options?: MetricOptions): Metric {
    return detectorMetric(this.detector, METRICS.detectionLag, { statistic: Stats.MAXIMUM, ...options });
  }
}

function sourceOf({ source, trailBucket }: RegionSweepProps): TrailSource {
  if (source !== undefined && trailBucket !== undefined) {
    throw new ConfigurationError(
      'trailBucket: short for the source bucketNotifications({ bucket }); give that or another source, not both',
    );
  }
  if (source !== undefined) return source;
  return trailBucket === undefined ? newTrail() : bucketNotifications({ bucket: trailBucket });
}

/** Some partitions have few regions, or no chat client. Only a stack with a region knows its partition. */
function checkPartition(sweep: RegionSweep, minRegions: number, slack: SlackChannel | undefined): void {
  const { region } = Stack.of(sweep);
  const partition = Token.isUnresolved(region) ? undefined : RegionInfo.get(region).partition;
  if (partition === undefined) return;
  if (partition === 'aws-cn' && slack !== undefined) {
    throw new ConfigurationError(
      'slack: Amazon Q Developer in chat applications, which posts to Slack, is not in China; leave it out, and subscribe otherwise',
    );
  }
  const regions = RegionInfo.regions.filter((info) => info.partition === partition).length;
  if (regions >= minRegions) return;
  Annotations.of(sweep).addWarningV2(
    'regionsweep:few-regions',
    `minRegions is ${minRegions}, and the partition ${partition} has ${regions === 1 ? 'one region' : `${regions} regions`}: unless the trail is of another partition, nothing is ever detected. Lower minRegions.`,
  );
}

/** Two detectors of one name would share metrics, and one would hide the silence of the other. */
function refuseSameName(sweep: RegionSweep): void {
  const { environment } = Stack.of(sweep);
  const isSame = (one: unknown): one is RegionSweep =>
    one instanceof RegionSweep &&
    one !== sweep &&
    one.detector === sweep.detector &&
    Stack.of(one).environment === environment;
  const other = sweep.node.root.node.findAll().find(isSame);
  if (other === undefined) return;
  throw new ConfigurationError(
    `detector is ${JSON.stringify(sweep.detector)}, as of ${other.node.path}; detectors of one account and region need different names, since their metrics go by them. If the stacks are for different accounts or regions, give them an env`,
  );
}
