import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { ConfigurationError } from '../../lambda/errors';
import { functionAsset } from '../../lib/function-bundle';
import { mmdb } from '../support/mmdb';
import { s3Event, s3Record } from '../support/notices';
import { useTempFolder } from '../support/temp-folder';
import { detectorFunction, expectLines, functionVariables, synth, type TemplateJson } from './support';

const ROOT = join(__dirname, '../..');

const temp = useTempFolder();

/** As on a machine without credentials and without a network: every way out ends at a closed port. */
const OFFLINE = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS|CDK)_/.test(name))),
  HOME: temp.path('home'),
  AWS_EC2_METADATA_DISABLED: 'true',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  HTTP_PROXY: 'http://127.0.0.1:9',
};

/** Runs a command; its output ends with the seconds of user and system time that it took. */
const timed = (command: readonly string[]) =>
  spawnSync('bash', ['-c', 'TIMEFORMAT="%U %S"; time "$@"', 'bash', ...command], {
    cwd: ROOT,
    env: OFFLINE,
    encoding: 'utf8',
  });

let cpuSeconds: number;
let variables: Record<string, unknown>;
let asset: string;

beforeAll(() => {
  mkdirSync(temp.path('home'));
  const cdk = [process.execPath, 'node_modules/aws-cdk/bin/cdk', 'synth', '--quiet', '--output', temp.path()];
  const { status, stdout, stderr } = timed([
    ...cdk,
    '-c',
    'trailBucket=company-trail',
    '-c',
    'alertEmail=s@example.com',
  ]);
  if (status !== 0) throw new Error(stdout + stderr);
  const times = stderr.trim().split('\n').at(-1)!;
  cpuSeconds = times.split(' ').reduce((sum, part) => sum + Number(part), 0);
  const template = JSON.parse(readFileSync(temp.path('regionsweep.template.json'), 'utf8')) as TemplateJson;
  variables = functionVariables(template);
  const [hash] = /[0-9a-f]{64}/.exec(JSON.stringify(detectorFunction(template).Code))!;
  asset = temp.path(`asset.${hash}`);
});

/** What the template refers to, as it may be once it is deployed. */
const DEPLOYED = {
  AWS_REGION: 'eu-west-1',
  REGIONSWEEP_DETECTOR: 'regionsweep',
  REGIONSWEEP_TABLE_NAME: 'state',
  REGIONSWEEP_TOPIC_ARN: 'arn:aws:sns:eu-west-1:111122223333:alerts',
  REGIONSWEEP_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/111122223333/objects',
};

/** The files of the asset that are loaded when `file` is: itself, and what it imports statically. */
function loadedWith(file: string, loaded = new Set<string>()): string[] {
  if (loaded.has(file)) return [];
  loaded.add(file);
  const code = readFileSync(join(asset, file), 'utf8');
  for (const [, imported] of code.matchAll(/\b(?:from|import)"\.\/([^"]+)"/g)) loadedWith(imported!, loaded);
  return [...loaded];
}

/** The sources that became these files of the asset. */
function sourcesOf(files: readonly string[]): string[] {
  return files.flatMap((file) => {
    const map = readFileSync(join(asset, `${file}.map`), 'utf8');
    return (JSON.parse(map) as { sources: string[] }).sources;
  });
}

/** Loads the function in a process and hands it one event; its answer stands after `ANSWER`. */
function invoke(folder: string, event: object, environment: Readonly<Record<string, string>>) {
  const script = `
    const context = { getRemainingTimeInMillis: () => 30000, functionName: 'f', awsRequestId: 'r',
      functionVersion: '1', memoryLimitInMB: '1024', invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:f' };
    import(${JSON.stringify(join(folder, 'index.mjs'))})
      .then(({ handler }) => handler(${JSON.stringify(event)}, context))
      .then((answer) => console.log('ANSWER ' + JSON.stringify(answer)));`;
  const env = { ...OFFLINE, ...environment };
  return spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', env });
}

it('is synthesized without network and credentials in less than 30 seconds', () => {
  // Of the processor: how long it takes while other tests run says nothing.
  expect(cpuSeconds).toBeGreaterThan(0);
  expect(cpuSeconds).toBeLessThan(30);
});

