import { readdirSync } from 'node:fs';
import { runCli } from '../support/cli';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

it('the demo tells its one sweep as a table', async () => {
  const { code, stdout, stderr } = await runCli(['demo']);
  expect(code).toBe(0);
  expect(stdout.match(/^ALERT /gm)).toHaveLength(1);
  expect(stdout).toContain('arn:aws:iam::111122223333:user/ci-deploy');
  expect(stderr).toMatch(/^1 alert$/m);
});

it('the demo keeps its trail where it is asked to, and says how to find the near misses', async () => {
  const folder = temp.path('kept');
  const { code, stderr } = await runCli(['demo', '--keep', folder]);
  expect(code).toBe(0);
  expect(readdirSync(folder)).toEqual(['AWSLogs']);
  for (const option of ['--windowing sliding', '--group-by issuer']) {
    expect(stderr).toContain(`replay ${folder} ${option}`);
    const again = await runCli(['replay', folder, ...option.split(' ')]);
    expect(again.stdout.trim().split('\n')).toHaveLength(2);
  }
});

it('the demo says why its trail cannot be kept', async () => {
  const file = temp.write('taken', '');
  const { code, stderr } = await runCli(['demo', '--keep', file]);
  expect(code).toBe(2);
  expect(stderr).toContain(`${file}: the trail cannot be written: `);
  expect(stderr).not.toMatch(/^ +at /m);
});
