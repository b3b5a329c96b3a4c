import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Architecture } from './addon';
import { bundledFunction } from './bundling';
import type { PipelineQueue } from './pipeline-queue';

export interface DetectorFunctionProps {
  readonly description: string;
  readonly queue: PipelineQueue;
  /** the variables of lambda/config.ts */
  readonly environment: Readonly<Record<string, string>>;
  readonly inflate: 'zlib' | 'zlib-sync';
  readonly architecture: Architecture;
  readonly memoryMiB: number;
  readonly timeout: Duration;
  readonly logRetentionDays: number;
  readonly batchSize: number;
  readonly batchingWindow: Duration;
  readonly maxConcurrency: number;
  /** @default none is kept back for this function */
  readonly reservedConcurrency?: number | undefined;
}

/** The function, fed from the queue in batches that may fail in part. */
export class DetectorFunction extends Construct implements iam.IGrantable {
  readonly function: lambda.Function;
  readonly role: iam.Role;
  readonly logGroup: logs.LogGroup;
  readonly grantPrincipal: iam.IPrincipal;

  constructor(scope: Construct, id: string, props: DetectorFunctionProps) {
    super(scope, id);
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      retention: props.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // A role of its own: the usual managed policy allows writing every log group.
    this.role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    this.grantPrincipal = this.role;
    this.logGroup.grant(this.role, 'logs:CreateLogStream', 'logs:PutLogEvents');
    this.function = new lambda.Function(this, 'Function', {
      description: props.description,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: ARCHITECTURES[props.architecture],
      code: bundledFunction(props),
      handler: 'index.handler',
      role: this.role,
      memorySize: props.memoryMiB,
      timeout: props.timeout,
      environment: {
        ...props.environment,
        NODE_OPTIONS: '--enable-source-maps',
      },
      logGroup: this.logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: lambda.ApplicationLogLevel.INFO,
      ...(props.reservedConcurrency === undefined
        ? {}
        : { reservedConcurrentExecutions: props.reservedConcurrency }),
    });
    this.feedFrom(props);
  }

  private feedFrom(props: DetectorFunctionProps): void {
    props.queue.grantConsume(this.role);
    props.queue.grantSend(this.role);
    new lambda.EventSourceMapping(this, 'FromQueue', {
      target: this.function,
      eventSourceArn: props.queue.queue.queueArn,
      batchSize: props.batchSize,
      maxBatchingWindow: props.batchingWindow,
      maxConcurrency: props.maxConcurrency,
      reportBatchItemFailures: true,
    });
  }
}

const ARCHITECTURES = { arm64: lambda.Architecture.ARM_64, x86_64: lambda.Architecture.X86_64 } as const;
