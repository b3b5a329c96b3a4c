/** The code of the function: from the sources of a checkout, or as the published package has it. */

import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { App, AssetHashType, DockerImage, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { BuildOptions, Metafile } from 'esbuild';
import { ConfigurationError, reasonOf } from '../lambda/errors';
import { ownerFileOf } from '../lambda/util/address-owners';
import type { PipelineSettings } from './settings';
import { placeAddon } from './zlib-sync-addon';

/** Exports `handler`; is there in a checkout alone. */
const ENTRY = join(__dirname, '../lambda/handler.ts');

/** The bundle in the published package, beside the one that this file is in. */
const PACKED = join(__dirname, '../function');

/**
 * The name of the function's asset, which is a hash of its content: the same for the same code.
 * @param outdir a folder to bundle in
 * @throws ConfigurationError
 */
export function functionAsset(settings: CodeSettings, outdir: string): string {
  const { s3Location } = functionCode(settings).bind(new Stack(new App({ outdir })));
  return (s3Location?.objectKey ?? '').replace(/\.zip$/, '');
}

/** What the code depends on beside its sources. */
type CodeSettings = Pick<PipelineSettings, 'inflate' | 'architecture' | 'asnDatabase'>;

/** The function's code: what a start loads, files for what is loaded later, and source maps; laid out by the synthesis. */
export function functionCode({ inflate, architecture, asnDatabase }: CodeSettings): lambda.Code {
  const isCheckout = existsSync(ENTRY);
  let refusal: unknown;
  const code = lambda.Code.fromAsset(isCheckout ? dirname(ENTRY) : PACKED, {
    // Of the output: the same code is the same asset wherever it is laid out.
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

/** @throws ConfigurationError for what is no database of address owners */
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
 * Writes `index.mjs`, a file for what is shared by or only imported at times, and their source maps. What it writes
 * depends on the sources alone, not on where they lie.
 * @param root folder that the sources are named from
 * @returns what is in the bundle
 */
export function bundle(entry: string, outputDir: string, root = dirname(dirname(entry))): Metafile {
  // Loaded late: the published package has the function bundled, and no bundler.
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
