/** Runs the command line, and fills the code caches of its files, which are there already. For a process of its own. */

import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import vm from 'node:vm';

const [, , extension, program, ...args] = process.argv;
const scripts = new Map();
const { Script } = vm;
vm.Script = class extends Script {
  constructor(text, options) {
    // V8 keeps the name, and the code must be the same in any folder.
    super(text, { ...options, filename: basename(options.filename) });
    scripts.set(options.filename + extension, this);
  }
};
// What runs must not depend on how fast it does.
let now = 0n;
process.hrtime.bigint = () => (now += 10_000_000n);
process.argv = [process.execPath, program, ...args];
createRequire(import.meta.url)(program);
// By then V8 has compiled what such a run needs.
process.once('exit', () => {
  // V8 takes the code only where its flags are those it was made with.
  for (const flag of ['--flush-bytecode', '--hash-seed=0', '--random-seed=0']) setFlagsFromString(flag);
  for (const [file, script] of scripts) writeFileSync(file, script.createCachedData());
});
