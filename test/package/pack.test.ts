import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toFolder, writeTrail } from '../../bin/commands/write-trail';
import { DEMO_SEED, demoTrail } from '../../bin/synthetic-trail/demo';
import { generateTrail } from '../../bin/synthetic-trail/trail';
import { REPOSITORY } from '../support/cli';
import { useTempFolder } from '../support/temp-folder';

/** The package as a user gets it: packed, installed into an empty folder, and started there. */

const temp = useTempFolder();

const MINUTES = 60_000;

function run(folder: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const options = {
    cwd: folder,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  } as const;
  return execFileSync(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
}

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** npm tells what its scripts print before the JSON. */
function pack(): Packed {
  const told = run(REPOSITORY, 'npm', ['pack', '--json', '--pack-destination', temp.path()]);
  return (JSON.parse(told.slice(told.search(/^\[$/m))) as Packed[])[0]!;
}

let packed: Packed;

const empty = temp.path('empty');

beforeAll(() => {
  packed = pack();
  mkdirSync(empty);
  writeFileSync(join(empty, 'package.json'), '{"private":true}');
  const quiet = ['--omit=dev', '--omit=optional', '--prefer-offline', '--no-audit', '--no-fund'];
  run(empty, 'npm', ['install', temp.path(packed.filename), ...quiet]);
}, 10 * MINUTES);

it('holds the program, its documents, and nothing else', () => {
  const strangers = packed.files
    .map(({ path }) => path)
    .filter((path) => !/^dist\/(bin|function|lambda|lib|generator)\/.+\.(js|js\.map|d\.ts)$/.test(path))
    .filter((path) => !/^docs\/[^/]+\.(json|md|svg)$/.test(path))
    .filter((path) => !['LICENSE', 'NOTICE', 'README.md', 'package.json'].includes(path));
  expect(strangers).toEqual([]);
});

it('finds the sweep of a trail', async () => {
  const trail = temp.path('trail');
  await writeTrail(generateTrail(demoTrail(), DEMO_SEED), toFolder(trail), new AbortController().signal);
  const told = run(empty, 'npx', ['--no-install', 'regionsweep', 'replay', trail]).trim().split('\n');
  expect(told.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ regionsweep: expect.objectContaining({ region_count: 17, call_count: 17 }) }),
  ]);
});

it('runs its demo', () => {
  expect(run(empty, 'npx', ['--no-install', 'regionsweep', 'demo'])).toMatch(/^ALERT /);
});

it('gives its constructs to a CDK app, which bundles the function from it', () => {
  const app = `
    const { App, Stack } = require('aws-cdk-lib');
    const { RegionSweep } = require('regionsweep');
    const stack = new Stack(new App({ outdir: 'synthesized' }), 'Security');
    new RegionSweep(stack, 'RegionSweep');
    stack.node.root.synth();`;
  // The CDK and the bundler are the app's own; here the repository's play their part.
  run(empty, process.execPath, ['-e', app], { NODE_PATH: join(REPOSITORY, 'node_modules') });
  const synthesized = join(empty, 'synthesized');
  const { Resources } = JSON.parse(readFileSync(join(synthesized, 'Security.template.json'), 'utf8'));
  const assets = Object.values<{ Type: string; Properties: { Handler?: string; Code?: { S3Key?: string } } }>(Resources)
    .filter(({ Type, Properties }) => Type === 'AWS::Lambda::Function' && Properties.Handler === 'index.handler')
    .map(({ Properties }) => join(synthesized, `asset.${Properties.Code?.S3Key?.replace('.zip', '')}`, 'index.mjs'))
    .filter((file) => existsSync(file));
  expect(assets).toHaveLength(1);
  const print = `import(${JSON.stringify(assets[0])}).then(({ handler }) => console.log(typeof handler))`;
  const places = {
    AWS_REGION: 'eu-west-1',
    REGIONSWEEP_DETECTOR: 'packed',
    REGIONSWEEP_TABLE_NAME: 'ledger',
    REGIONSWEEP_TOPIC_ARN: 'arn:aws:sns:eu-west-1:111122223333:alerts',
    REGIONSWEEP_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/111122223333/objects',
  };
  expect(run(empty, process.execPath, ['-e', print], places).trim()).toBe('function');
});
