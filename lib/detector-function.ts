import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { App, AssetHashType, DockerImage, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { BuildOptions } from 'esbuild';
import { ConfigurationError } from '../lambda/errors';
import type { PipelineQueue } from './pipeline-queue';
import type { PipelineSettings } from './settings';
import { placeAddon } from './zlib-sync-addon';

export interface DetectorFunctionProps {
  readonly settings: PipelineSettings;
  readonly queue: PipelineQueue;
  /** the variables of lambda/settings.ts */
  readonly environment: Readonly<Record<string, string>>;
}

/** The function, fed from the queue in batches that may fail in part. */
export class DetectorFunction extends Construct implements iam.IGrantable {
  readonly function: lambda.Function;
  readonly role: iam.Role;
  readonly grantPrincipal: iam.IPrincipal;
  readonly logGroup: logs.LogGroup;

  constructor(scope: Construct, id: string, { settings, queue, environment }: DetectorFunctionProps) {
    super(scope, id);
    const { reservedConcurrency } = settings;
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      retention: settings.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // A role of its own: the usual managed policy allows writing every log group.
    this.role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    this.grantPrincipal = this.role;
    this.logGroup.grant(this.role, 'logs:CreateLogStream', 'logs:PutLogEvents');
    this.function = new lambda.Function(this, 'Function', {
      description: 'Finds one identity calling EC2 DescribeInstances in many regions within seconds',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: ARCHITECTURES[settings.architecture],
      code: bundledFunction(settings),
      handler: 'index.handler',
      role: this.role,
      memorySize: settings.memoryMiB,
      timeout: Duration.seconds(settings.timeoutSeconds),
      environment: { ...environment, NODE_OPTIONS: '--enable-source-maps' },
      logGroup: this.logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: lambda.ApplicationLogLevel.INFO,
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

/** The function's entry, which exports `handler`: in a checkout, and in the published package as ES modules. */
const ENTRIES = [join(__dirname, '../lambda/handler.ts'), join(__dirname, '../function/handler.js')] as const;

/**
 * The name of the function's asset, which is a hash of its content: the same for the same code.
 * @param outdir a folder to bundle in
 * @throws ConfigurationError
 */
export function functionAsset(settings: CodeSettings, outdir: string): string {
  const { s3Location } = bundledFunction(settings).bind(new Stack(new App({ outdir })));
  return (s3Location?.objectKey ?? '').replace(/\.zip$/, '');
}

/** What the code depends on beside its sources. */
type CodeSettings = Pick<PipelineSettings, 'inflate' | 'architecture'>;

/** The function's code: what a start loads, files for what is loaded later, and source maps; bundled by the synthesis. */
function bundledFunction({ inflate, architecture }: CodeSettings): lambda.Code {
  const [checkedOut, packed] = ENTRIES;
  const entry = existsSync(checkedOut) ? checkedOut : packed;
  let refusal: unknown;
  const code = lambda.Code.fromAsset(dirname(entry), {
    // Of the output: the same code is the same asset wherever it is bundled.
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('the function is bundled without Docker'),
      local: {
        tryBundle(outputDir) {
          try {
            bundle(entry, outputDir);
            if (inflate === 'zlib-sync') placeAddon(outputDir, architecture);
          } catch (error) {
            refusal = error;
            throw error;
          }
          return true;
        },
      },
    },
  });
  // The CDK bundles when the code is bound, and wraps what was thrown into an error of its own, without the cause.
  const bind = code.bind.bind(code);
  code.bind = (scope) => {
    try {
      return bind(scope);
    } catch (error) {
      throw refusal ?? error;
    }
  };
  return code;
}

/**
 * Writes `index.mjs`, a file for what is shared by or only imported at times, and their source maps. What it writes
 * depends on the sources alone, not on where they lie.
 * @param root folder that the sources are named from
 */
export function bundle(entry: string, outputDir: string, root = dirname(dirname(entry))): void {
  const { outputFiles } = esbuild().buildSync({
    ...options,
    absWorkingDir: root,
    entryPoints: { index: relative(root, entry) },
    outdir: root,
    write: false,
  });
  for (const file of outputFiles) writeFileSync(join(outputDir, relative(root, file.path)), file.contents);
}

const options = {
  bundle: true,
  platform: 'node',
  // Half of a start is V8 reading the code. Only ES modules can be split, so that what few invocations need, of ours and
  // of the SDK (its other ways to credentials), is read by those.
  format: 'esm',
  splitting: true,
  outExtension: { '.js': '.mjs' },
  define: { __filename: 'import.meta.filename' },
  // Older than the function's Node, so that the very same file runs in the tests' one.
  target: 'node20',
  // The ES modules of the SDK start in half the time of its CommonJS build.
  mainFields: ['module', 'main'],
  minify: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  charset: 'utf8',
  tsconfigRaw: {},
  logLevel: 'warning',
} as const satisfies BuildOptions;

function esbuild(): typeof import('esbuild') {
  try {
    // Loaded late: who takes this package for its CLI needs no bundler.
    return require('esbuild');
  } catch (error) {
    throw new ConfigurationError('The function cannot be bundled without esbuild: npm install --save-dev esbuild', {
      cause: error,
    });
  }
}
