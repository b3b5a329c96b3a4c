import { existsSync, linkSync, readFileSync } from 'node:fs';
import { ecsAlertSchema } from '../../lambda/alert/render/ecs-schema';
import { runCli } from '../support/cli';
import { document, sweep, T0 } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

const trail = temp.write('two.json', document([...sweep({ regions: 12 }), ...sweep({ regions: 10, at: T0 + 60 })]));

const none = temp.write('none.json', document(sweep({ regions: 9 })));

const starts = ['2026-11-24T04:01:00Z', '2026-11-24T04:00:00Z'];

function startsOf(alerts: readonly unknown[]): string[] {
  return alerts.map((alert) => ecsAlertSchema.parse(alert).regionsweep.window.start);
}

function linesOf(text: string): unknown[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

it('tells one alert a line where it is piped, the newest first', async () => {
  const { code, stdout } = await runCli(['replay', trail]);
  expect(code).toBe(0);
  expect(startsOf(linesOf(stdout))).toEqual(starts);
});

it.each(['ndjson', 'json', 'table'])('tells the same with --format %s', async (format) => {
  const { code, stdout } = await runCli(['replay', trail, '--format', format]);
  expect(code).toBe(0);
  switch (format) {
    case 'ndjson':
      expect(startsOf(linesOf(stdout))).toEqual(starts);
      break;
    case 'json':
      expect(startsOf(JSON.parse(stdout))).toEqual(starts);
      break;
    default:
      expect(stdout.match(/window +(\S+)/g)).toEqual(starts.map((start) => expect.stringContaining(start)));
  }
});

it('tells nothing where there is nothing to tell, in each form', async () => {
  const told = await Promise.all(
    ['ndjson', 'json', 'table'].map(async (format) => (await runCli(['replay', none, '--format', format])).stdout),
  );
  expect(told).toEqual(['', '[]\n', '']);
});

it('leaves what is in a file until there is a result to replace it', async () => {
  const out = temp.write('earlier', 'x'.repeat(100_000));
  const other = temp.write('not-a-state', 'dear diary');
  const refused = await runCli(['replay', trail, '--out', out, '--state', other]);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('is no state file') });
  expect(readFileSync(out, 'utf8')).toHaveLength(100_000);
  expect((await runCli(['replay', trail, '--out', out])).code).toBe(0);
  expect(startsOf(linesOf(readFileSync(out, 'utf8')))).toEqual(starts);
});

it('writes no result over what it reads', async () => {
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
      stderr: expect.stringContaining('is read by the same'),
    });
  }
  expect(readFileSync(file, 'utf8')).toBe(content);
  expect(readFileSync(exceptions, 'utf8')).toBe('{"exceptions":[]}');
  expect(existsSync(temp.path('both'))).toBe(false);
});

it('writes the result to a file, as lines unless told otherwise', async () => {
  const out = temp.path('result');
  const lines = await runCli(['replay', trail, '--out', out]);
  expect(lines).toMatchObject({ code: 0, stdout: '' });
  expect(startsOf(linesOf(readFileSync(out, 'utf8')))).toEqual(starts);
  const table = await runCli(['replay', trail, '--out', out, '--format', 'table']);
  expect(table).toMatchObject({ code: 0, stdout: '' });
  expect(readFileSync(out, 'utf8').match(/^ALERT /gm)).toHaveLength(2);
});

it('writes only results to standard output', async () => {
  const { stdout, stderr } = await runCli(['replay', trail, temp.write('broken.json', '{')]);
  expect(linesOf(stdout)).toHaveLength(2);
  expect(stderr).toMatch(/^failed: /m);
  expect(stderr).toMatch(/^2 alerts$/m);
});
