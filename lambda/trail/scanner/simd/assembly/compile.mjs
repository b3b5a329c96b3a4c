/** Compiles scan.ts to ../simd-wasm.ts. With `--check` nothing is written: it exits with 1 when that file would change. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const SOURCE = 'scan.ts';
const TARGET = new URL('../simd-wasm.ts', import.meta.url);
/** As much as places.ts uses, and a page of slack. */
const PAGES = '19';
const LINE = 112;

const options = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd'];
const memory = ['--initialMemory', PAGES, '--maximumMemory', PAGES];
const folder = fileURLToPath(new URL('.', import.meta.url));

let wasm;
const { error, stderr } = await asc.main([SOURCE, '--baseDir', folder, '-o', 'scan.wasm', ...options, ...memory], {
  writeFile: (_, content) => {
    wasm = Buffer.from(content);
  },
});
if (error) throw new Error(`asc: ${stderr}`, { cause: error });

const lines = wasm.toString('base64').match(new RegExp(`.{1,${LINE}}`, 'g'));
const text = `/** Generated from assembly/scan.ts by \`npm run wasm\`: WebAssembly, in base64. */
export const SCAN_WASM =
${lines.map((line) => `  '${line}'`).join(' +\n')};
`;
if (process.argv.includes('--check')) {
  process.exitCode = text === readFileSync(TARGET, 'utf8') ? 0 : 1;
} else {
  writeFileSync(TARGET, text);
}
