import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { BuildOptions } from 'esbuild';
import { ConfigurationError } from '../lambda/errors';
import type { Architecture } from './addon';
import { installedAddon, placeAddon } from './addon-bundling';

/** The function's entry, which exports `handler`: in a checkout, and in the published package as ES modules. */
const ENTRIES = [join(__dirname, '../lambda/handler.ts'), join(__dirname, '../function/handler.js')] as const;

export interface BundlingProps {
  readonly inflate: 'zlib' | 'zlib-sync';
  readonly architecture: Architecture;
}

/** The function's code: what a start loads, files for what is loaded later, and source maps; made where the synthesis runs. */
export function bundledFunction({ inflate, architecture }: BundlingProps): lambda.Code {
  const [checkedOut, packed] = ENTRIES;
  const entry = existsSync(checkedOut) ? checkedOut : packed;
  let refusal: ConfigurationError | undefined;
  const code = lambda.Code.fromAsset(dirname(entry), {
    // Of what was made, so that the same code is the same asset wherever it was made.
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('the function is bundled without Docker'),
      local: {
        tryBundle(outputDir) {
          try {
            bundle(entry, outputDir);
            if (inflate === 'zlib-sync') placeAddon(outputDir, { installed: installedAddon(), architecture });
          } catch (error) {
            if (error instanceof ConfigurationError) refusal = error;
            throw error;
          }
          return true;
        },
      },
    },
  });
  // The CDK bundles when the code is bound, and wraps what was thrown into an error of its own, without the cause.
  const bind = code.bind.bind(code);
  code.bind = (scope) => {
    try {
      return bind(scope);
    } catch (error) {
      throw refusal ?? error;
    }
  };
  return code;
}

/**
 * Writes `index.mjs`, a file for what is shared by or only imported at times, and their source maps. What it writes
 * depends on the sources alone, not on where they lie.
 * @param root folder that the sources are named from
 */
export function bundle(entry: string, outputDir: string, root = dirname(dirname(entry))): void {
  const { outputFiles } = esbuild().buildSync({
    ...options,
    absWorkingDir: root,
    entryPoints: { index: relative(root, entry) },
    outdir: root,
    write: false,
  });
  for (const file of outputFiles) writeFileSync(join(outputDir, relative(root, file.path)), file.contents);
}

const options = {
  bundle: true,
  platform: 'node',
  // Half of a start is V8 reading the code. Only ES modules can be split, so that what few invocations need, of ours and
  // of the SDK (its other ways to credentials), is read by those.
  format: 'esm',
  splitting: true,
  outExtension: { '.js': '.mjs' },
  define: { __filename: 'import.meta.filename' },
  // Older than the function's Node, so that the very same file runs in the tests' one.
  target: 'node20',
  // The ES modules of the SDK start in half the time of its CommonJS build.
  mainFields: ['module', 'main'],
  minify: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  charset: 'utf8',
  tsconfigRaw: {},
  logLevel: 'warning',
} as const satisfies BuildOptions;

function esbuild(): typeof import('esbuild') {
  try {
    // Loaded late: who takes this package for its CLI needs no bundler.
    return require('esbuild');
  } catch (error) {
    throw new ConfigurationError(
      'The function cannot be bundled without esbuild: npm install --save-dev esbuild',
      {
        cause: error,
      },
    );
  }
}
