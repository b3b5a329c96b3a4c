/** Synthesis for the tests: the app as `cdk` runs it, without bundling, and each set of settings only once a file. */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { AwsSolutionsChecks } from 'cdk-nag';
import { RegionSweepStack, stackName } from '../../lib/regionsweep-stack';
import { readSettings } from '../../lib/settings';
import { type NormalForm, normalForm } from './normal-form';

// jest keeps a hundred lines of each stack, and the CDK takes the stack of each construct: a tenth of a synthesis.
Error.stackTraceLimit = 10;

/** Another app, with its own context: none of our feature flags. */
export const foreignApp = () =>
  new App({ context: { 'aws:cdk:bundling-stacks': [] }, builtinCloudFormationValidation: false });

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';

/** Every way to get at a trail, by the flags that the deployment guide names. */
export const SOURCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'a new trail': {},
  'a new encrypted organization trail': {
    encryptTrail: 'true',
    organizationId: 'o-a1b2c3d4e5',
    trailPrefix: 'audit',
  },
  'an existing bucket by S3 notification': { trailBucket: 'company-trail' },
  'an existing bucket by EventBridge': { trailBucket: 'company-trail', source: 'eventbridge' },
  'an organization trail’s bucket, encrypted by a key of this account': {
    trailBucket: 'organization-trail',
    organizationId: 'o-a1b2c3d4e5',
    trailKeyArn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`,
  },
  'a Control Tower log archive, encrypted by a key of another account': {
    trailBucket: `aws-controltower-logs-${ACCOUNT}-${REGION}`,
    trailPrefix: 'o-a1b2c3d4e5',
    organizationId: 'o-a1b2c3d4e5',
    trailKeyArn: `arn:aws:kms:${REGION}:444455556666:key/11111111-2222-3333-4444-555555555555`,
  },
  'an existing topic': {
    trailBucket: 'company-trail',
    trailTopicArn: `arn:aws:sns:${REGION}:${ACCOUNT}:trail-objects`,
  },
};

export interface Synthesis {
  readonly template: Template;
  /** the template as JSON */
  readonly json: TemplateJson;
  readonly form: NormalForm;
  readonly assembly: CloudAssembly;
  /** texts of the warnings */
  readonly warnings: readonly string[];
  /** failed checks of any kind but warnings, by rule and path; without `checked` those of aws-cdk-lib alone */
  readonly violations: readonly string[];
  /** the statements of the function's role that allow this action */
  functionStatements(action: string): readonly StatementJson[];
}

export interface TemplateJson {
  readonly Resources: Readonly<Record<string, ResourceJson>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

export interface ResourceJson {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly [attribute: string]: unknown;
}

export interface StatementJson {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

const done = new Map<string, Synthesis>();

/** The stack with these flags; the same flags give the same synthesis. `checked` adds the checks of cdk-nag and CDK's own. */
export function synth(flags: Readonly<Record<string, unknown>> = {}, checked = false): Synthesis {
  const key = JSON.stringify([flags, checked]);
  const synthesis = done.get(key) ?? synthesize(flags, checked);
  done.set(key, synthesis);
  return synthesis;
}

function synthesize(flags: Readonly<Record<string, unknown>>, checked: boolean): Synthesis {
  const app = appWith(flags, checked);
  const read = readSettings(app.node.getAllContext());
  const stack = new RegionSweepStack(app, stackName(read.settings), read);
  if (checked) Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const assembly = quietly(() => app.synth());
  const artifact = assembly.getStackByName(stack.stackName);
  const json = artifact.template as TemplateJson;
  return {
    template: Template.fromStack(stack),
    json,
    form: normalForm(json),
    assembly,
    warnings: artifact.messages.map(({ entry }) => String(entry.data)),
    violations: violationsIn(assembly.directory),
    functionStatements: (action) =>
      identityStatements(json, /DetectorRole/).filter(({ Action }) => [Action].flat().includes(action)),
  };
}

/** Without the report that a synthesis prints. */
export function quietly<T>(synthesize: () => T): T {
  const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  try {
    return synthesize();
  } finally {
    printed.mockRestore();
  }
}

export interface Violation {
  readonly ruleName: string;
  readonly description: string;
  readonly violatingConstructs: readonly { readonly constructPath: string }[];
}

interface ValidationReport {
  readonly pluginReports: readonly { readonly pluginName: string; readonly violations: readonly Violation[] }[];
}

/** What the checks of a synthesis found, warnings too, but for the notes that constructs leave. */
export function reportedIn(directory: string): Violation[] {
  const file = join(directory, 'validation-report.json');
  if (!existsSync(file)) return [];
  const { pluginReports } = JSON.parse(readFileSync(file, 'utf8')) as ValidationReport;
  return pluginReports.flatMap(({ pluginName, violations }) =>
    pluginName === 'Construct Annotations' ? [] : violations,
  );
}

/** The same, a line for each construct. */
export function violationsIn(directory: string): string[] {
  return reportedIn(directory).flatMap(({ ruleName, violatingConstructs }) =>
    violatingConstructs.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
  );
}

/** Statements of the identity policies whose logical ids match. */
export function identityStatements(json: TemplateJson, ids: RegExp): StatementJson[] {
  return resourcesOf(json, 'AWS::IAM::Policy')
    .filter(([id]) => ids.test(id))
    .flatMap(([, { Properties }]) => documentOf(Properties, 'PolicyDocument').Statement);
}

/** A policy document among a resource's properties. */
export function documentOf(
  properties: Readonly<Record<string, unknown>>,
  name: string,
): { readonly Statement: readonly StatementJson[] } {
  return properties[name] as { readonly Statement: readonly StatementJson[] };
}

/** An app with the context of `cdk.json` and these flags, without bundling; the CDK's own checks take seconds. */
export function appWith(flags: Readonly<Record<string, unknown>>, checked = false): App {
  const { context } = JSON.parse(readFileSync(join(__dirname, '../../cdk.json'), 'utf8')) as {
    context: Record<string, unknown>;
  };
  return new App({
    outdir: mkdtempSync(join(tmpdir(), 'regionsweep-synth-')),
    context: { ...context, ...flags, 'aws:cdk:bundling-stacks': [] },
    builtinCloudFormationValidation: checked,
  });
}

/** Resources of a type with their logical ids. */
export function resourcesOf(json: TemplateJson, type: string): [id: string, resource: ResourceJson][] {
  return Object.entries(json.Resources).filter(([, resource]) => resource.Type === type);
}

/** The function that detects. */
export const detectorFunction = (json: TemplateJson) =>
  resourcesOf(json, 'AWS::Lambda::Function').find(([id]) => id.includes('Detector'))![1].Properties;

/** Its variables by name. */
export const functionVariables = (json: TemplateJson) =>
  (detectorFunction(json).Environment as { readonly Variables: Readonly<Record<string, unknown>> }).Variables;

/** Expects these lines of the normal form under the heading, `TYPE LOGICAL-ID`. */
export function expectLines({ form }: Pick<Synthesis, 'form'>, heading: string, ...lines: readonly string[]): void {
  expect(form.get(heading)).toEqual(expect.arrayContaining([...lines]));
}

/** The normal form of a stack in another app. */
export const formOf = (stack: Stack) => ({ form: normalForm(Template.fromStack(stack).toJSON()) });
