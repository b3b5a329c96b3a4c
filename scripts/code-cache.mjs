/** Runs the command line, and fills the code caches of its files, which are there already. For a process of its own. */

import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import vm from 'node:vm';

const [, , extension, program, ...args] = process.argv;
const scripts = new Map();
const { Script } = vm;
vm.Script = class extends Script {
  constructor(text, options) {
    super(text, options);
    scripts.set(options.filename + extension, this);
  }
};
process.argv = [process.execPath, program, ...args];
createRequire(import.meta.url)(program);
// By then V8 has compiled what such a run needs.
process.once('exit', () => {
  for (const [file, script] of scripts) writeFileSync(file, script.createCachedData());
});
