import { join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

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

/** What few runs need, by the file that it is left to: to compile it takes longer than all else that a start does. */
const APART: Readonly<Record<string, RegExp>> = {
  'aws-sdk.js': /^@aws-sdk\/client-/,
  'packages.js': /^(?:tar|yauzl|fzstd|csv-parse|picomatch|agent-base|https-proxy-agent|proxy-from-env)$/,
};

/**
 * Writes the command line: `regionsweep.js`, which its threads run too, and beside it the files that it loads where
 * something in AWS is asked for, or a glob, an archive, a table or a proxy is used.
 */
export async function bundleCli(folder: string): Promise<Metafile[]> {
  const options = { ...NODE, external: [...EXTERNAL, 'tsx'], minify: true };
  const parts = Object.entries(APART).map(([file, filter]) => ({ file, filter, packages: new Set<string>() }));
  const program = await build({
    ...options,
    entryPoints: ['bin/regionsweep.ts'],
    outfile: join(folder, 'regionsweep.js'),
    plugins: parts.map(apart),
  });
  const metafiles: Metafile[] = [program.metafile];
  for (const { file, packages } of parts) {
    const getters = [...packages].sort().map((name) => `get '${name}'() { return require('${name}'); }`);
    const { metafile } = await build({
      ...options,
      stdin: { contents: `module.exports = { ${getters.join(', ')} };`, resolveDir: ROOT },
      outfile: join(folder, file),
    });
    metafiles.push(metafile);
  }
  return metafiles;
}

interface Part {
  readonly file: string;
  readonly filter: RegExp;
  /** is given their names */
  readonly packages: Set<string>;
}

/** Leaves packages to another file. */
function apart({ file, filter, packages }: Part): Plugin {
  return {
    name: file,
    setup({ onResolve, onLoad }) {
      onResolve({ filter }, ({ path }) => ({ path, namespace: file }));
      onResolve({ filter: /^\.\//, namespace: file }, ({ path }) => ({ path, external: true }));
      onLoad({ filter: /.*/, namespace: file }, ({ path }) => {
        packages.add(path);
        return { contents: `module.exports = require('./${file}')['${path}'];` };
      });
    },
  };
}
