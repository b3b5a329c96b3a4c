import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import * as errors from '../../lambda/errors';
import type { handleBatch } from '../../lambda/pipeline/batch';

/** One change of the product's source: `find` must stand in the file exactly once. */
export interface Edit {
  /** under lambda/ */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const LAMBDA = resolve(__dirname, '../../lambda');

const ERRORS = join(LAMBDA, 'errors');

/**
 * The program as it would be after the edits; no file is touched.
 * @throws Error when the source is not any more what an edit expects
 */
export async function mutated(edits: readonly Edit[]): Promise<typeof handleBatch> {
  const built = await build({
    entryPoints: [join(LAMBDA, 'pipeline/batch.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    packages: 'external',
    logLevel: 'silent',
    plugins: [sharedErrors(), edited(edits)],
  });
  const module = { exports: {} as { handleBatch: typeof handleBatch } };
  const fromHere = createRequire(__filename);
  const load = (name: string): unknown => (name === ERRORS ? errors : fromHere(name));
  new Function('module', 'exports', 'require', built.outputFiles[0]!.text)(module, module.exports, load);
  return module.exports.handleBatch;
}

/** The world's errors must be of the classes that the program looks for. */
function sharedErrors(): Plugin {
  return {
    name: 'shared-errors',
    setup({ onResolve }) {
      onResolve({ filter: /\/errors$/ }, () => ({ path: ERRORS, external: true }));
    },
  };
}

function edited(edits: readonly Edit[]): Plugin {
  for (const { file } of edits) {
    if (!existsSync(join(LAMBDA, file))) throw new Error(`mutation: there is no lambda/${file}`);
  }
  return {
    name: 'edited',
    setup({ onLoad }) {
      onLoad({ filter: /\/lambda\/.*\.ts$/ }, ({ path }) => {
        const mine = edits.filter(({ file }) => join(LAMBDA, file) === path);
        return { contents: mine.reduce(apply, readFileSync(path, 'utf8')), loader: 'ts' };
      });
    },
  };
}

function apply(source: string, { file, find, replace }: Edit): string {
  const places = source.split(find).length - 1;
  if (places !== 1) throw new Error(`mutation: lambda/${file} has ${places} places like ${JSON.stringify(find)}`);
  return source.replace(find, () => replace);
}
