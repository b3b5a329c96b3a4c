import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { functionCode } from './function-bundle';
import type { PipelineQueue } from './pipeline-queue';
import type { PipelineSettings } from './settings';

export interface DetectorFunctionProps {
  /** memory, time limit and batches */
  readonly settings: PipelineSettings;
  /** the trail that it reads */
  readonly queue: PipelineQueue;
  /**
   * The function's code.
   * @default that of this package
   */
  readonly code?: lambda.Code | undefined;
  /** the variables of lambda/settings.ts */
  readonly environment: Readonly<Record<string, string>>;
}

/** The function; the queue invokes it in batches that may fail in part. */
export class DetectorFunction extends Construct implements iam.IGrantable {
  /** the function itself */
  readonly function: lambda.Function;
  /** the role that policies of other accounts' buckets and keys must allow */
  readonly role: iam.Role;
  /** grants go to the role */
  readonly grantPrincipal: iam.IPrincipal;
  /** the function's log */
  readonly logGroup: logs.LogGroup;

  constructor(scope: Construct, id: string, { settings, queue, environment, code }: DetectorFunctionProps) {
    super(scope, id);
    const { reservedConcurrency } = settings;
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      retention: settings.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Not the usual managed policy, which allows writing every log group.
    this.role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    this.grantPrincipal = this.role;
    this.logGroup.grant(this.role, 'logs:CreateLogStream', 'logs:PutLogEvents');
    this.function = new lambda.Function(this, 'Function', {
      description: 'Finds one identity calling EC2 DescribeInstances in many regions within seconds',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: ARCHITECTURES[settings.architecture],
      code: code ?? functionCode(settings),
      handler: 'index.handler',
      role: this.role,
      memorySize: settings.memoryMiB,
      timeout: Duration.seconds(settings.timeoutSeconds),
      environment: { ...environment, NODE_OPTIONS: '--enable-source-maps' },
      logGroup: this.logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: settings.logLevel.toUpperCase() as lambda.ApplicationLogLevel,
      ...(reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: reservedConcurrency }),
    });
    queue.grantUse(this.role);
    new lambda.EventSourceMapping(this, 'FromQueue', {
      target: this.function,
      eventSourceArn: queue.queue.queueArn,
      batchSize: settings.batchSize,
      maxBatchingWindow: Duration.seconds(settings.batchingWindowSeconds),
      maxConcurrency: settings.maxConcurrency ?? Math.min(10, reservedConcurrency ?? 10),
      reportBatchItemFailures: true,
    });
  }
}

const ARCHITECTURES = { arm64: lambda.Architecture.ARM_64, x86_64: lambda.Architecture.X86_64 } as const;
