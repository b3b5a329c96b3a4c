import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CLI_FILE } from '../support/build-cli';
import { REPOSITORY, runCli, runProcess } from '../support/cli';
import { document, sweep, T0 } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();
const others = useTempFolder();
const trail = temp.write('trail.json', document(sweep({ regions: 10 })));

describe('a usage error exits with 2, says what is wrong, and reads nothing', () => {
  it.each([
    ["unknown option '--frobnicate'", ['--frobnicate']],
    ["argument 'xml' is invalid. Allowed choices are table, ndjson, json", ['--format', 'xml']],
    ["argument 'hopping' is invalid. Allowed choices are tumbling, sliding", ['--windowing', 'hopping']],
    ["argument 'user' is invalid. Allowed choices are arn, issuer", ['--group-by', 'user']],
    ["argument '0' is invalid. Expected an integer from 1", ['--min-regions', '0']],
    ["argument 'ten' is invalid. Expected an integer", ['--min-regions', 'ten']],
    ["argument '-3' is invalid. Expected an integer", ['--min-calls', '-3']],
    ["argument '1.5' is invalid. Expected an integer", ['--window', '1.5']],
    ["argument 'yesterday' is invalid. Expected a date or time", ['--since', 'yesterday']],
    ["argument '2026-02-30' is invalid. Expected a date or time", ['--until', '2026-02-30']],
    ["argument '7y' is invalid. Expected a date or time such as", ['--until', '7y']],
    ["argument '1T' is invalid. Expected a size", ['--inflate-limit', '1T']],
    ["argument '65' is invalid. Expected an integer from 1 to 64", ['--threads', '65']],
    ['--since must be before --until', ['--since', '2026-11-25', '--until', '2026-11-24']],
    ['--since must be before --until', ['--since', '2026-11-24', '--until', '2026-11-24T00:00:00Z']],
    [`--out ${temp.path('no/such/folder')}: cannot be written: ENOENT`, ['--out', temp.path('no/such/folder')]],
  ])('%s', async (message, options) => {
    const { code, stdout, stderr } = await runCli(['replay', trail, ...options]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^read /m);
  });

  it.each([
    ["missing required argument 'paths'", ['replay']],
    ["unknown command 'reply'", ['reply', trail]],
    ['Usage: regionsweep', []],
  ])('%s', async (message, args) => {
    const { code, stdout, stderr } = await runProcess(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

it.each<[string, Buffer]>([
  ['compressed', gzipSync(document(sweep({ regions: 10 })))],
  ['plain', Buffer.from(document(sweep({ regions: 10 })))],
])('does not write its result over a log file of the folder that it reads: %s', async (name, log) => {
  const file = others.write(`logs/${name}.json.gz`, log);
  const { code, stderr } = await runCli(['replay', others.path('logs'), '--out', file]);
  expect({ code, isUnchanged: readFileSync(file).equals(log) }).toEqual({ code: 2, isUnchanged: true });
  expect(stderr).toContain(`--out ${file}: holds CloudTrail records`);
});

it('does not take its own files in the folder that it reads for log files', async () => {
  others.write('own/trail.json', document(sweep({ regions: 10 })));
  const exceptions = others.write('own/exceptions.json', '{"exceptions":[]}');
  const own = ['--exceptions', exceptions, '--state', others.path('own/state.json')];
  for (const _ of ['first', 'again']) {
    const { code, stderr } = await runCli(['replay', others.path('own'), ...own]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('1 alert') });
  }
});

(existsSync('/dev/full') ? it : it.skip)('reports a result that cannot be written to standard output', () => {
  const file = openSync('/dev/full', 'w');
  const { stderr, status } = spawnSync(process.execPath, [CLI_FILE, 'replay', trail], {
    encoding: 'utf8',
    stdio: ['ignore', file, 'pipe'],
  });
  closeSync(file);
  expect([status, stderr]).toEqual([1, expect.stringContaining('cannot write the result: ENOSPC')]);
});

it('shows the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { version: string };
  expect(await runProcess(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

describe('help', () => {
  it('lists every command on standard output', async () => {
    const { code, stdout, stderr } = await runCli(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const name of ['replay', 'demo', 'simulate', 'alerts', 'cost']) {
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
  });

  it('has examples of every command, of options that it knows', async () => {
    const { stdout: all } = await runCli(['--help']);
    const commands = all
      .split('Commands:')[1]!
      .split('Examples:')[0]!
      .match(/^ {2}(?!help)[a-z]+/gm)!;
    expect(commands.length).toBeGreaterThan(5);
    for (const command of commands.map((name) => name.trim())) {
      const { stdout } = await runCli([command, '--help']);
      const [options, examples = ''] = stdout.split('Examples:\n');
      expect(examples).toContain(`regionsweep ${command}`);
      const flags = [...examples.matchAll(/--[a-z-]+/g)].map(([flag]) => flag);
      expect(flags.filter((flag) => !new RegExp(`^ +${flag}\\b`, 'm').test(options!))).toEqual([]);
    }
  });

  it('lists the options of a command', async () => {
    const { code, stdout, stderr } = await runCli(['replay', '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const names = 'format out windowing min-regions min-calls window since until group-by'.split(' ');
    for (const name of names) expect(stdout).toContain(`--${name} `);
  });
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
    [1, ['--since', '2026-11-24T05:00+01:00', '--until', '2026-11-24 04:00:10']],
    [0, ['--since', '2026-11-24 05:00:01 +0100']],
    [1, ['--since', '2h', '--until', '59m']],
    [0, ['--since', '59m']],
    [1, ['--windowing', 'sliding', '--group-by', 'issuer']],
  ])('%i alerts with %j', async (alerts, options) => {
    const { code, stderr } = await runCli(['replay', trail, ...options], { time: T0 + 3600 });
    expect(code).toBe(0);
    expect(stderr).toMatch(new RegExp(`^${alerts} alert`, 'm'));
  });
});

it('leaves no file next to the trail', () => {
  expect(readdirSync(temp.path())).toEqual(['trail.json']);
});
