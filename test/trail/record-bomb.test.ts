import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const MIB = 1024 * 1024;
const isLinux = process.platform === 'linux';

// Only there a process can read its own peak.
(isLinux ? it : it.skip)('objects that are one huge record each are refused within 128 MiB', () => {
  const args = ['--import', 'tsx', join(__dirname, 'record-bomb.child.ts')];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  const { errors, growth } = JSON.parse(stdout) as { errors: string[]; growth: number };
  expect(errors).toHaveLength(4);
  for (const error of errors) expect(error).toContain('bomb.json.gz: byte 12: record 0 is larger than');
  expect(growth).toBeLessThan(128 * MIB);
});
