import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DockerImage } from 'aws-cdk-lib';
import { ConfigurationError, reasonOf } from '../lambda/errors';
import type { Architecture } from './settings';

const FILES = ['package.json', 'index.js', 'build/Release/zlib_sync.node'] as const;

/** The version whose bounds are known; docs/design.md says how it is used. */
const BUILD = `cd /tmp && npm install --no-save zlib-sync@0.1.10 && cd node_modules/zlib-sync && cp --parents ${FILES.join(' ')} /asset-output`;

/** ABI and libraries of the runtime: Node 24 (nodejs.org, "ABI version registry") on Amazon Linux 2023 (its user guide). */
const RUNTIME = { abi: '137', GLIBC: '2.34', GLIBCXX: '3.4.29' } as const;

/** `e_machine` of the ELF header; System V ABI, chapter 4. */
const MACHINES: Readonly<Record<number, string>> = { 183: 'arm64', 62: 'x86_64' };

/**
 * Adds zlib-sync to the asset: the installed one if its binary fits the function, else one built in Docker.
 * @param installed its folder, which is absent if it did not compile
 * @throws ConfigurationError if neither fits
 */
export function placeAddon(asset: string, architecture: Architecture, installed = addonFolder()): void {
  const target = join(asset, 'node_modules/zlib-sync');
  const faults = faultsIn(installed, architecture);
  if (faults.length === 0) {
    for (const file of FILES) cpSync(join(installed, file), join(target, file));
    return;
  }
  mkdirSync(target, { recursive: true });
  let built: string[];
  try {
    // An image with Node and npm of the function's runtime, and a compiler.
    DockerImage.fromRegistry('public.ecr.aws/sam/build-nodejs24.x').run({
      platform: architecture === 'arm64' ? 'linux/arm64' : 'linux/amd64',
      entrypoint: ['bash', '-c'],
      command: [BUILD],
      volumes: [{ hostPath: target, containerPath: '/asset-output' }],
      environment: { HOME: '/tmp' },
      // Root's files in the output folder could not be deleted.
      ...(process.getuid && process.getgid ? { user: `${process.getuid()}:${process.getgid()}` } : {}),
    });
    built = faultsIn(target, architecture);
  } catch (error) {
    built = [reasonOf(error)];
  }
  if (built.length === 0) return;
  throw new ConfigurationError(
    `inflate is "zlib-sync"; the installed one does not fit the function: ${faults.join('; ')}; nor does one from Docker: ${built.join('; ')}. Deploy from Linux on ${architecture} with Node 24 after npm ci, or where a Docker engine runs, or set inflate=zlib.`,
  );
}

function addonFolder(): string {
  try {
    return dirname(require.resolve('zlib-sync/package.json'));
  } catch {
    return 'node_modules/zlib-sync';
  }
}

/** Why an addon would not load in the function: otherwise its first invocation would fail. */
export function faultsIn(folder: string, architecture: Architecture): string[] {
  const binary = join(folder, FILES[2]);
  const file = existsSync(binary) ? readFileSync(binary, 'latin1') : '';
  if (!file.startsWith('\x7fELF\x02\x01')) return [`${FILES[2]} is missing or no 64-bit Linux library`];
  const machine = MACHINES[file.charCodeAt(18)] ?? 'another processor';
  const abi = /node_register_module_v(\d+)/.exec(file)?.[1];
  const libraries = [...file.matchAll(/\b(GLIBC|GLIBCXX)_([\d.]*\d)/g)].map(([, library, version]) => {
    const provided = RUNTIME[library as 'GLIBC' | 'GLIBCXX'];
    const isNewer = version!.localeCompare(provided, 'en', { numeric: true }) > 0;
    return isNewer && `it needs ${library} ${version}; the function has ${provided}`;
  });
  const faults = [
    machine !== architecture && `it is built for ${machine}; the function runs on ${architecture}`,
    abi !== RUNTIME.abi && `it is built for Node ABI ${abi ?? '(none)'}; the function has ${RUNTIME.abi} (Node 24)`,
    file.includes('libc.musl') && 'it is linked to musl; the function has glibc',
    ...libraries,
  ];
  return [...new Set(faults)].filter((fault) => fault !== false);
}
