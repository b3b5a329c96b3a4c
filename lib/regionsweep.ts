import { Annotations, Duration, Names, Stack, Tags } from 'aws-cdk-lib';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { ConfigurationError } from '../lambda/errors';
import { alertFields, environmentOf, type GivenOf, readFields, readingFields, ruleFields } from '../lambda/settings';
import { AlertTopic } from './alert-topic';
import { DetectorFunction } from './detector-function';
import {
  checkEnvironment,
  deployedDocument,
  type ExceptionProps,
  expiredEntries,
  grantReadParameter,
} from './exceptions';
import { Alarms, Dashboard } from './monitoring';
import { PipelineQueue } from './pipeline-queue';
import { checkPipeline, exceptionFields, operationFields, pipelineFields } from './settings';
import { StateTable, TestBucket } from './storage';
import { type SlackChannel, type Subscriber, Subscribers } from './subscribers';
import { type BoundTrail, bucketNotifications, newTrail, type TrailBucket, type TrailSource } from './trail-source';
import { grantReadTrail } from './trail-source/source';

const namingFields = {
  detector: operationFields.detector,
  silenceMinutes: operationFields.silenceMinutes,
  exceptionsParameter: exceptionFields.exceptionsParameter,
};

const tuningFields = { ...pipelineFields, ...readingFields };

/** The rule's parameters; docs/configuration.md has each with its range and default. */
export type RuleProps = GivenOf<typeof ruleFields>;

/** How alerts are told: `severityText`, `capAlerts`, `capSeconds`, `followUpMinutes`, `suppressMinutes`, `chatAsDefault`. */
export type AlertProps = GivenOf<typeof alertFields>;

/** Queue and function: memory, time, batches, concurrency, logs, inflate engine. */
export type PipelineProps = GivenOf<typeof tuningFields>;

export interface RegionSweepProps {
  /**
   * Name of the detector in its metrics; several in one account and region need different ones, and those of one app
   * are refused otherwise.
   * @default 'regionsweep'
   */
  readonly detector?: string;
  /**
   * An existing trail's bucket, imported or of the same stack, which tells by S3 notification: short for
   * `source: bucketNotifications({ bucket })`. A bucket that another stack of the app makes takes
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
   * Calls that are known and passed over.
   * @default none
   */
  readonly exceptions?: ExceptionProps | undefined;
  /** @default 100 alerts in 5 minutes, follow-ups after 15 minutes */
  readonly alerts?: AlertProps;
  /** @default 1 GiB on arm64 for 60 seconds, batches of 50, 10 at a time */
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
 * Watches a trail for one identity that calls EC2 `DescribeInstances` in many regions within seconds, and tells an SNS
 * topic.
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
    const { detector, silenceMinutes, exceptionsParameter } = readFields(namingFields, {
      detector: props.detector,
      silenceMinutes: props.silence?.toMinutes(),
      exceptionsParameter: props.exceptions?.parameterName,
    });
    const exceptions = deployedDocument(props.exceptions?.entries);
    for (const notice of expiredEntries(props.exceptions?.entries, Date.now() / 1000)) {
      Annotations.of(this).addWarningV2('regionsweep:exception-expired', notice);
    }
    const rule = readFields(ruleFields, props.rule ?? {});
    const alerting = readFields(alertFields, props.alerts ?? {});
    const tuning = readFields(tuningFields, props.pipeline ?? {}, { check: checkPipeline });
    const { inflate, inflateLimitBytes, fetchConcurrency } = tuning;
    const timeout = Duration.seconds(tuning.timeoutSeconds);
    const batchingWindow = Duration.seconds(tuning.batchingWindowSeconds);

    const source = sourceOf(props);
    this.detector = detector;
    refuseSameName(this);
    Tags.of(this).add('regionsweep:detector', detector);
    this.alerts = new AlertTopic(this, 'Alerts', { displayName: detector });
    this.store = new StateTable(this, 'Ledger');
    this.testBucket = new TestBucket(this, 'TestBucket');
    this.pipeline = new PipelineQueue(this, 'Pipeline', { functionTimeout: timeout, batchingWindow });
    this.trail = source.bind(new Construct(this, 'Source'), this.pipeline);
    const environment = environmentOf({
      ...{ ...rule, ...alerting, detector, inflate, inflateLimitBytes, fetchConcurrency },
      ...{ exceptions, exceptionsParameter },
      tableName: this.store.table.tableName,
      topicArn: this.alerts.topic.topicArn,
      queueUrl: this.pipeline.queue.queueUrl,
    });
    checkEnvironment(environment, exceptions);
    this.function = new DetectorFunction(this, 'Detector', {
      ...tuning,
      description: 'Finds one identity calling EC2 DescribeInstances in many regions within seconds',
      queue: this.pipeline,
      timeout,
      batchingWindow,
      maxConcurrency: tuning.maxConcurrency ?? Math.min(10, tuning.reservedConcurrency ?? 10),
      environment,
    });
    this.grantDetect(exceptionsParameter);
    this.dashboard = this.watch(props, Duration.minutes(silenceMinutes));
    for (const [at, note] of this.trail.notes.entries()) {
      Annotations.of(this).addWarningV2(`regionsweep:source-${at}`, note);
    }
  }

  /** Everything the function may do beyond reading its queue. */
  private grantDetect(exceptionsParameter: string | undefined): void {
    const { role } = this.function;
    grantReadTrail(this.trail, role);
    this.testBucket.grantRead(role);
    this.store.grantDetect(role);
    this.alerts.grantPublish(role);
    if (exceptionsParameter !== undefined) grantReadParameter(this, exceptionsParameter, role);
  }

  private watch(props: RegionSweepProps, silence: Duration): Dashboard {
    const parts = {
      detector: this.detector,
      queue: this.pipeline,
      function: this.function.function,
    };
    new Subscribers(this, 'Subscribers', {
      topic: this.alerts.topic,
      subscribers: props.subscribers ?? [],
      slack: props.slack,
      slackConfigurationName: Names.uniqueResourceName(this, { maxLength: 100 }),
    });
    new Alarms(this, 'Alarms', {
      ...parts,
      alertTopic: this.alerts.topic,
      topic: props.alarmTopic ?? this.alerts.topic,
      silence,
    });
    return new Dashboard(this, 'Dashboard', {
      ...parts,
      table: this.store.table,
      topic: this.alerts.topic,
    });
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

/** Their metrics would be one, and the silence of one trail hidden by the other. */
function refuseSameName(sweep: RegionSweep): void {
  const { environment } = Stack.of(sweep);
  const other = sweep.node.root.node
    .findAll()
    .find(
      (one) =>
        one instanceof RegionSweep &&
        one !== sweep &&
        one.detector === sweep.detector &&
        Stack.of(one).environment === environment,
    );
  if (other === undefined) return;
  throw new ConfigurationError(
    `detector is ${JSON.stringify(sweep.detector)}, as of ${other.node.path}; detectors of one account and region need different names, since their metrics go by them. If the stacks are for different accounts or regions, give them an env`,
  );
}
