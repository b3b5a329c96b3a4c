import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';

/** What the code cache of a file is called, after it: another V8 compiles the file anew. */
export const CODE_CACHE = `.${process.arch}-${process.versions.v8}.code`;

/** Loads the files in a folder that have a code cache, and leaves all else to Node. */
export function loaderOf(folder: string, require: NodeJS.Require): (id: string) => unknown {
  return function load(id) {
    const file = join(folder, id);
    const script = !id.startsWith('./') || file in require.cache ? undefined : cachedScript(file);
    if (script === undefined) return require(id);
    const module = new Module(file);
    // Node finds it there too.
    require.cache[file] = module;
    script.runInThisContext()(module.exports, load, module, file, folder);
    return module.exports;
  };
}

function cachedScript(filename: string): Script | undefined {
  let cachedData: Buffer;
  try {
    cachedData = readFileSync(filename + CODE_CACHE);
  } catch {
    return undefined;
  }
  // All of it is ASCII, and latin1 is read fastest.
  return new Script(Module.wrap(readFileSync(filename, 'latin1')), { filename, cachedData });
}
