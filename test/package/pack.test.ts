import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { toFolder, writeTrail } from '../../bin/commands/write-trail';
import { DEMO_SEED, demoTrail } from '../../bin/synthetic-trail/demo';
import { generateTrail } from '../../bin/synthetic-trail/trail';
import { TSC } from '../../scripts/build';
import { REPOSITORY } from '../support/cli';
import { useTempFolder } from '../support/temp-folder';
import { faultsIn, programOf, undocumented } from './types';

/** The package as a user gets it: packed, installed into empty folders, typed, synthesized and started there. */

const temp = useTempFolder();

const MINUTES = 60_000;

const ran = promisify(execFile);

/** @returns standard output, and standard error after it */
async function run(folder: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const options = { cwd: folder, env: { ...process.env, ...env }, maxBuffer: 1 << 26 };
  const ending = ran(command, args, options);
  ending.child.stdin?.end();
  return ending;
}

interface Manifest {
  readonly name: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

const MANIFEST = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as Manifest;

/** The oldest versions of the peers that the manifest allows, with the oldest TypeScript that is supported. */
const OLDEST = [
  ...Object.entries(MANIFEST.peerDependencies).map(([name, range]) => `${name}@${range.replace(/^\^/, '')}`),
  'typescript@5.4.5',
  '@types/node@20.19.43',
];

/** Node's binary for this machine; the package `node` would start another npm for it. */
const NODE_PACKAGE = `node-${process.platform}-${process.arch}`;

const NEWEST_NODE = [`${NODE_PACKAGE}@26.10.0`];

/** Options of npm that leave out what has nothing to do with the package. */
const QUIET = ['--prefer-offline', '--no-audit', '--no-fund'];

/** Of some packages; npm's cache takes seconds to unpack, so the folder stays for the next run. */
const folderWith = (packages: readonly string[]) =>
  join(REPOSITORY, 'node_modules/.cache/regionsweep-test', packages.join(',').replace(/\W/g, '-'));

async function install(packages: readonly string[]): Promise<void> {
  const folder = folderWith(packages);
  const isDone = join(folder, 'done');
  if (existsSync(isDone)) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  await run(folder, 'npm', ['install', ...packages, ...QUIET]);
  writeFileSync(isDone, '');
}

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** npm prints what its scripts say before the JSON. */
async function pack(): Promise<Packed> {
  const { stdout } = await run(REPOSITORY, 'npm', ['pack', '--json', '--pack-destination', temp.path()]);
  return (JSON.parse(stdout.slice(stdout.search(/^\[$/m))) as Packed[])[0]!;
}

let packed: Packed;
let tarball: string;

/** A folder with nothing but the package, whose optional dependency was left out. */
const empty = temp.path('empty');

const installed = join(empty, 'node_modules/regionsweep');

beforeAll(async () => {
  const newest = install(NEWEST_NODE).catch(() => undefined);
  [packed] = await Promise.all([pack(), install(OLDEST)]);
  tarball = temp.path(packed.filename);
  mkdirSync(empty);
  writeFileSync(join(empty, 'package.json'), '{"private":true}');
  await run(empty, 'npm', ['install', tarball, '--omit=optional', ...QUIET]);
  await newest;
}, 10 * MINUTES);

const bytesIn = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);

describe('the package', () => {
  it('holds the program, its documents, and nothing else', () => {
    const strangers = packed.files
      .map(({ path }) => path)
      .filter((path) => !/^dist\/(lambda|lib)\/.+\.d\.ts$/.test(path))
      .filter((path) => !/^dist\/(bin|lib)\/[\w-]+\.js(\.[\w.-]+\.code)?$/.test(path))
      .filter((path) => !/^dist\/function\/[\w-]+\.mjs(\.map)?$/.test(path))
      .filter((path) => !/^docs\/[^/]+\.(json|md|svg)$/.test(path))
      .filter(
        (path) => !['LICENSE', 'NOTICE', 'README.md', 'package.json', 'dist/THIRD-PARTY-LICENSES.txt'].includes(path),
      );
    expect(strangers).toEqual([]);
  });

  it('brings no other package along, and takes hardly more than the 5.3 MB that README names', () => {
    expect(readdirSync(join(empty, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['regionsweep']);
    expect(bytesIn(installed)).toBeLessThan(5_400_000);
  });

  it('names the packages whose code is inside, with their licences', () => {
    const licences = readFileSync(join(installed, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of ['@aws-sdk/client-s3', 'commander', 'zod', '@aws-lambda-powertools/logger']) {
      expect(licences).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'));
    }
  });

  it('has no fault for publint and are-the-types-wrong', async () => {
    const bin = join(REPOSITORY, 'node_modules/.bin');
    // Ends with an error for any fault.
    await run(empty, join(bin, 'publint'), ['run', tarball, '--strict']);
    const wrong = await run(empty, join(bin, 'attw'), [tarball, '--format', 'json']);
    expect(JSON.parse(wrong.stdout)).toMatchObject({ problems: {}, analysis: { types: { kind: 'included' } } });
  });

  it('keeps its internals private', async () => {
    const inside = ['regionsweep/dist/lib/settings', 'regionsweep/dist/lib/index.js'];
    const script = `for (const name of ${JSON.stringify(inside)}) try { require(name); } catch ({ code }) { console.log(code); }`;
    const { stdout } = await run(empty, process.execPath, ['-e', script]);
    expect(stdout.trim().split('\n')).toEqual(inside.map(() => 'ERR_PACKAGE_PATH_NOT_EXPORTED'));
  });
});

describe('the command line', () => {
  const cli = (args: readonly string[], env?: NodeJS.ProcessEnv) =>
    run(empty, join(empty, 'node_modules/.bin/regionsweep'), args, env);

  it('finds the sweep of a trail', async () => {
    const trail = temp.path('trail');
    await writeTrail(generateTrail(demoTrail(), DEMO_SEED), toFolder(trail), new AbortController().signal);
    const { stdout } = await cli(['replay', trail]);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      expect.objectContaining({ regionsweep: expect.objectContaining({ region_count: 17, call_count: 17 }) }),
    ]);
  });

  it('runs its demo', async () => {
    expect((await cli(['demo'])).stdout).toMatch(/^ALERT /);
  });

  it('runs its demo on the newest Node, where npm installs one', async () => {
    const node = join(folderWith(NEWEST_NODE), 'node_modules', NODE_PACKAGE, 'bin/node');
    if (!existsSync(node)) {
      console.warn(`${NEWEST_NODE} does not install here: not tried`);
      return;
    }
    expect((await run(empty, node, ['--version'])).stdout.trim()).toBe('v26.10.0');
    expect((await run(empty, node, [join(installed, 'dist/bin/regionsweep.js'), 'demo'])).stdout).toMatch(/^ALERT /);
  });

  it('prints no warning of the SDK about the version of Node', async () => {
    const env = { AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none' };
    const asked = cli(['alerts', '--stack', 'none'], { ...env, AWS_REGION: 'eu-west-1', AWS_MAX_ATTEMPTS: '1' });
    const { stderr } = await asked.catch((error: { stderr: string }) => error);
    expect(stderr).toContain('regionsweep: ');
    expect(stderr).not.toMatch(/warning/i);
  });
});

describe('the constructs', () => {
  const EXAMPLES = join(REPOSITORY, 'examples');

  const names = readdirSync(EXAMPLES).filter((name) => name.endsWith('.ts'));

  const OPTIONS = { target: 'es2022', module: 'commonjs', strict: true, outDir: 'js', types: ['node'] };

  /** An app with the package and the examples, whose other packages are those of a folder. */
  function appWith(name: string, from: string, skipLibCheck: boolean): string {
    const app = temp.path(name);
    cpSync(installed, join(app, 'node_modules/regionsweep'), { recursive: true });
    for (const other of [...Object.keys(MANIFEST.peerDependencies), '@types']) {
      symlinkSync(join(from, other), join(app, 'node_modules', other));
    }
    writeFileSync(join(app, 'package.json'), '{"private":true}');
    for (const example of names) cpSync(join(EXAMPLES, example), join(app, example));
    const compilerOptions = { ...OPTIONS, skipLibCheck };
    writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: names }));
    return app;
  }

  /** The compiler's faults in the examples and, unless declarations are skipped, in those of the package. */
  async function faultsOf(app: string, tsc: string): Promise<string[]> {
    const { stdout } = await run(app, process.execPath, [tsc, '--pretty', 'false']).catch((ended) => ended);
    const faults: string[] = stdout.split('\n').filter((line: string) => /\berror TS\d+: /.test(line));
    return faults.filter((line) => !/^[^(]*node_modules\/(?!regionsweep\/)/.test(line));
  }

  /** Runs each app as `cdk synth` does, and gives the handlers of its functions that are ours. */
  async function synthesize(app: string): Promise<Record<string, string[]>> {
    const script = `for (const name of ${JSON.stringify(names)}) {
      process.env.CDK_OUTDIR = name + '.out';
      require('./js/' + name.replace('.ts', '.js'));
    }`;
    // It changes no code and no template, and takes seconds: test/lib validates them.
    await run(app, process.execPath, ['-e', script], { CDK_VALIDATION: 'false' });
    return Object.fromEntries(names.map((name) => [name, assetsOf(join(app, `${name}.out`))]));
  }

  function assetsOf(assembly: string): string[] {
    const { Resources } = JSON.parse(readFileSync(join(assembly, 'Security.template.json'), 'utf8'));
    return Object.values<{ Type: string; Properties: { Handler?: string; Code?: { S3Key?: string } } }>(Resources)
      .filter(({ Type, Properties }) => Type === 'AWS::Lambda::Function' && Properties.Handler === 'index.handler')
      .map(({ Properties }) => join(assembly, `asset.${Properties.Code?.S3Key?.replace('.zip', '')}`, 'index.mjs'))
      .filter((file) => existsSync(file));
  }

  it('are shown in the documents as an example has them', () => {
    const documents = [
      'README.md',
      ...readdirSync(join(REPOSITORY, 'docs'))
        .filter((name) => name.endsWith('.md'))
        .map((name) => `docs/${name}`),
    ];
    const shown = documents.flatMap((name) => [
      ...readFileSync(join(REPOSITORY, name), 'utf8').matchAll(/```ts\n(.+?)```/gs),
    ]);
    const examples = names.map((name) => readFileSync(join(EXAMPLES, name), 'utf8'));
    expect(shown).not.toEqual([]);
    for (const [, code] of shown) expect(examples.some((example) => example.includes(code!))).toBe(true);
  });

  let newest: string;

  beforeAll(() => {
    newest = appWith('newest', join(REPOSITORY, 'node_modules'), false);
  });

  const DETECTORS = { 'existing-bucket.ts': 1, 'own-trail.ts': 1, 'two-detectors.ts': 2, 'operations.ts': 1 };

  const counted = (assets: Record<string, string[]>) =>
    Object.fromEntries(Object.entries(assets).map(([name, files]) => [name, files.length]));

  it(
    'type with TypeScript 6, which finds a docstring for each property, and the default of each that may be left out',
    () => {
      const program = programOf(newest);
      expect(faultsIn(program)).toEqual([]);
      expect(undocumented(program, join(newest, 'node_modules/regionsweep/dist/lib/index.d.ts'))).toEqual([]);
    },
    10 * MINUTES,
  );

  it(
    'type and synthesize with the newest TypeScript and CDK',
    async () => {
      expect(await faultsOf(newest, TSC)).toEqual([]);
      const assets = await synthesize(newest);
      expect(counted(assets)).toEqual(DETECTORS);
      const print = `import(${JSON.stringify(assets['own-trail.ts']![0])}).then(({ handler }) => console.log(typeof handler))`;
      const places = {
        AWS_REGION: 'eu-west-1',
        REGIONSWEEP_DETECTOR: 'packed',
        REGIONSWEEP_TABLE_NAME: 'state',
        REGIONSWEEP_TOPIC_ARN: 'arn:aws:sns:eu-west-1:111122223333:alerts',
        REGIONSWEEP_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/111122223333/objects',
      };
      expect((await run(empty, process.execPath, ['-e', print], places)).stdout.trim()).toBe('function');
    },
    10 * MINUTES,
  );

  it(
    `type and synthesize them with ${OLDEST.join(', ')}`,
    async () => {
      const packages = join(folderWith(OLDEST), 'node_modules');
      const app = appWith('oldest', packages, true);
      expect(await faultsOf(app, join(packages, 'typescript/bin/tsc'))).toEqual([]);
      expect(counted(await synthesize(app))).toEqual(DETECTORS);
    },
    10 * MINUTES,
  );
});
