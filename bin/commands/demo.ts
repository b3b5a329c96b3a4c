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
      ...examples({
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
            `One hour of a made-up account: ${objects} objects, ${records} records, and a stolen\n` +
              'key that is tried in seventeen regions. Near misses: nine regions in one\n' +
              'window, ten regions across the edge of two windows, a slow monitor, a role\n' +
              'with one session per region, a policy that names the call, a service calling\n' +
              'by itself.\n\n',
          );
          const paths = { paths: [folder], keyFilter: {}, client: {} };
          const exitCode = await replayLocal(paths, { ...labels, rule: DEFAULT_PARAMETERS, format: 'table' }, console);
          console.stderr.write(
            keep === undefined
              ? '\nregionsweep demo --keep ./demo keeps the trail, to find the near misses.\n'
              : `\nThe trail is in ${keep}. Find the near misses:\n` +
                  `  regionsweep replay ${keep} --windowing sliding\n` +
                  `  regionsweep replay ${keep} --group-by issuer\n`,
          );
          return exitCode;
        } finally {
          if (keep === undefined) await rm(folder, { recursive: true, force: true });
        }
      }),
    );
};
