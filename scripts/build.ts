/**
 * Builds the package into dist/: the constructs, the command line and the function, each with what it needs of other
 * packages inside, so that an installation brings nothing else along.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync, type Metafile } from 'esbuild';
import { bundle } from '../lib/function-bundle';
import { bundleCli, EXTERNAL, NODE } from './cli-bundle';

export const ROOT = join(__dirname, '..');

/** The package's code. */
export const DIST = join(ROOT, 'dist');

/**
 * Builds dist/.
 * @returns the packages whose code is inside, as folders relative to the root
 */
export async function build(): Promise<string[]> {
  rmSync(DIST, { recursive: true, force: true });
  declareTypes();
  const constructs = buildSync({
    ...NODE,
    entryPoints: ['lib/index.ts'],
    outfile: 'dist/lib/index.js',
    external: EXTERNAL,
  });
  const commandLine = await bundleCli(join(DIST, 'bin'));
  mkdirSync(join(DIST, 'function'));
  const detector = bundle(join(ROOT, 'lambda/handler.ts'), join(DIST, 'function'));
  const folders = packagesIn([constructs.metafile, ...commandLine, detector]);
  writeFileSync(join(DIST, 'THIRD-PARTY-LICENSES.txt'), licences(folders));
  return folders;
}

/** TypeScript 7, in a quarter of the time of 6: which stays for who calls the compiler, for 7 has no stable API yet. */
export const TSC = join(ROOT, 'node_modules/@typescript/native/bin/tsc');

/** The types of what lib/index.ts exports; its exports in package.json keep the files behind it private. */
function declareTypes(): void {
  const { status } = spawnSync(process.execPath, [TSC, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) throw new Error('tsc failed');
}

function packagesIn(metafiles: readonly Metafile[]): string[] {
  const inputs = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap((output) => Object.keys(output.inputs)),
  );
  const folders = inputs.flatMap((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []);
  return [...new Set(folders)].sort();
}

interface Package {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/** What the licences of the packages inside ask for: their texts. */
function licences(folders: readonly string[]): string {
  const texts = new Map<string, string[]>();
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Package;
    const file = readdirSync(join(ROOT, folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    const text =
      file === undefined
        ? `${license}; the package has no licence file.`
        : readFileSync(join(ROOT, folder, file), 'utf8').trim();
    texts.set(text, [...(texts.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  const sections = [...texts].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`);
  return [`The files of this package hold code of these others.\n`, ...sections].join(`\n${'-'.repeat(80)}\n\n`);
}

if (require.main === module) void build();
