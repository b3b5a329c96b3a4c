import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_PARAMETERS } from '../../lambda/detection/rule';
import type { AddCommand } from '../cli/io';
import { ACCOUNT_NAMES, ASN, examples } from '../cli/options';

export const addDemo: AddCommand = (program, run) => {
  program
    .command('demo')
    .description('Generate a small trail with one sweep and some near misses, and replay it. Needs no AWS account.')
    .option('--keep <folder>', 'write the trail to this folder and keep it')
    .addOption(ASN)
    .addOption(ACCOUNT_NAMES)
    .addHelpText(
      'after',
      examples({
        'regionsweep demo': 'the sweep that is found',
        'regionsweep demo --keep ./demo': 'keep the trail, to try other options on it',
      }),
    )
    .action(
      run(async (console, { keep, ...labels }) => {
        const { DEMO_SEED, demoTrail } = await import('../synthetic-trail/demo.js');
        const { generateTrail } = await import('../synthetic-trail/trail.js');
        const { toFolder, writeTrail } = await import('./write-trail.js');
        const { replayLocal } = await import('./replay-local.js');
        const folder = keep ?? (await mkdtemp(join(tmpdir(), 'regionsweep-demo-')));
        try {
          const trail = generateTrail(demoTrail(), DEMO_SEED);
          await writeTrail(trail, toFolder(folder), console.interrupted);
          const { objects, records } = trail.answer().totals;
          console.stderr.write(
            `One hour of a made-up account: ${objects} objects, ${records} records, and a stolen key that is tried in\n` +
              'seventeen regions. Near misses: nine regions in one window, ten regions across the edge of two windows, a slow\n' +
              'monitor, a role with one session per region, a policy that names the call, a service calling by itself.\n\n',
          );
          const paths = { paths: [folder], keyFilter: {}, client: {} };
          const exitCode = await replayLocal(paths, { ...labels, rule: DEFAULT_PARAMETERS, format: 'table' }, console);
          if (keep !== undefined) {
            console.stderr.write(
              `\nThe trail is in ${keep}. Find the near misses:\n` +
                `  npm run -s regionsweep -- replay ${keep} --windowing sliding\n` +
                `  npm run -s regionsweep -- replay ${keep} --group-by issuer\n`,
            );
          }
          return exitCode;
        } finally {
          if (keep === undefined) await rm(folder, { recursive: true, force: true });
        }
      }),
    );
};
