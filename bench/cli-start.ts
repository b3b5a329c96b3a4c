/** What the command line takes to start, beyond what Node takes. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLI } from './contestants';
import { corpusOf } from './corpus/corpus';
import { filesUnder } from './in-process';
import { type Command, runProcess } from './process-run';
import { medianRatio } from './statistics';
import type { Figure } from './targets';

const FILES = 10;

export async function cliFigures(cache: string, rounds: number): Promise<Figure[]> {
  const { folder } = await corpusOf('S', cache);
  const few = await mkdtemp(join(tmpdir(), 'regionsweep-bench-'));
  try {
    const files = (await filesUnder(folder)).sort().slice(0, FILES);
    await Promise.all(files.map((file, index) => cp(file, join(few, `${index}.json.gz`))));
    const node = (...args: string[]): Command => ({ file: process.execPath, args });
    const commands = { bare: node('-e', '0'), version: node(CLI, '--version'), replay: node(CLI, 'replay', few) };
    const seconds: Record<keyof typeof commands, number[]> = { bare: [], version: [], replay: [] };
    for (let round = -2; round < rounds; round++) {
      for (const name of Object.keys(commands) as (keyof typeof commands)[]) {
        const { wall } = await runProcess(commands[name]);
        if (round >= 0) seconds[name].push(wall);
      }
    }
    const beyond = (name: 'version' | 'replay') => (medianRatio(seconds[name], seconds.bare) - 1) * 100;
    return [
      { name: 'cliVersion', value: beyond('version'), limit: 0, note: 'whole process' },
      { name: 'cliReplay', value: beyond('replay'), limit: 0, note: `whole process, ${FILES} files of S` },
    ];
  } finally {
    await rm(few, { recursive: true });
  }
}
