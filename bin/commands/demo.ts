import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { reasonOf, UsageError } from '../../lambda/errors';
import type { Console } from '../console';
import type { ExitCode } from '../exit-code';
import { runReplay } from './replay';

type DemoTrail = typeof import('../../generator/demo-trail');

export interface DemoOptions {
  readonly keep?: string;
}

export function addDemoCommand(program: Command, run: (options: DemoOptions) => Promise<void>): void {
  program
    .command('demo')
    .description(
      'Make a small trail with one sweep and some near misses, and replay it. No AWS account needed.',
    )
    .option('--keep <folder>', 'write the trail there and leave it, to replay it again')
    .action(run);
}

export async function runDemo({ keep }: DemoOptions, console: Console): Promise<ExitCode> {
  // Other commands make no trail.
  const { DEMO_SEED, demoTrail } = require('../../generator/demo-trail') as DemoTrail;
  const { generateTrail } = require('../../generator/trail') as typeof import('../../generator/trail');
  const { writeTrail } = require('../trail-files') as typeof import('../trail-files');
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
