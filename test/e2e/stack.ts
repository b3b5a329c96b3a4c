/** The stack as it would be deployed: its bundled function, and what its template says of queues, table and function. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { RegionSweepStack, stackName } from '../../lib/regionsweep-stack';
import { readSettings } from '../../lib/settings';

type Json = Readonly<Record<string, unknown>>;

interface Resource {
  readonly Type: string;
  readonly Properties: Json;
}

/** Facts of the synthesized stack, as they are needed to run it without CloudFormation. */
export interface StackFacts {
  /** folder of the function's code */
  readonly asset: string;
  readonly queue: { readonly visibilitySeconds: number; readonly maxReceives: number };
  /** as in CreateTable */
  readonly table: {
    readonly KeySchema: { AttributeName: string; KeyType: 'HASH' | 'RANGE' }[];
    readonly AttributeDefinitions: { AttributeName: string; AttributeType: 'S' | 'N' | 'B' }[];
    readonly BillingMode: 'PAY_PER_REQUEST';
  };
  readonly function: {
    readonly timeoutSeconds: number;
    readonly memoryMiB: number;
    readonly batchSize: number;
    readonly logLevel: string;
    /** values, and under `places` the names of variables that hold what CloudFormation makes */
    readonly environment: Readonly<Record<string, string>>;
    readonly places: Readonly<Record<'tableName' | 'topicArn' | 'queueUrl', string>>;
  };
}

const VARIABLE = 'REGIONSWEEP_E2E_STACK';

/** Synthesizes and bundles once for all files of the project: that takes longer than most tests. */
export function synthesizeOnce(): void {
  process.env[VARIABLE] = JSON.stringify(synthesize());
}

/** The stack that was synthesized before the tests. */
export function sharedStack(): StackFacts {
  return JSON.parse(process.env[VARIABLE]!) as StackFacts;
}

/** The stack with its default settings, bundling included; without what these report. */
function synthesize(): StackFacts {
  const { write } = process.stderr;
  process.stderr.write = () => true;
  try {
    const { context } = JSON.parse(readFileSync(join(__dirname, '../../cdk.json'), 'utf8')) as { context: Json };
    const outdir = mkdtempSync(join(tmpdir(), 'regionsweep-e2e-'));
    // Validated in test/lib: loading the validation takes longer than everything else here.
    const app = new App({ outdir, context, builtinCloudFormationValidation: false });
    const read = readSettings(app.node.getAllContext());
    const stack = new RegionSweepStack(app, stackName(read.settings), read);
    const assembly = app.synth();
    const { template } = assembly.getStackByName(stack.stackName);
    return factsOf((template as { Resources: Readonly<Record<string, Resource>> }).Resources, assembly.directory);
  } finally {
    process.stderr.write = write;
  }
}

function factsOf(resources: Readonly<Record<string, Resource>>, directory: string): StackFacts {
  const all = (type: string) => Object.entries(resources).filter(([, { Type }]) => Type === type);
  const only = (type: string, is: (properties: Json) => boolean = () => true) => {
    const found = all(type).filter(([, { Properties }]) => is(Properties));
    if (found.length !== 1) throw new Error(`the template has ${found.length} of ${type}, not one`);
    return { id: found[0]![0], properties: found[0]![1].Properties };
  };
  const queue = only('AWS::SQS::Queue', ({ RedrivePolicy }) => RedrivePolicy !== undefined);
  const table = only('AWS::DynamoDB::Table');
  const topic = only('AWS::SNS::Topic');
  const lambda = only('AWS::Lambda::Function', ({ Environment }) => Environment !== undefined).properties;
  const source = only('AWS::Lambda::EventSourceMapping').properties;
  const { KeySchema, AttributeDefinitions, BillingMode } = table.properties as unknown as StackFacts['table'];
  const { Variables } = lambda.Environment as { readonly Variables: Json };
  const placed = (id: string) => {
    const variable = Object.keys(Variables).find(
      (name) => JSON.stringify(Variables[name]) === JSON.stringify({ Ref: id }),
    );
    if (variable === undefined) throw new Error(`no variable of the function refers to ${id}`);
    return variable;
  };
  const places = { tableName: placed(table.id), topicArn: placed(topic.id), queueUrl: placed(queue.id) };
  const texts = Object.entries(Variables).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const { S3Key } = lambda.Code as { readonly S3Key: string };
  return {
    asset: join(directory, `asset.${S3Key.replace(/\.zip$/, '')}`),
    queue: {
      visibilitySeconds: Number(queue.properties.VisibilityTimeout),
      maxReceives: Number((queue.properties.RedrivePolicy as Json).maxReceiveCount),
    },
    table: { KeySchema, AttributeDefinitions, BillingMode },
    function: {
      timeoutSeconds: Number(lambda.Timeout),
      memoryMiB: Number(lambda.MemorySize),
      batchSize: Number(source.BatchSize),
      logLevel: String((lambda.LoggingConfig as Json).ApplicationLogLevel),
      environment: Object.fromEntries(texts),
      places,
    },
  };
}
