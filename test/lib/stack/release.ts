import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from '@cdktn/hcl2json';
import Ajv from 'ajv';
import { strFromU8, unzipSync } from 'fflate';
import { ENVIRONMENT } from '../../../lambda/settings';
import { sbom, templates, zipOf } from '../../../scripts/release';
import { REPOSITORY } from '../../support/cli';
import { useTempFolder } from '../../support/temp-folder';
import {
  documentOf,
  functionVariables,
  quietly,
  reportedIn,
  resourcesOf,
  synth,
  type TemplateJson,
  type Violation,
} from '../support';

/** What a release holds for those who do not use the CDK. */

const temp = useTempFolder();

interface Parameter {
  readonly Type: string;
  readonly Default?: string | number;
  readonly AllowedPattern?: string;
  readonly AllowedValues?: readonly string[];
}

type ReleaseTemplate = TemplateJson & { readonly Parameters: Readonly<Record<string, Parameter>> };

/** First of what is validated: with another type of resource the CDK makes its validator anew, which takes seconds. */
const { files, assembly } = quietly(() => templates(true));

for (const [name, template] of files) temp.write(join('templates', name), template);

const all = () => [...files].map(([name, template]) => [name, JSON.parse(template) as ReleaseTemplate] as const);

/** A program's run, or undefined where it is not installed, which is said. */
function runIfInstalled(program: string, args: readonly string[], cwd: string) {
  const ran = spawnSync(program, args, { cwd, encoding: 'utf8', env: { ...process.env, TF_IN_AUTOMATION: '1' } });
  if (ran.error === undefined) return ran;
  process.stderr.write(`${program} is not here: not checked by it\n`);
  return undefined;
}

describe('the zip', () => {
  it('depends only on names and contents', () => {
    temp.write('code/index.mjs', 'export const handler = 1;');
    temp.write('code/part.mjs', 'export const part = 2;');
    const again = temp.path('again');
    cpSync(temp.path('code'), again, { recursive: true });
    utimesSync(join(again, 'index.mjs'), 1, 1);
    expect(zipOf(again)).toEqual(zipOf(temp.path('code')));
    expect(strFromU8(unzipSync(zipOf(again))['index.mjs']!)).toBe('export const handler = 1;');
  });
});

