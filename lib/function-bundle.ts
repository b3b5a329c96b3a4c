/** The function's code: bundled from the sources of a checkout, or the bundle of the published package. */

import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { App, AssetHashType, DockerImage, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { BuildOptions, Metafile } from 'esbuild';
import { ConfigurationError, reasonOf } from '../lambda/errors';
import { ownerFileOf } from '../lambda/util/address-owners';
import type { PipelineSettings } from './settings';
import { placeAddon } from './zlib-sync-addon';

/** Exports `handler`; exists only in a checkout. */
const ENTRY = join(__dirname, '../lambda/handler.ts');

/** The bundle in the published package, relative to the bundle of this file. */
const PACKED = join(__dirname, '../function');

/**
 * The name of the function's asset, a hash of its content.
 * @param outdir a folder to bundle in
 * @throws ConfigurationError
 */
export function functionAsset(settings: CodeSettings, outdir: string): string {
  const { s3Location } = functionCode(settings).bind(new Stack(new App({ outdir })));
  return (s3Location?.objectKey ?? '').replace(/\.zip$/, '');
}

/** What the code depends on besides its sources. */
type CodeSettings = Pick<PipelineSettings, 'inflate' | 'architecture' | 'asnDatabase'>;

/** The function's code: the entry point, files that load later, and source maps; written at synthesis. */
export function functionCode({ inflate, architecture, asnDatabase }: CodeSettings): lambda.Code {
  const isCheckout = existsSync(ENTRY);
  let refusal: unknown;
  const code = lambda.Code.fromAsset(isCheckout ? dirname(ENTRY) : PACKED, {
    // A hash of the output: the same code gives the same asset in any folder.
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('the function is bundled without Docker'),
      local: {
        tryBundle(outputDir) {
          try {
            if (isCheckout) bundle(ENTRY, outputDir);
            else cpSync(PACKED, outputDir, { recursive: true });
            if (inflate === 'zlib-sync') placeAddon(outputDir, architecture);
            for (const path of asnDatabase) placeOwnerFile(outputDir, path);
          } catch (error) {
            refusal = error;
            throw error;
          }
          return true;
        },
      },
    },
  });
  // The CDK bundles when the code is bound, and its error for a failure has no cause.
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

/** @throws ConfigurationError for anything but databases of address owners */
function placeOwnerFile(asset: string, path: string): void {
  const target = join(asset, basename(path));
  try {
    const bytes = readFileSync(path);
    ownerFileOf(basename(path), bytes);
    if (existsSync(target)) throw new Error('another of its name is given');
    writeFileSync(target, bytes);
  } catch (cause) {
    throw new ConfigurationError(`asnDatabase: ${path} cannot be used: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * Writes `index.mjs`, files for shared and lazily imported code, and source maps. The output depends only on the sources,
 * not on their folder.
 * @param root folder to which names of sources are relative
 * @returns the contents of the bundle
 */
export function bundle(entry: string, outputDir: string, root = dirname(dirname(entry))): Metafile {
  // Loaded only here: the published package contains the bundle, and no bundler.
  const { buildSync } = require('esbuild') as typeof import('esbuild');
  const { outputFiles, metafile } = buildSync({
    ...options,
    absWorkingDir: root,
    entryPoints: { index: relative(root, entry) },
    outdir: root,
    metafile: true,
    write: false,
  });
  for (const file of outputFiles) writeFileSync(join(outputDir, relative(root, file.path)), file.contents);
  return metafile;
}

const options = {
  bundle: true,
  platform: 'node',
  // Half of a start is V8 reading code. Only ES modules can be split, so that only the invocations that need it read the
  // rest, including the SDK's other credential providers.
  format: 'esm',
  splitting: true,
  outExtension: { '.js': '.mjs' },
  define: { __filename: 'import.meta.filename' },
  // Older than the function's Node, so that the tests' Node runs the same file.
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
