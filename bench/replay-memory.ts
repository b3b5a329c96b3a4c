/**
 * Peak memory of `replay` over few and over many objects without a matched call: it must not grow with their number.
 * `npx tsx bench/replay-memory.ts`
 */
import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const FEW = 1_000;
const MANY = 30_000;
const ROUNDS = 3;

/** Objects of ten records each, none of them the rule's call. One file under many names: a walk sees no difference. */
function writeObjects(folder: string, count: number): void {
  mkdirSync(folder);
  const record = {
    eventTime: '2026-11-24T04:00:00Z',
    eventSource: 'ec2.amazonaws.com',
    eventName: 'DescribeVpcs',
    awsRegion: 'us-east-1',
    userIdentity: { arn: 'arn:aws:iam::111122223333:user/erin' },
    userAgent: 'x'.repeat(900),
  };
  const first = join(folder, '0.json.gz');
  writeFileSync(first, gzipSync(JSON.stringify({ Records: new Array(10).fill(record) })));
  for (let index = 1; index < count; index++) linkSync(first, join(folder, `${index}.json.gz`));
}

/** Runs the real command line in this process, and prints its peak memory at the end. */
async function replayLocal(folder: string): Promise<void> {
  process.once('exit', () => process.stdout.write(`peak ${process.resourceUsage().maxRSS}\n`));
  process.argv = [process.execPath, 'regionsweep', 'replay', folder];
  await import('../bin/regionsweep.js');
}

/** The median peak of some runs, in MB. */
function peakOf(folder: string): number {
  const peaks = Array.from({ length: ROUNDS }, () => {
    const args = ['--import', 'tsx', __filename, folder];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    const peak = /^peak (\d+)$/m.exec(stdout)?.[1];
    if (peak === undefined) throw new Error(`no peak memory was printed: ${stderr}`);
    return Number(peak) / 1000;
  });
  return peaks.sort((a, b) => a - b)[ROUNDS >> 1]!;
}

function compare(): void {
  const root = mkdtempSync(join(tmpdir(), 'regionsweep-memory-'));
  try {
    const [few, many] = [FEW, MANY].map((count) => {
      const folder = join(root, `${count}`);
      writeObjects(folder, count);
      const peak = peakOf(folder);
      console.log(`${count.toLocaleString('en-US')} objects: peak ${peak.toFixed(0)} MB`);
      return peak;
    });
    console.log(`ratio ${(many! / few!).toFixed(2)} for ${MANY / FEW} times the objects`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const folder = process.argv[2];
if (folder === undefined) compare();
else void replayLocal(folder);
