import { Annotations, Duration, Names, Stack, Tags } from 'aws-cdk-lib';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { ConfigurationError } from '../lambda/errors';
import { type AlertSettings, environmentOf, type RuleSettings } from '../lambda/settings';
import { AlertTopic } from './alert-topic';
import { DetectorFunction } from './detector-function';
import { checkEnvironment, deployedExceptions, type ExceptionProps, grantReadParameter } from './exceptions';
import { Alarms, Dashboard } from './monitoring';
import { PipelineQueue } from './pipeline-queue';
import { type PipelineSettings, readDetectorSettings } from './settings';
import { StateTable, TestBucket } from './storage';
import { type SlackChannel, type Subscriber, Subscribers } from './subscribers';
import { bucketNotifications } from './trail-source/existing-bucket';
import { newTrail } from './trail-source/new-trail';
import { type BoundTrail, grantReadTrail, type TrailBucket, type TrailSource } from './trail-source/source';

/** The rule's parameters. */
export interface RuleProps extends Partial<RuleSettings> {}

/** How alerts are sent. */
export interface AlertProps extends Partial<AlertSettings> {}

/** Queue and function. */
export interface PipelineProps extends Partial<PipelineSettings> {}

export interface RegionSweepProps {
  /**
   * Name of the detector in its metrics. Detectors in one account and region need different ones; two of one app with the
   * same name are refused.
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
   * Not together with `trailBucket`.
   * @default a new trail, unless `trailBucket` is given
   */
  readonly source?: TrailSource;
  /** @default the rule of origin: 10 regions within 30 seconds */
  readonly rule?: RuleProps;
  /**
   * Known calls that are not counted.
   * @default none
   */
  readonly exceptions?: ExceptionProps | undefined;
  /** @default 100 alerts in 5 minutes, follow-ups after 15 minutes */
  readonly alerts?: AlertProps;
  /** @default 1 GiB on arm64 for 60 seconds, batches of 50, 10 invocations at a time */
  readonly pipeline?: PipelineProps;
  /** @default none; `topic` takes further subscriptions */
  readonly subscribers?: readonly Subscriber[];
  /** @default no channel */
  readonly slack?: SlackChannel | undefined;
  /** @default alarms go to the alert topic */
  readonly alarmTopic?: sns.ITopic | undefined;
  /**
   * Time without any object read until an alarm: a multiple of 5 minutes, at most a day. Zero is no alarm.
   * @default an hour
   */
  readonly silence?: Duration;
}

/**
 * Watches a trail for one identity that calls EC2 `DescribeInstances` in many regions within seconds, and publishes alerts
 * to an SNS topic.
 * @throws ConfigurationError for values out of range or that do not go together, naming each
 */
export class RegionSweep extends Construct {
  readonly detector: string;
  readonly trail: BoundTrail;
  readonly pipeline: PipelineQueue;
  readonly function: DetectorFunction;
  readonly store: StateTable;
  readonly alerts: AlertTopic;
  readonly testBucket: TestBucket;
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: RegionSweepProps = {}) {
    super(scope, id);
    const settings = readDetectorSettings({
      ...props.rule,
      ...props.alerts,
      ...props.pipeline,
      detector: props.detector,
      silenceMinutes: props.silence?.toMinutes(),
      exceptionsParameter: props.exceptions?.parameterName,
    });
    const { document, notices } = deployedExceptions(props.exceptions?.entries ?? [], Date.now() / 1000);
    for (const notice of notices) {
      Annotations.of(this).addWarningV2('regionsweep:exception-expired', notice);
    }
    const source = sourceOf(props);
    this.detector = settings.operations.detector;
    refuseSameName(this);
    Tags.of(this).add('regionsweep:detector', this.detector);
    this.alerts = new AlertTopic(this, 'Alerts', { displayName: this.detector });
    this.store = new StateTable(this, 'Ledger');
    this.testBucket = new TestBucket(this, 'TestBucket');
    this.pipeline = new PipelineQueue(this, 'Pipeline', settings.pipeline);
    this.trail = source.bind(new Construct(this, 'Source'), this.pipeline);
    const environment = environmentOf({
      ...settings.rule,
      ...settings.alerts,
      ...settings.pipeline,
      ...settings.exceptions,
      exceptions: document,
      detector: this.detector,
      tableName: this.store.table.tableName,
      topicArn: this.alerts.topic.topicArn,
      queueUrl: this.pipeline.queue.queueUrl,
    });
    checkEnvironment(environment, document);
    this.function = new DetectorFunction(this, 'Detector', {
      settings: settings.pipeline,
      queue: this.pipeline,
      environment,
    });
    const { role } = this.function;
    grantReadTrail(this.trail, role);
    this.testBucket.grantRead(role);
    this.store.grantDetect(role);
    this.alerts.grantPublish(role);
    grantReadParameter(settings.exceptions.exceptionsParameter, role);
    this.dashboard = this.watch(props, Duration.minutes(settings.operations.silenceMinutes));
    for (const [at, note] of this.trail.notes.entries()) {
      Annotations.of(this).addWarningV2(`regionsweep:source-${at}`, note);
    }
  }

  private watch(props: RegionSweepProps, silence: Duration): Dashboard {
    const watched = {
      detector: this.detector,
      queue: this.pipeline,
      function: this.function.function,
      table: this.store.table,
      alertTopic: this.alerts.topic,
    };
    new Subscribers(this, 'Subscribers', {
      topic: this.alerts.topic,
      subscribers: props.subscribers ?? [],
      slack: props.slack,
      carriesAlarms: props.alarmTopic === undefined,
      slackConfigurationName: Names.uniqueResourceName(this, { maxLength: 100 }),
    });
    new Alarms(this, 'Alarms', { ...watched, alarmTopic: props.alarmTopic ?? this.alerts.topic, silence });
    return new Dashboard(this, 'Dashboard', watched);
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

/** Two detectors of one name would share their metrics, and the objects of one hide the silence of the other. */
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
