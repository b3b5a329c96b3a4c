import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DockerImage } from 'aws-cdk-lib';
import { ConfigurationError, reasonOf } from '../lambda/errors';
import { type Architecture, addonFaults } from './addon';

const PACKAGE = 'zlib-sync';
/** The version whose traps are known; docs/design.md says how it is used. */
const VERSION = '0.1.10';
const BINARY = 'build/Release/zlib_sync.node';
/** What Node needs to load the addon. */
const FILES = ['package.json', 'index.js', BINARY];

/** Amazon's build image of the runtime, with compiler and npm. */
const BUILD_IMAGE = 'public.ecr.aws/sam/build-nodejs24.x';

export interface AddonPlace {
  /** folder of the installed zlib-sync; `undefined` where it is not installed */
  readonly installed: string | undefined;
  readonly architecture: Architecture;
}

/** The folder of the installed zlib-sync, seen from this package. */
export function installedAddon(): string | undefined {
  try {
    return dirname(require.resolve(`${PACKAGE}/package.json`));
  } catch {
    // It is an optional dependency: npm leaves it out where no compiler is.
    return undefined;
  }
}

/**
 * Puts zlib-sync into the asset: the installed one when it fits the function, else one that Docker builds.
 * @param outputDir folder of the asset
 * @throws ConfigurationError when neither can be had, with what to do
 */
export function placeAddon(outputDir: string, place: AddonPlace): void {
  const target = join(outputDir, 'node_modules', PACKAGE);
  const faults = installedFaults(place);
  if (faults.length === 0) {
    for (const file of FILES) cpSync(join(place.installed!, file), join(target, file));
    return;
  }
  const docker = process.env.CDK_DOCKER ?? 'docker';
  if (spawnSync(docker, ['info'], { stdio: 'ignore' }).status !== 0) {
    throw unfit('The installed zlib-sync does not fit the function', faults, place.architecture);
  }
  try {
    buildInDocker(target, place.architecture);
  } catch (cause) {
    throw unfit('Docker could not build it', [reasonOf(cause)], place.architecture, cause);
  }
  const built = binaryFaults(join(target, BINARY), place.architecture);
  if (built.length > 0)
    throw unfit('The zlib-sync that Docker built does not fit', built, place.architecture);
}

function installedFaults({ installed, architecture }: AddonPlace): string[] {
  if (installed === undefined) return ['it is not installed'];
  return binaryFaults(join(installed, BINARY), architecture);
}

function binaryFaults(binary: string, architecture: Architecture): string[] {
  return existsSync(binary) ? addonFaults(readFileSync(binary), architecture) : [`${BINARY} was not built`];
}

function buildInDocker(target: string, architecture: Architecture): void {
  mkdirSync(target, { recursive: true });
  const copies = FILES.map(
    (file) =>
      `mkdir -p $(dirname /asset-output/${file}) && cp node_modules/${PACKAGE}/${file} /asset-output/${file}`,
  );
  DockerImage.fromRegistry(BUILD_IMAGE).run({
    platform: architecture === 'arm64' ? 'linux/arm64' : 'linux/amd64',
    entrypoint: ['bash', '-c'],
    command: [['cd /tmp', `npm install --no-save ${PACKAGE}@${VERSION}`, ...copies].join(' && ')],
    volumes: [{ hostPath: target, containerPath: '/asset-output' }],
    environment: { HOME: '/tmp' },
    // Files of root would stay behind in the output folder.
    ...(process.getuid && process.getgid ? { user: `${process.getuid()}:${process.getgid()}` } : {}),
  });
}

function unfit(
  what: string,
  faults: readonly string[],
  architecture: Architecture,
  cause?: unknown,
): ConfigurationError {
  return new ConfigurationError(
    `inflate is "zlib-sync"; ${what}: ${faults.join('; ')}. ` +
      `Deploy from Linux on ${architecture} with Node 24 after npm ci, or where a Docker engine runs, or set inflate=zlib.`,
    cause === undefined ? {} : { cause },
  );
}
