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

/**
 * Writes the command line: `regionsweep.js`, which its threads run too, and `aws-sdk.js`, the AWS clients, which it loads
 * where something in AWS is asked for. To load both takes several times as long as to start.
 */
export async function bundleCli(folder: string): Promise<Metafile[]> {
  const options = { ...NODE, external: [...EXTERNAL, 'tsx'], minify: true };
  const clients = new Set<string>();
  const program = await build({
    ...options,
    entryPoints: ['bin/regionsweep.ts'],
    outfile: join(folder, 'regionsweep.js'),
    plugins: [apart(clients)],
  });
  const getters = [...clients].sort().map((name) => `get '${name}'() { return require('${name}'); }`);
  const sdk = await build({
    ...options,
    stdin: { contents: `module.exports = { ${getters.join(', ')} };`, resolveDir: ROOT },
    outfile: join(folder, 'aws-sdk.js'),
  });
  return [program.metafile, sdk.metafile];
}

/** Leaves the AWS clients to the other file. @param clients is given their names */
function apart(clients: Set<string>): Plugin {
  return {
    name: 'apart',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^@aws-sdk\/client-/ }, ({ path }) => ({ path, namespace: 'aws-sdk' }));
      onResolve({ filter: /^\.\/aws-sdk\.js$/, namespace: 'aws-sdk' }, ({ path }) => ({ path, external: true }));
      onLoad({ filter: /.*/, namespace: 'aws-sdk' }, ({ path }) => {
        clients.add(path);
        return { contents: `module.exports = require('./aws-sdk.js')['${path}'];` };
      });
    },
  };
}
