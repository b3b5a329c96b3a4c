import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { BuildOptions } from 'esbuild';
import { ConfigurationError } from '../lambda/errors';
import type { Architecture } from './addon';
import { installedAddon, placeAddon } from './addon-bundling';

/** The function's entry: TypeScript in a checkout, JavaScript in the published package; it exports `handler`. */
const ENTRY = join(__dirname, '..', 'lambda', 'handler');

export interface BundlingProps {
  readonly inflate: 'zlib' | 'zlib-sync';
  readonly architecture: Architecture;
}

/** The function's code: one file and its source map, made where the synthesis runs. */
export function bundledFunction({ inflate, architecture }: BundlingProps): lambda.Code {
  const entry = existsSync(`${ENTRY}.ts`) ? `${ENTRY}.ts` : `${ENTRY}.js`;
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
 * Writes `index.js` and its source map. What it writes depends on the sources alone, not on where they lie.
 * @param root folder that the sources are named from
 */
export function bundle(entry: string, outputDir: string, root = dirname(dirname(entry))): void {
  const { outputFiles } = esbuild().buildSync({
    ...options,
    absWorkingDir: root,
    entryPoints: [relative(root, entry)],
    outfile: join(root, 'index.js'),
    write: false,
  });
  for (const file of outputFiles) writeFileSync(join(outputDir, relative(root, file.path)), file.contents);
}

const options = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  // Older than the function's Node, so that the very same file runs in the tests' one.
  target: 'node20',
  // The ES modules of the SDK start in half the time of its CommonJS build.
  mainFields: ['module', 'main'],
  external: ['zlib-sync'],
  minify: true,
  // Errors are told apart by their classes' names.
  keepNames: true,
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
