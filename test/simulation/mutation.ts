import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import * as errors from '../../lambda/errors';
import { handleBatch } from '../../lambda/pipeline/batch';
import type { Program } from './world';

/** A way to break the detector, and a world that shows it. */
export interface Mutation {
  readonly name: string;
  /** a world in which it is caught */
  readonly seed: number;
  /** what is said to be wrong there */
  readonly caught: string;
  readonly ports?: Omit<Program, 'handle'>;
  readonly edit?: Edit;
}

/** One change of the product's source: `find` must stand in the file exactly once. */
export interface Edit {
  /** under lambda/ */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export async function programOf({ ports, edit }: Mutation): Promise<Program> {
  return { handle: edit === undefined ? handleBatch : await mutated(edit), ...ports };
}

const LAMBDA = resolve(__dirname, '../../lambda');

const ERRORS = join(LAMBDA, 'errors');

/**
 * The program as it would be after the edit; no file is touched.
 * @throws Error when the source is not any more what the edit expects
 */
export async function mutated(edit?: Edit): Promise<typeof handleBatch> {
  const built = await build({
    entryPoints: [join(LAMBDA, 'pipeline/batch.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    packages: 'external',
    logLevel: 'silent',
    plugins: [sharedErrors, ...(edit === undefined ? [] : [edited(edit)])],
  });
  const module = { exports: {} as { handleBatch: typeof handleBatch } };
  const fromHere = createRequire(__filename);
  const load = (name: string): unknown => (name === ERRORS ? errors : fromHere(name));
  new Function('module', 'exports', 'require', built.outputFiles[0]!.text)(module, module.exports, load);
  return module.exports.handleBatch;
}

/** The world's errors must be of the classes that the program looks for. */
const sharedErrors: Plugin = {
  name: 'shared-errors',
  setup({ onResolve }) {
    onResolve({ filter: /\/errors$/ }, () => ({ path: ERRORS, external: true }));
  },
};

function edited({ file, find, replace }: Edit): Plugin {
  const path = join(LAMBDA, file);
  if (!existsSync(path)) throw new Error(`mutation: there is no lambda/${file}`);
  const source = readFileSync(path, 'utf8');
  const places = source.split(find).length - 1;
  if (places !== 1) throw new Error(`mutation: lambda/${file} has ${places} places like ${JSON.stringify(find)}`);
  const contents = source.replace(find, () => replace);
  return {
    name: 'edited',
    setup({ onLoad }) {
      onLoad({ filter: /\/lambda\/.*\.ts$/ }, (given) =>
        given.path === path ? { contents, loader: 'ts' } : undefined,
      );
    },
  };
}
