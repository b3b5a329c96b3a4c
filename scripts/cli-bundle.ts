import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { CODE_CACHE } from '../bin/cli/code-cache';
import { toFolder, writeTrail } from '../bin/commands/write-trail';
import { DEMO_SEED, demoTrail } from '../bin/synthetic-trail/demo';
import { generateTrail } from '../bin/synthetic-trail/trail';

const ROOT = join(__dirname, '..');

/** For what Node runs as CommonJS. */
export const NODE = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  charset: 'utf8',
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** An app has the CDK itself, and a construct of another copy is none of the app's. The rest are only there on request. */
export const EXTERNAL = ['aws-cdk-lib', 'constructs', 'esbuild', 'zlib-sync'];

/** The programs: the command line, and a thread of it. */
const PROGRAMS = ['bin/regionsweep.ts', 'bin/workers/worker.ts'];

/**
 * Files of which all runs at once, since all of it is needed: V8 reads it once then, and otherwise each part again when
 * that is first asked for. Each with what it is there for, and what that loads unless a file before it has it.
 */
const WHOLE: Readonly<Record<string, readonly string[]>> = {
  'regionsweep.js': ['bin/regionsweep.ts'],
  'reading.js': ['bin/workers/worker.ts'],
  'program.js': ['bin/cli/program.ts'],
  'replay.js': ['bin/commands/replay.ts', 'bin/commands/replay-local.ts'],
};

/** With those of which a part runs when it is first asked for. */
const FILES = {
  ...WHOLE,
  'alerts.js': [
    'lambda/pipeline/replay-alerts.ts',
    'lambda/alert/render/ecs.ts',
    'lambda/alert/render/plain-text.ts',
    'lambda/trail/object-reader.ts',
  ],
};

/** What a thread loads. It must run nothing of the command line. */
const OF_THREADS = ['bin/workers/worker.ts', 'lambda/trail/object-reader.ts', 'lambda/detection/exception-document.ts'];

/** Loads a file with its code cache. */
const LOADER = join(ROOT, 'bin/cli/code-cache.ts');

/** All else, of which each command needs a part; but for packages, the AWS SDK above all: none needs most. */
const REST = 'commands.js';

const OPTIONS = {
  ...NODE,
  minify: true,
  // Text with any other character takes twice the memory.
  charset: 'ascii',
  write: false,
} as const satisfies BuildOptions;

/**
 * Writes the command line. To compile all of it takes as long as Node takes to start, and so does to open many files: so
 * what is loaded together is in one file.
 */