describe('the templates', () => {
  it('are there for each source, in ASCII, and short enough to be sent without a bucket', () => {
    expect([...files.keys()]).toEqual(
      ['new-trail', 'bucket', 'eventbridge', 'topic'].map((source) => `regionsweep-${source}.template.json`),
    );
    for (const template of files.values()) {
      expect(template).toMatch(/^[\x20-\x7e]+$/);
      // CloudFormation API reference, CreateStack: TemplateBody.
      expect(template.length).toBeLessThanOrEqual(51_200);
    }
  });

  it('need no bootstrap and no asset: the function’s zip comes from CodeBucket and CodeKey', () => {
    for (const [, template] of all()) {
      expect(JSON.stringify(template)).not.toMatch(/bootstrap|AssetParameters|cdk-hnb659fds/i);
      const code = resourcesOf(template, 'AWS::Lambda::Function').map(
        ([, { Properties }]) => Properties.Code as object,
      );
      expect(code.filter((of) => !('ZipFile' in of))).toEqual([
        { S3Bucket: { Ref: 'CodeBucket' }, S3Key: { Ref: 'CodeKey' } },
      ]);
    }
  });

  it('pass the CDK’s checks of CloudFormation by its schemas', () => {
    // They take the empty default of a parameter for its value, also behind a condition, which cfn-lint knows.
    const isConditional = ({ ruleName, description }: Violation) =>
      ruleName === 'W1030' && /'(?:SlackWorkspaceId|SlackChannelId|AlarmTopicArn)'/.test(description);
    expect(reportedIn(assembly).filter((violation) => !isConditional(violation))).toEqual([]);
  });

  it('pass cfn-lint', () => {
    // W3005: the CDK names dependencies that references imply.
    const names = [...files.keys()].map((name) => temp.path('templates', name));
    const ran = runIfInstalled('cfn-lint', ['--ignore-checks', 'W3005', '--', ...names], temp.path());
    if (ran !== undefined) expect(ran.stdout + ran.stderr).toBe('');
  });

  it('give the function by default what a stack of the CDK gives it', () => {
    const byCdk = functionVariables(synth({ trailBucket: 'company-trail' }).json);
    for (const [, template] of all()) {
      const variables = functionVariables(template);
      // A parameter without a default, such as the bucket, must be given.
      const values = Object.entries(variables).flatMap(([name, value]) => {
        const parameter = template.Parameters[(value as { Ref?: string }).Ref ?? ''];
        if (parameter !== undefined && parameter.Default === undefined) return [];
        return [[name, parameter === undefined ? value : String(parameter.Default)]];
      });
      const settings = values.filter(([name, value]) => typeof value === 'string' && name !== ENVIRONMENT.detector);
      for (const [name, value] of settings) expect([name, value]).toEqual([name, byCdk[String(name)] ?? '']);
      expect(settings.length).toBeGreaterThan(Object.keys(byCdk).length - 5);
      expect(variables[ENVIRONMENT.minRegions]).toEqual({ Ref: 'MinRegions' });
    }
  });

  it('have a channel, its use of the key, a queue and other verdicts only where they are asked for', () => {
    for (const [, template] of all()) {
      const conditionsOf = (type: string) =>
        resourcesOf(template, type).map(([, resource]) => (resource as { Condition?: string }).Condition);
      expect(conditionsOf('AWS::Chatbot::SlackChannelConfiguration')).toEqual(['HasSlack']);
      expect(conditionsOf('AWS::SNS::Subscription').filter((one) => one !== undefined)).toEqual([
        'HasEmail',
        'HasQueue',
        'HasSlack',
      ]);
      const [, key] = resourcesOf(template, 'AWS::KMS::Key').find(([id]) => id.includes('Alerts'))!;
      const { Statement } = documentOf(key.Properties, 'KeyPolicy');
      expect(Statement.filter((one) => JSON.stringify(one).includes('chatbot'))).toEqual([
        { 'Fn::If': ['HasSlack', expect.objectContaining({ Sid: 'AllowChat' }), { Ref: 'AWS::NoValue' }] },
      ]);
      for (const endpoint of [/AlertEmail/, /chatbot/]) {
        const subscriptions = resourcesOf(template, 'AWS::SNS::Subscription').map(([, { Properties }]) => Properties);
        const { FilterPolicy } = subscriptions.find(({ Endpoint }) => endpoint.test(JSON.stringify(Endpoint)))!;
        expect(JSON.stringify(FilterPolicy)).toMatch(/\["suspicious",\{"exists":false\}\]/);
      }
      for (const [id, { Properties }] of resourcesOf(template, 'AWS::CloudWatch::Alarm')) {
        const [action] = Properties.AlarmActions as [{ 'Fn::If': unknown[] }];
        expect([id, action['Fn::If'].slice(0, 2)]).toEqual([id, ['HasAlarmTopic', { Ref: 'AlarmTopicArn' }]]);
      }
    }
  });

  it('take their own defaults', () => {
    for (const [, { Parameters }] of all()) {
      for (const [name, { Default, AllowedPattern, AllowedValues }] of Object.entries(Parameters)) {
        if (Default === undefined) continue;
        expect([name, new RegExp(AllowedPattern ?? '').test(String(Default))]).toEqual([name, true]);
        if (AllowedValues !== undefined) expect(AllowedValues).toContain(Default);
      }
    }
  });

  it('ask for what their source needs and nothing else', () => {
    const required = all().map(([, { Parameters }]) =>
      Object.entries(Parameters).flatMap(([name, { Default }]) => (Default === undefined ? [name] : [])),
    );
    const code = ['CodeBucket', 'CodeKey'];
    expect(required).toEqual([
      code,
      [...code, 'TrailBucket'],
      [...code, 'TrailBucket'],
      [...code, 'TrailBucket', 'TrailTopicArn'],
    ]);
  });
});

