/** Compiles to the modules beside this folder. With `--check` nothing is written: it exits with 1 when one would change. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const TARGETS = [
  ['skip.ts', 'simd-wasm.ts', 'SKIP_WASM', '18'],
  ['scan.ts', 'scan-wasm.ts', 'SCAN_WASM', '19'],
];
const LINE = 96;

const options = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd'];
const folder = fileURLToPath(new URL('.', import.meta.url));

for (const [source, target, name, pages] of TARGETS) {
  const memory = ['--initialMemory', pages, '--maximumMemory', pages];
  let wasm;
  const { error, stderr } = await asc.main([source, '--baseDir', folder, '-o', 'out.wasm', ...options, ...memory], {
    writeFile: (_, content) => {
      wasm = Buffer.from(content);
    },
  });
  if (error) throw new Error(`asc: ${stderr}`, { cause: error });
  const lines = wasm.toString('base64').match(new RegExp(`.{1,${LINE}}`, 'g'));
  const text = `/** Generated from assembly/${source} by \`npm run wasm\`: WebAssembly, in base64. */
export const ${name} =
${lines.map((line) => `  '${line}'`).join(' +\n')};
`;
  const file = new URL(`../${target}`, import.meta.url);
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (text !== readFileSync(file, 'utf8')) process.exitCode = 1;
}
