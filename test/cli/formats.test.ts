import { existsSync, linkSync, readFileSync } from 'node:fs';
import { ecsAlertSchema } from '../../scripts/alert-schema';
import { jsonLines, runCli } from '../support/cli';
import { document, sweep, T0 } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

const trail = temp.write('two.json', document([...sweep({ regions: 12 }), ...sweep({ regions: 10, at: T0 + 60 })]));

const none = temp.write('none.json', document(sweep({ regions: 9 })));

/** Newest first. */
const starts = ['2026-11-24T04:01:00Z', '2026-11-24T04:00:00Z'];

function startsOf(alerts: readonly unknown[]): string[] {
  return alerts.map((alert) => ecsAlertSchema.parse(alert).regionsweep.window.start);
}

const startsIn = (file: string) => startsOf(jsonLines(readFileSync(file, 'utf8')));

it.each<[string[], (stdout: string) => unknown]>([
  [[], (stdout) => startsOf(jsonLines(stdout))],
  [['--format', 'ndjson'], (stdout) => startsOf(jsonLines(stdout))],
  [['--format', 'json'], (stdout) => startsOf(JSON.parse(stdout))],
  [['--format', 'email'], (stdout) => stdout.match(/window +(\S+)/g)?.map((line) => line.replace(/window +/, ''))],
  [
    ['--format', 'card'],
    (stdout) => jsonLines(stdout).map((card) => /2026-11-24T04:0\d:00Z/.exec(JSON.stringify(card))?.[0]),
  ],
  [['--format', 'table'], (stdout) => stdout.match(/window +(\S+)/g)?.map((line) => line.replace(/window +/, ''))],
])('writes the newest alert first with %j', async (options, read) => {
  const { code, stdout } = await runCli(['replay', trail, ...options]);
  expect(code).toBe(0);
  expect(read(stdout)).toEqual(starts.map((start) => expect.stringContaining(start)));
});

it.each([
  ['ndjson', ''],
  ['email', ''],
  ['card', ''],
])('writes no alert as %s', async (format, nothing) => {
  expect((await runCli(['replay', none, '--format', format])).stdout).toBe(nothing);
});

it('keeps the content of the output file until there is a result', async () => {
  const out = temp.write('earlier', 'x'.repeat(100_000));
  const other = temp.write('not-a-state', 'dear diary');
  const refused = await runCli(['replay', trail, '--out', out, '--state', other]);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('not a regionsweep state file') });
  expect(readFileSync(out, 'utf8')).toHaveLength(100_000);
  expect((await runCli(['replay', trail, '--out', out])).code).toBe(0);
  expect(startsIn(out)).toEqual(starts);
});

it('does not write the result over a file that it reads', async () => {
  const content = document(sweep({ regions: 10 }));
  const file = temp.write('in.json', content);
  const link = temp.path('link.json');
  linkSync(file, link);
  const exceptions = temp.write('exceptions.json', '{"exceptions":[]}');
  for (const args of [
    [file, '--out', file],
    [trail, file, '--out', `${temp.path()}/./in.json`],
    [file, '--out', link],
    [trail, '--exceptions', exceptions, '--out', exceptions],
    [trail, '--state', temp.path('both'), '--out', temp.path('both')],
  ]) {
    const run = await runCli(['replay', ...args]);
    expect(run).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('also reads or writes this file'),
    });
  }
  expect(readFileSync(file, 'utf8')).toBe(content);
  expect(readFileSync(exceptions, 'utf8')).toBe('{"exceptions":[]}');
  expect(existsSync(temp.path('both'))).toBe(false);
});

it('writes the result to a file, in the format of its name, as ndjson by default', async () => {
  const out = temp.path('result');
  expect(await runCli(['replay', trail, '--out', out])).toMatchObject({ code: 0, stdout: '' });
  expect(startsIn(out)).toEqual(starts);
  const csv = temp.path('result.csv');
  await runCli(['replay', trail, '--out', csv]);
  expect(readFileSync(csv, 'utf8')).toMatch(/^verdict,actor,/);
  const table = await runCli(['replay', trail, '--out', out, '--format', 'table']);
  expect(table).toMatchObject({ code: 0, stdout: '' });
  expect(readFileSync(out, 'utf8').match(/^ALERT /gm)).toHaveLength(2);
});

it('writes only results to standard output', async () => {
  const { stdout, stderr } = await runCli(['replay', trail, temp.write('broken.json', '{')]);
  expect(jsonLines(stdout)).toHaveLength(2);
  expect(stderr).toMatch(/^failed: /m);
  expect(stderr).toMatch(/^2 alerts$/m);
});