export async function bundleCli(folder: string): Promise<Metafile[]> {
  // esbuild finds out what is shared: only ES modules can be split.
  const { outputFiles, metafile } = await build({
    ...OPTIONS,
    entryPoints: PROGRAMS,
    entryNames: '[name]',
    chunkNames: 'part-[hash]',
    outdir: ROOT,
    format: 'esm',
    splitting: true,
    external: [...EXTERNAL, 'tsx'],
    plugins: [lateModules],
  });
  const outputs = new Map(Object.entries(metafile.outputs));
  const parts: Parts = {
    outputs,
    texts: new Map(outputFiles.map(({ path, text }) => [basename(path), text.replace(/^#!.*/, '')])),
    files: filesOf(outputs),
  };
  mkdirSync(folder, { recursive: true });
  for (const file of new Set(parts.files.values())) {
    const isWanted = (name: string) => parts.files.get(name) === file;
    const wanted = new Set(
      [...outputs].flatMap(([name, { imports }]) =>
        imports
          .filter(({ kind }) => !isWanted(name) || kind === 'dynamic-import')
          .map(({ path }) => path)
          .filter(isWanted),
      ),
    );
    await write(join(folder, file), wanted, parts);
  }
  await cacheCode(folder);
  return [metafile];
}

/**
 * Has the code that V8 makes of a replay kept beside the command line: to make it takes a tenth of a short run, and each
 * thread makes it again. The same sources give the same bytes.
 */
export async function cacheCode(folder: string): Promise<void> {
  const cached = Object.keys(FILES).filter((file) => !isProgram(file));
  for (const file of cached) writeFileSync(join(folder, file + CODE_CACHE), '');
  const trail = mkdtempSync(join(tmpdir(), 'regionsweep-build-'));
  try {
    await writeTrail(generateTrail(demoTrail(), DEMO_SEED), toFolder(trail), new AbortController().signal);
    const flags = ['--no-flush-bytecode', '--hash-seed=1', '--random-seed=1'];
    const command = [join(folder, 'regionsweep.js'), 'replay', '--format', 'table', '--threads', '1', trail];
    const args = [...flags, join(__dirname, 'code-cache.mjs'), CODE_CACHE, ...command];
    execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  } finally {
    rmSync(trail, { recursive: true });
  }
}

type Outputs = ReadonlyMap<string, Metafile['outputs'][string]>;

interface Parts {
  readonly outputs: Outputs;
  /** ES modules by name */
  readonly texts: ReadonlyMap<string, string>;
  /** the file that each is in, but for esbuild's helpers, which are in all */
  readonly files: ReadonlyMap<string, string>;
}

/** @param wanted the parts that other files load */
async function write(path: string, wanted: ReadonlySet<string>, { outputs, texts, files }: Parts): Promise<void> {
  const file = basename(path);
  const isWhole = file in WHOLE;
  // What a program loads is given that for `require`.
  const load = isProgram(file) ? `require('${LOADER}').loaderOf(__dirname, require)` : 'require';
  const given = Array.from(wanted, (name) =>
    isWhole ? `export * as '${name}' from './${name}';` : `get '${name}'() { return require('./${name}'); },`,
  ).join('\n');
  const { outputFiles } = await build({
    ...OPTIONS,
    stdin: {
      contents: `${isWhole ? given : `module.exports = { ${given} };`}\n${isProgram(file) ? `import './${file}';` : ''}`,
      resolveDir: ROOT,
    },
    external: [...EXTERNAL, 'tsx'],
    plugins: [
      {
        name: 'parts',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^\.\/[^/]+\.js$/ }, ({ path, namespace, kind }) => {
            const name = basename(path);
            if (namespace === 'other') return { path, external: true };
            const isOwn = (files.get(name) ?? file) === file && !(isWhole && kind === 'dynamic-import');
            return { path: name, namespace: isOwn ? 'own' : 'other' };
          });
          onLoad({ filter: /.*/, namespace: 'own' }, ({ path }) => ({ contents: texts.get(path)! }));
          onLoad({ filter: /.*/, namespace: 'other' }, ({ path }) => {
            const part = `${load}('./${files.get(path)}')['${path}']`;
            if (!(files.get(path)! in WHOLE)) return { contents: `module.exports = ${part};`, resolveDir: ROOT };
            // Nothing of these changes once it has run: so each is looked up once.
            const given = outputs.get(path)!.exports.map((name) => `export const { ${name} } = part;`);
            return { contents: `const part = ${part};\n${given.join('\n')}`, resolveDir: ROOT };
          });
        },
      },
    ],
  });
  const shebang = isProgram(file) ? '#!/usr/bin/env node\n' : '';
  writeFileSync(path, shebang + inAscii(outputFiles[0]!.text), { mode: 0o755 });
}

const isProgram = (file: string) => PROGRAMS.some((entry) => file === `${basename(entry, '.ts')}.js`);

/** esbuild leaves tagged templates as they are, and no tag of ours asks how its text was spelled. */
function inAscii(text: string): string {
  return text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What a part loads at once, itself included. */
function loadedBy(name: string, outputs: Outputs, loaded = new Set<string>()): Set<string> {
  if (loaded.has(name)) return loaded;
  loaded.add(name);
  for (const { path, kind, external } of outputs.get(name)!.imports) {
    if (kind === 'import-statement' && external !== true) loadedBy(path, outputs, loaded);
  }
  return loaded;
}

function filesOf(outputs: Outputs): Map<string, string> {
  const files = new Map<string, string>([['worker.js', 'worker.js']]);
  for (const [file, modules] of Object.entries(FILES)) {
    const named = [...outputs].filter(([, { entryPoint = '' }]) => modules.includes(entryPoint));
    for (const part of named.flatMap(([name]) => [...loadedBy(name, outputs)])) {
      if (!files.has(part)) files.set(part, file);
    }
  }
  for (const [name, output] of outputs) if (!files.has(name)) files.set(name, isPackage(output) ? name : REST);
  const helpers = [...outputs].filter(([, { inputs, entryPoint }]) => Object.keys(inputs).length === 0 && !entryPoint);
  for (const [name] of helpers) files.delete(name);
  const runByThreads = [...outputs]
    .filter(([, { entryPoint = '' }]) => OF_THREADS.includes(entryPoint))
    .flatMap(([name]) => [...loadedBy(name, outputs)])
    .filter((name) => files.get(name) !== 'reading.js' && files.get(name)! in WHOLE);
  if (runByThreads.length > 0) throw new Error(`a thread would run the command line, for ${runByThreads.join(', ')}`);
  return files;
}

function isPackage({ inputs }: { readonly inputs: object }): boolean {
  const modules = Object.keys(inputs);
  const packages = modules.filter((module) => module.includes('node_modules/'));
  const isSdk = packages.some((module) => /@(?:aws-sdk|smithy)\//.test(module));
  return isSdk || (modules.length > 0 && packages.length === modules.length);
}

/** Modules of Node that few runs use, loaded once they do: to load all of them takes as long as the command line itself. */
const lateModules: Plugin = {
  name: 'late-modules',
  setup({ onResolve, onLoad }) {
    const filter = /^node:(?:child_process|crypto|fs\/promises|https?|module|os|stream\/promises|worker_threads)$/;
    onResolve({ filter }, ({ path, namespace }) =>
      namespace === 'late' ? { path, external: true } : { path, namespace: 'late' },
    );
    onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => {
      const getters = Object.keys(require(path)).map((name) => `get ${name}() { return require('${path}').${name}; }`);
      return { contents: `module.exports = { ${getters.join(', ')} };` };
    });
  },
};
