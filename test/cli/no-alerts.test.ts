import { runCli } from '../support/cli';
import { document, sweep } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

const nine = temp.write('nine.json', document(sweep({ regions: 9 })));

const broken = temp.write('broken.json', '{"Records": [');

const NO_ALL_CLEAR = 'Not everything was read: this is no all-clear.';

it.each(['table', 'html'])('a %s without alerts says what was read', async (format) => {
  const { code, stdout } = await runCli(['replay', nine, '--format', format]);
  expect(code).toBe(0);
  for (const said of [
    'No alerts.',
    'rule: 10 regions within 30 s (tumbling), by arn',
    'calls from 2026-11-24T04:00:00Z to 2026-11-24T04:00:08Z in 9 regions and 1 account',
    'read 1 object (',
  ]) {
    expect(stdout).toContain(said);
  }
  expect(stdout).not.toContain(NO_ALL_CLEAR);
});

it.each(['table', 'html', 'json'])('a %s of a failed run is no all-clear', async (format) => {
  const { code, stdout } = await runCli(['replay', nine, broken, '--format', format]);
  expect(code).toBe(1);
  expect(stdout).toContain(NO_ALL_CLEAR);
  expect(stdout).toContain('failed: 1 object');
  if (format === 'json') expect(JSON.parse(stdout)).toMatchObject([{ event: { kind: 'pipeline_error' } }]);
});

it.each([
  [['--min-regions', '101'], true],
  [['--window', '301'], true],
  [['--min-calls', '1001'], true],
  [['--min-regions', '100', '--window', '300', '--min-calls', '1000'], false],
])('a rule of %j that a deployment refuses is warned of: %s', async (options, isWarned) => {
  const { stderr } = await runCli(['replay', nine, ...options]);
  expect(stderr.includes('a deployment refuses this rule')).toBe(isWarned);
});
