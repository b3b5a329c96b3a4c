/** How long the function's module takes to load, beside that of its SDK clients and Powertools alone. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../lib/function-bundle';
import { median, medianRatio } from '../statistics';
import type { Figure } from '../targets';
import { ENVIRONMENT } from './environment';

const ROOT = join(__dirname, '../..');

const ENTRIES = {
  function: join(ROOT, 'lambda/handler.ts'),
  made: join(__dirname, 'sdk-made.ts'),
  atStart: join(__dirname, 'sdk-at-start.ts'),
} as const;

/** A process each time, since a module is loaded but once; its warnings are about the machine's Node. */
export function startFigure(rounds: number): Figure {
  const folder = mkdtempSync(join(tmpdir(), 'regionsweep-start-'));
  try {
    const files = Object.entries(ENTRIES).map(([name, entry]) => {
      const place = join(folder, name);
      mkdirSync(place);
      bundle(entry, place, ROOT);
      return join(place, 'index.mjs');
    });
    const millis = files.map((): number[] => []);
    for (let round = -1; round < rounds; round++) {
      for (const [at, file] of files.entries()) {
        const taken = loadingMillis(file);
        if (round >= 0) millis[at]!.push(taken);
      }
    }
    const [ours, made, atStart] = millis as [number[], number[], number[]];
    const [of, to] = [median(ours), median(made)].map((value) => value.toFixed(0));
    const strict = medianRatio(ours, atStart).toFixed(2);
    return {
      name: 'start',
      value: medianRatio(ours, made),
      note: `${of} ms and ${to} ms of the processor; ÷ S3, DynamoDB and Powertools alone ${strict}`,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function loadingMillis(file: string): number {
  const script = `
    const before = process.cpuUsage();
    import(${JSON.stringify(file)}).then(() => {
      const { user, system } = process.cpuUsage(before);
      console.log('loaded ' + (user + system) / 1e3);
    });`;
  const env = { PATH: process.env.PATH, ...ENVIRONMENT };
  const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', '-e', script], {
    env,
    encoding: 'utf8',
  });
  const loaded = /^loaded ([\d.]+)$/m.exec(stdout)?.[1];
  if (loaded === undefined) throw new Error(`the function did not load: ${stderr.slice(-1000)}`);
  return Number(loaded);
}