const SETTINGS = { inflate: 'zlib', architecture: 'arm64', asnDatabase: [] } as const;

it('is the same asset when it is bundled again elsewhere, under the name that a deployment gives it', () => {
  const name = `asset.${functionAsset(SETTINGS, temp.path('again'))}`;
  expect(temp.path(name)).toBe(asset);
  const again = temp.path('again', name);
  expect(readdirSync(again).sort()).toEqual(readdirSync(asset).sort());
  const isSame = (file: string) => readFileSync(join(again, file), 'utf8') === readFileSync(join(asset, file), 'utf8');
  expect(readdirSync(asset).filter((file) => !isSame(file))).toEqual([]);
});

describe('the asset', () => {
  it('is minified files and their source maps, without native code', () => {
    const files = readdirSync(asset);
    const codes = files.filter((file) => file.endsWith('.mjs'));
    expect(codes).toContain('index.mjs');
    expect(files.sort()).toEqual(codes.flatMap((file) => [file, `${file}.map`]).sort());
    const texts = codes.map((file) => readFileSync(join(asset, file), 'utf8'));
    expect(texts.map((code) => /sourceMappingURL=(.*)/.exec(code)?.[1])).toEqual(codes.map((file) => `${file}.map`));
    const all = texts.join('');
    expect(all.split('\n').length).toBeLessThan(all.length / 1000);
  });

  it('exits if a part of it cannot be loaded, so that another instance gets the messages', () => {
    const folder = temp.path('torn');
    cpSync(asset, folder, { recursive: true });
    for (const file of readdirSync(folder)) {
      if (file.startsWith('alerting-')) writeFileSync(join(folder, file), 'torn in half (');
    }
    const body = JSON.stringify({ regionsweep: { v: 1, kind: 'cap-notice', intervalStart: 0 } });
    const attributes = { ApproximateReceiveCount: '1' };
    const event = { Records: [{ messageId: 'm', body, attributes, eventSource: 'aws:sqs' }] };
    const { status, stdout, stderr } = invoke(folder, event, DEPLOYED);
    expect(stderr).toContain('a part of the function cannot be loaded: this instance exits');
    expect(stdout).not.toContain('ANSWER');
    expect(status).toBe(1);
  });

  it('has the SDK in it: it imports nothing but Node’s own modules', () => {
    const { metafile } = buildSync({
      entryPoints: [join(asset, 'index.mjs')],
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      metafile: true,
      write: false,
    });
    const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    const foreign = imported.map((path) => path.replace(/^node:/, '')).filter((path) => !isBuiltin(path));
    expect(imported).not.toEqual([]);
    expect(foreign).toEqual([]);
  });

  it('has what few invocations need in files that a start does not load', () => {
    const atStart = sourcesOf(loadedWith('index.mjs'));
    const needed = ['lambda/handler.ts', 'lambda/trail/scanner/record-scanner.ts', 'lambda/notify/claims.ts'];
    const rare = [
      'lambda/alert/render/report.ts',
      'lambda/alert/evidence/gather.ts',
      'lambda/detection/exception-document.ts',
    ];
    expect(atStart).toEqual(expect.arrayContaining(needed));
    expect(sourcesOf(readdirSync(asset).filter((file) => file.endsWith('.mjs')))).toEqual(expect.arrayContaining(rare));
    const services = /lambda\/alert\/(evidence|guide|render|triage)\/|@aws-sdk\/client-(sns|sqs|ssm)\//;
    expect(atStart.filter((source) => rare.includes(source) || services.test(source))).toEqual([]);
  });

  it('knows no path of the machine that made it', () => {
    for (const file of readdirSync(asset)) {
      expect(readFileSync(join(asset, file), 'utf8')).not.toContain(ROOT);
    }
    expect(sourcesOf(['index.mjs'])).toContain('lambda/handler.ts');
  });

  it('finds the addon in its node_modules', () => {
    const folder = temp.path('with-addon');
    cpSync(asset, folder, { recursive: true });
    const addon = join(folder, 'node_modules/zlib-sync');
    mkdirSync(addon, { recursive: true });
    writeFileSync(join(addon, 'index.js'), 'exports.Inflate = class {};');
    const { stdout } = invoke(folder, { Records: [] }, { ...DEPLOYED, REGIONSWEEP_INFLATE: 'zlib-sync' });
    expect(stdout).toContain('"message":"inflate: zlib-sync (REGIONSWEEP_INFLATE)"');
  });

  it('starts with the environment that the template gives it, and handles a batch', () => {
    const environment = Object.entries(variables).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    const key = 'AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/11/24/x.json.gz';
    const bodies = {
      test: JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'company-trail' }),
      digest: JSON.stringify(s3Event(s3Record(key))),
      poison: '{"unknown":true}',
    };
    const Records = Object.entries(bodies).map(([messageId, text]) => ({
      messageId,
      eventSource: 'aws:sqs',
      body: text,
      attributes: { ApproximateReceiveCount: '1' },
    }));
    const { stdout, stderr } = invoke(asset, { Records }, { ...Object.fromEntries(environment), ...DEPLOYED });
    const answer = /^ANSWER (.*)$/m.exec(stdout)?.[1];
    expect(answer ?? stderr).toBe(JSON.stringify({ batchItemFailures: [{ itemIdentifier: 'poison' }] }));
  });
});

