import { existsSync } from 'node:fs';
import { runProcess } from '../../bench/process-run';

const node = (script: string) => runProcess({ file: process.execPath, args: ['-e', script] });
const hasProc = existsSync('/proc/self/status');

it('returns what a process printed and took, with that of its children', async () => {
  const burn = 'const end = process.cpuUsage().user + 3e5; while (process.cpuUsage().user < end);';
  const child = `require('node:child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(burn)}]);`;
  const { stdout, wall, cpu } = await node(`${child} console.log('done')`);
  expect(stdout).toBe('done\n');
  expect(cpu).toBeGreaterThan(0.3);
  expect(wall).toBeGreaterThan(0.3);
});

(hasProc ? it : it.skip)('returns the peak memory of that process alone, whatever this one holds', async () => {
  const held = Buffer.alloc(300e6, 1);
  // Long enough to be looked at on a machine that has other things to do.
  const wait = 'setTimeout(() => {}, 1_000);';
  const small = await node(wait);
  const large = await node(`globalThis.held = Buffer.alloc(200e6, 1); ${wait}`);
  expect(held.length).toBe(300e6);
  expect(small.peak).toBeGreaterThan(10);
  expect(small.peak).toBeLessThan(150);
  expect(large.peak - small.peak).toBeGreaterThan(190);
});

it('throws with what a failed process said', async () => {
  await expect(node("console.error('no such thing'); process.exit(3)")).rejects.toThrow(/with 3.*no such thing/);
});