describe('the Terraform module', () => {
  const TERRAFORM = join(REPOSITORY, 'terraform');

  it('is well-formed, and sets parameters that the templates have', async () => {
    const names = (readdirSync(TERRAFORM, { recursive: true }) as string[]).filter((name) => name.endsWith('.tf'));
    const parsed = names.map(async (name) => [name, await parse(name, readFileSync(join(TERRAFORM, name), 'utf8'))]);
    const modules = Object.fromEntries(await Promise.all(parsed));
    const [example] = modules['example/main.tf'].module.regionsweep;
    const { Parameters } = JSON.parse(files.get(`regionsweep-${example.trail}.template.json`)!) as ReleaseTemplate;
    expect(Object.keys(Parameters)).toEqual(expect.arrayContaining(Object.keys(example.parameters)));
    expect(modules['main.tf'].resource.aws_cloudformation_stack.regionsweep[0].parameters).toMatch(
      /CodeBucket\s*=[\s\S]*CodeKey\s*=/,
    );
  });

  it('is formatted, and valid where the provider installs', () => {
    const folder = temp.path('terraform');
    cpSync(TERRAFORM, folder, { recursive: true });
    const formatted = runIfInstalled('terraform', ['fmt', '-check', '-recursive'], folder);
    if (formatted === undefined) return;
    expect([formatted.status, formatted.stdout]).toEqual([0, '']);
    const example = join(folder, 'example');
    const init = spawnSync('terraform', ['init', '-backend=false', '-no-color'], { cwd: example, encoding: 'utf8' });
    if (init.status !== 0) {
      process.stderr.write(`terraform init found no provider: not validated\n`);
      return;
    }
    const { status, stdout, stderr } = spawnSync('terraform', ['validate', '-no-color'], {
      cwd: example,
      encoding: 'utf8',
    });
    expect([status, stdout, stderr]).toEqual([0, expect.stringContaining('The configuration is valid'), stderr]);
  });
});

it('the bill of materials names what is inside, and nothing else', () => {
  const bom = JSON.parse(sbom(['node_modules/commander', 'node_modules/zod']));
  expect(bom.bomFormat).toBe('CycloneDX');
  expect(bom.components.map(({ name }: { name: string }) => name).sort()).toEqual(['commander', 'zod']);
  for (const { purl, licenses } of bom.components) {
    expect(purl).toMatch(/^pkg:npm\//);
    expect(licenses).not.toEqual([]);
  }
  expect(bom.dependencies[0].dependsOn).toHaveLength(2);
  const isValid = cycloneDx(bom.specVersion);
  expect([isValid(bom), isValid.errors]).toEqual([true, null]);
  expect(isValid({ ...bom, components: [{ name: 'nameless type' }] })).toBe(false);
});

/** CycloneDX's own schema of a version. */
function cycloneDx(version: string) {
  const folder = join(REPOSITORY, 'node_modules/@cyclonedx/cyclonedx-library/res/schema');
  const schemas = Object.fromEntries(
    ['spdx', 'jsf-0.82', `bom-${version}`].map((name) => {
      const file = `${name}.SNAPSHOT.schema.json`;
      return [`http://cyclonedx.org/schema/${file}`, JSON.parse(readFileSync(join(folder, file), 'utf8')) as object];
    }),
  );
  const ajv = new Ajv({ strict: false, validateFormats: false, schemas });
  return ajv.getSchema(`http://cyclonedx.org/schema/bom-${version}.SNAPSHOT.schema.json`)!;
}
