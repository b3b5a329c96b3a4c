import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY, runCli } from '../support/cli';
import { document, sweep } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();
const trail = temp.write('trail.json', document(sweep({ regions: 10 })));

describe('bad usage ends with 2, says what is wrong, and reads nothing', () => {
  it.each([
    ["unknown option '--frobnicate'", ['--frobnicate']],
    ["argument 'xml' is invalid. Allowed choices are table, ndjson, json", ['--format', 'xml']],
    ["argument 'hopping' is invalid. Allowed choices are tumbling, sliding", ['--windowing', 'hopping']],
    ["argument 'user' is invalid. Allowed choices are arn, issuer", ['--group-by', 'user']],
    ["argument '0' is invalid. It must be a whole number", ['--min-regions', '0']],
    ["argument 'ten' is invalid. It must be a whole number", ['--min-regions', 'ten']],
    ["argument '-3' is invalid. It must be a whole number", ['--min-calls', '-3']],
    ["argument '1.5' is invalid. It must be a whole number", ['--window', '1.5']],
    ["argument 'yesterday' is invalid. It must be a day or a time", ['--since', 'yesterday']],
    ["argument '2026-02-30' is invalid. It must be a day or a time", ['--until', '2026-02-30']],
    ["argument '1T' is invalid. It must be a size", ['--inflate-limit', '1T']],
    ['--since must be before --until', ['--since', '2026-11-25', '--until', '2026-11-24']],
    ['--since must be before --until', ['--since', '2026-11-24', '--until', '2026-11-24T00:00:00Z']],
    [
      `--out ${temp.path('no/such/folder')}: cannot be written: ENOENT`,
      ['--out', temp.path('no/such/folder')],
    ],
  ])('%s', async (message, options) => {
    const { code, stdout, stderr } = await runCli(['replay', trail, ...options]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at |^read /m);
  });

  it.each([
    ["missing required argument 'paths'", ['replay']],
    ["unknown command 'reply'", ['reply', trail]],
    ['Usage: regionsweep', []],
  ])('%s', async (message, args) => {
    const { code, stdout, stderr } = await runCli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

it('says which version it is: that of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

it('help is no fault, and goes to standard output', async () => {
  const { code, stdout, stderr } = await runCli(['replay', '--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const option of [
    '--format',
    '--out',
    '--windowing',
    '--min-regions',
    '--min-calls',
    '--window',
    '--since',
    '--until',
    '--group-by',
  ]) {
    expect(stdout).toContain(option);
  }
});

describe('options reach the rule', () => {
  it.each<[number, string[]]>([
    [1, []],
    [0, ['--min-regions', '11']],
    [1, ['--min-regions', '9']],
    [0, ['--min-calls', '11']],
    [1, ['--window', '10']],
    [0, ['--window', '5']],
    [1, ['--window', '5', '--min-regions', '5', '--until', '2026-11-24T04:00:05Z']],
    [0, ['--since', '2026-11-24T04:00:01Z']],
    [0, ['--until', '2026-11-24T04:00:09Z']],
    [1, ['--since', '2026-11-24', '--until', '2026-11-25']],
    [1, ['--windowing', 'sliding', '--group-by', 'issuer']],
  ])('%i alerts with %j', async (alerts, options) => {
    const { code, stderr } = await runCli(['replay', trail, ...options]);
    expect(code).toBe(0);
    expect(stderr).toMatch(new RegExp(`^${alerts} alert`, 'm'));
  });
});

it('nothing is left beside the trail', () => {
  expect(readdirSync(temp.path())).toEqual(['trail.json']);
});
