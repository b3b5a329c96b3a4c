import { readdirSync } from 'node:fs';
import { jsonLines, runCli } from '../support/cli';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

it('shows the one sweep as a table', async () => {
  const { code, stdout, stderr } = await runCli(['demo']);
  expect(code).toBe(0);
  expect(stdout.match(/^ALERT /gm)).toHaveLength(1);
  expect(stdout).toContain('arn:aws:iam::111122223333:user/ci-deploy');
  expect(stderr).toMatch(/^1 alert$/m);
});

it('keeps its trail in the given folder, and shows how to find the near misses', async () => {
  const folder = temp.path('kept');
  const { code, stderr } = await runCli(['demo', '--keep', folder]);
  expect(code).toBe(0);
  expect(readdirSync(folder)).toEqual(['AWSLogs']);
  for (const option of ['--windowing sliding', '--group-by issuer']) {
    expect(stderr).toContain(`replay ${folder} ${option}`);
    const again = await runCli(['replay', folder, ...option.split(' ')]);
    expect(jsonLines(again.stdout)).toHaveLength(2);
  }
});

it('says why its trail cannot be kept', async () => {
  const file = temp.write('taken', '');
  const { code, stderr } = await runCli(['demo', '--keep', file]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/taken\/AWSLogs\/.* cannot be written: /);
});
