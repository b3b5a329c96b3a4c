import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Command } from 'commander';
import { reasonOf, UsageError } from '../../lambda/errors';
import type { Console, ExitCode, Exits } from '../cli/io';
import type { Trail } from '../synthetic-trail/trail';
import { runReplay } from './replay';

type DemoTrail = typeof import('../synthetic-trail/demo');

export interface DemoOptions {
  readonly keep?: string;
}

export function addDemoCommand(program: Command, console: Console, exits: Exits): void {
  program
    .command('demo')
    .description('Make a small trail with one sweep and some near misses, and replay it. No AWS account needed.')
    .option('--keep <folder>', 'write the trail there and leave it, to replay it again')
    .action(exits((options: DemoOptions) => runDemo(options, console)));
}

export async function runDemo({ keep }: DemoOptions, console: Console): Promise<ExitCode> {
  // Other commands make no trail.
  const { DEMO_SEED, demoTrail } = require('../synthetic-trail/demo') as DemoTrail;
  const { generateTrail } = require('../synthetic-trail/trail') as typeof import('../synthetic-trail/trail');
  const folder = keep ?? (await mkdtemp(join(tmpdir(), 'regionsweep-demo-')));
  try {
    const trail = generateTrail(demoTrail(), DEMO_SEED);
    await writeTrail(trail, folder).catch((cause) => {
      throw new UsageError(`${folder}: the trail cannot be written: ${reasonOf(cause)}`, { cause });
    });
    const { objects, records } = trail.answer().totals;
    console.stderr.write(
      `An hour of one account, made up: ${objects} objects, ${records} records. In it a stolen key is tried in\n` +
        'seventeen regions. Beside it: nine regions in one window, ten regions across the edge of two, a slow monitor,\n' +
        'a role with a session a region, a policy that names the call, a service calling for itself.\n\n',
    );
    const exitCode = await runReplay([folder], { format: 'table' }, console);
    if (keep !== undefined) {
      console.stderr.write(
        `\nThe trail is in ${keep}. Try:\n` +
          `  npm run -s regionsweep -- replay ${keep} --windowing sliding\n` +
          `  npm run -s regionsweep -- replay ${keep} --group-by issuer\n`,
      );
    }
    return exitCode;
  } finally {
    if (keep === undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** Writes a generated trail as files under a folder, in the layout of a trail's bucket. */
export async function writeTrail(trail: Trail, folder: string): Promise<void> {
  for (const { key, body } of trail.objects) {
    const file = join(folder, key);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, gzipSync(body));
  }
}