it('keeps the names of errors, which minifying would shorten', () => {
  const { outputFiles } = buildSync({
    entryPoints: [join(ROOT, 'lambda/errors.ts')],
    bundle: true,
    platform: 'node',
    minify: true,
    write: false,
  });
  const module = { exports: {} as Record<string, new (message: string) => Error> };
  new Function('module', 'require', outputFiles[0]!.text)(module, require);
  const classes = Object.entries(module.exports).filter(([name]) => /Error$/.test(name));
  expect(classes.length).toBeGreaterThan(5);
  for (const [name, Class] of classes) {
    const error = new Class('why');
    expect([error.name, String(error)]).toEqual([name, `${name}: why`]);
    expect(error.stack).toMatch(new RegExp(`^${name}: why\n`));
  }
});

// No machine that runs these tests is another processor than both.
const OTHER = process.arch === 'arm64' ? 'x86_64' : 'arm64';

/** Runs the CDK app alone. */
function runApp(context: object, outdir: string) {
  const own = { CDK_CONTEXT_JSON: JSON.stringify(context), CDK_OUTDIR: outdir, CDK_DOCKER: temp.path('no-docker') };
  const env = { ...OFFLINE, ...own };
  return spawnSync(process.execPath, ['--import', 'tsx', 'bin/app.ts'], { cwd: ROOT, env, encoding: 'utf8' });
}

it.each([
  ['a wrong flag', { minRegions: '0' }, /^minRegions is "0"; it must be an integer from 1 to 100$/],
  [
    'zlib-sync where its addon does not fit the function',
    { inflate: 'zlib-sync', architecture: OTHER },
    /^inflate is "zlib-sync"; .* set inflate=zlib\.$/,
  ],
])('stops with the fault and what to do alone, for %s', (_what, context, message) => {
  const { status, stderr } = runApp(context, temp.path('refused'));
  expect([status, existsSync(temp.path('refused/regionsweep.template.json'))]).toEqual([1, false]);
  expect(stderr.replace(/^Bundling asset .*\n/, '').trim()).toMatch(message);
});

it('refuses a file of address owners that is none', () => {
  const bundle = () => functionAsset({ ...SETTINGS, asnDatabase: ['package.json.mmdb'] }, temp.path('refused'));
  const message = expect.stringMatching(/^asnDatabase: package\.json\.mmdb cannot be used: ENOENT/);
  expect(bundle).toThrow(expect.objectContaining({ name: ConfigurationError.name, message }));
});

it('has the files of address owners in its asset, and their names in its environment', () => {
  const file = temp.write('owners/asn.mmdb', mmdb({ '198.51.100.0/24': { autonomous_system_number: 64500 } }));
  const owned = functionAsset({ ...SETTINGS, asnDatabase: [file] }, temp.path('owned'));
  expect(readdirSync(temp.path('owned', `asset.${owned}`))).toContain('asn.mmdb');
  expectLines(
    synth({ asnDatabase: file }),
    'AWS::Lambda::Function RegionSweepDetectorFunction',
    'Environment.Variables.REGIONSWEEP_ASN_DATABASE = asn.mmdb',
  );
});
