import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DockerImage } from 'aws-cdk-lib';
import { ConfigurationError, reasonOf } from '../lambda/errors';

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
  if (built.length > 0) throw unfit('The zlib-sync that Docker built does not fit', built, place.architecture);
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
    (file) => `mkdir -p $(dirname /asset-output/${file}) && cp node_modules/${PACKAGE}/${file} /asset-output/${file}`,
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

/**
 * Whether a native addon fits the function, told from its file alone: an addon for another processor, C library or
 * Node version fails only when it is loaded, which would be in the first invocation.
 */

export type Architecture = 'arm64' | 'x86_64';

/** The Lambda runtime as a linker sees it: Node 24 on Amazon Linux 2023. */
const RUNTIME = {
  /** `process.versions.modules` of Node 24; nodejs.org, "ABI version registry" */
  nodeAbi: 137,
  /** Amazon Linux 2023 user guide, "Core glibc"; its libstdc++ is that of GCC 11 */
  glibc: [2, 34],
  glibcxx: [3, 4, 29],
} as const;

/** `e_machine` of the ELF header; System V ABI, chapter 4. */
const MACHINES: Readonly<Record<Architecture, number>> = { arm64: 183, x86_64: 62 };

const MACHINE_OFFSET = 18;

const ELF_64_BIT_LITTLE_ENDIAN = [0x7f, 0x45, 0x4c, 0x46, 2, 1];

/** What keeps the addon from loading in the function; empty when it fits. */
export function addonFaults(file: Uint8Array, architecture: Architecture): string[] {
  if (file.length < 64 || ELF_64_BIT_LITTLE_ENDIAN.some((byte, at) => file[at] !== byte)) {
    return ['it is no 64-bit Linux library'];
  }
  const symbols = Buffer.from(file.buffer, file.byteOffset, file.byteLength).toString('latin1');
  return [
    machineFault(file, architecture),
    abiFault(symbols),
    symbols.includes('libc.musl') ? 'it is linked to musl; the function has glibc' : undefined,
    versionFault(symbols, 'GLIBC', RUNTIME.glibc),
    versionFault(symbols, 'GLIBCXX', RUNTIME.glibcxx),
  ].filter((fault) => fault !== undefined);
}

function machineFault(file: Uint8Array, architecture: Architecture): string | undefined {
  const machine = file[MACHINE_OFFSET]! | (file[MACHINE_OFFSET + 1]! << 8);
  if (machine === MACHINES[architecture]) return undefined;
  const name = Object.entries(MACHINES).find(([, code]) => code === machine)?.[0] ?? `ELF machine ${machine}`;
  return `it is built for ${name}; the function runs on ${architecture}`;
}

/** Node looks an addon up by a symbol that carries the ABI it was compiled for. */
function abiFault(symbols: string): string | undefined {
  const abi = /node_register_module_v(\d+)/.exec(symbols)?.[1];
  if (abi === undefined) return 'it names no Node ABI';
  if (Number(abi) === RUNTIME.nodeAbi) return undefined;
  return `it is built for Node ABI ${abi}; the function has ${RUNTIME.nodeAbi} (Node 24)`;
}

function versionFault(symbols: string, library: string, provided: readonly number[]): string | undefined {
  const wanted = [...symbols.matchAll(new RegExp(`\\b${library}_(\\d+(?:\\.\\d+)+)`, 'g'))].map((match) =>
    match[1]!.split('.').map(Number),
  );
  const newer = wanted.find((version) => isNewer(version, provided));
  return newer && `it needs ${library} ${newer.join('.')}; the function has ${provided.join('.')}`;
}

function isNewer(version: readonly number[], than: readonly number[]): boolean {
  const differs = version.findIndex((part, at) => part !== (than[at] ?? 0));
  return differs >= 0 && version[differs]! > (than[differs] ?? 0);
}
