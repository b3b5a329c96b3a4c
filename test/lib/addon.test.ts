import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ConfigurationError } from '../../lambda/errors';
import { faultsIn, placeAddon } from '../../lib/zlib-sync-addon';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

let count = 0;

/** The name of something new. */
const name = () => String(count++);

const folder = () => temp.path(name());

const [ARM, INTEL] = [183, 62];

/** The start of an ELF file and the texts that its symbol tables would hold. */
function addon(machine: number, ...symbols: string[]): Buffer {
  const header = Buffer.alloc(64);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]);
  header.writeUInt16LE(machine, 18);
  return Buffer.concat([header, Buffer.from(symbols.join('\0'))]);
}

const FITTING = addon(ARM, 'node_register_module_v137', 'GLIBC_2.17', 'GLIBCXX_3.4.29');

const OTHER_NODE = addon(ARM, 'node_register_module_v115');

const BINARY = 'build/Release/zlib_sync.node';

function install(file: Buffer): string {
  const installed = name();
  temp.write(join(installed, 'package.json'), '{"main":"index.js"}');
  temp.write(join(installed, 'index.js'), `module.exports = require('./${BINARY}');`);
  temp.write(join(installed, BINARY), file);
  return temp.path(installed);
}

describe('an addon, by its file', () => {
  it('fits with processor, Node ABI and libraries of the function', () => {
    expect(faultsIn(install(FITTING), 'arm64')).toEqual([]);
  });

  const missing = `${BINARY} is missing or no 64-bit Linux library`;
  it.each<[string, Buffer, string]>([
    ['x86_64', addon(INTEL, 'node_register_module_v137'), 'it is built for x86_64; the function runs on arm64'],
    [
      'RISC-V',
      addon(243, 'node_register_module_v137'),
      'it is built for another processor; the function runs on arm64',
    ],
    ['another Node', OTHER_NODE, 'it is built for Node ABI 115; the function has 137 (Node 24)'],
    ['no Node', addon(ARM, 'main'), 'it is built for Node ABI (none); the function has 137 (Node 24)'],
    [
      'musl',
      addon(ARM, 'node_register_module_v137', 'libc.musl-aarch64.so.1'),
      'it is linked to musl; the function has glibc',
    ],
    [
      'a newer glibc',
      addon(ARM, 'node_register_module_v137', 'GLIBC_2.38'),
      'it needs GLIBC 2.38; the function has 2.34',
    ],
    [
      'a newer libstdc++',
      addon(ARM, 'node_register_module_v137', 'GLIBCXX_3.4.9', 'GLIBCXX_3.4.32'),
      'it needs GLIBCXX 3.4.32; the function has 3.4.29',
    ],
    ['macOS', Buffer.concat([Buffer.from([0xcf, 0xfa, 0xed, 0xfe]), Buffer.alloc(80)]), missing],
    ['nothing', Buffer.alloc(0), missing],
  ])('made for %s does not fit', (_what, file, fault) => {
    expect(faultsIn(install(file), 'arm64')).toEqual([fault]);
  });

  it('is read as a compiler made it', () => {
    let installed: string;
    try {
      installed = dirname(require.resolve('zlib-sync/package.json'));
    } catch {
      process.stdout.write('zlib-sync is not installed here: its file is not checked\n');
      return;
    }
    const faults = faultsIn(installed, 'x86_64').join('\n');
    if (process.versions.modules !== '137') expect(faults).toContain(`Node ABI ${process.versions.modules}`);
    if (process.arch === 'x64') expect(faults).not.toContain('built for x86_64');
  });
});

describe('zlib-sync in the asset', () => {
  const { CDK_DOCKER } = process.env;
  afterEach(() => {
    if (CDK_DOCKER === undefined) delete process.env.CDK_DOCKER;
    else process.env.CDK_DOCKER = CDK_DOCKER;
  });

  /** A stand-in for Docker. */
  function docker(script: string): void {
    process.env.CDK_DOCKER = temp.write(name(), `#!/bin/sh\n${script}\n`);
    chmodSync(process.env.CDK_DOCKER, 0o755);
  }

  /** It puts this file where the container would. */
  function dockerThatBuilds(made: Buffer): void {
    const file = temp.write(name(), made);
    docker(`for argument in "$@"; do case "$argument" in *:/asset-output*) out=\${argument%%:*};; esac; done
mkdir -p "$out/build/Release" && cp ${file} "$out/${BINARY}" && touch "$out/index.js" "$out/package.json"`);
  }

  it.each([
    ['the installed one when that fits', () => install(FITTING)],
    [
      'built by Docker when the installed one does not fit',
      () => {
        dockerThatBuilds(FITTING);
        return install(addon(INTEL, 'node_register_module_v115'));
      },
    ],
  ])('is %s', (_what, installed) => {
    const asset = folder();
    placeAddon(asset, 'arm64', installed());
    const placed = join(asset, 'node_modules/zlib-sync');
    expect(readdirSync(placed).sort()).toEqual(['build', 'index.js', 'package.json']);
    expect(readFileSync(join(placed, BINARY))).toEqual(FITTING);
  });

  const NO_DOCKER = () => {
    process.env.CDK_DOCKER = folder();
  };
  it.each<[string, () => void, () => string, RegExp]>([
    [
      'what Docker built does not fit either',
      () => dockerThatBuilds(addon(INTEL, 'node_register_module_v137')),
      folder,
      /nor does one from Docker: it is built for x86_64/,
    ],
    ['Docker builds nothing', () => docker('exit 0'), folder, /from Docker: build\/Release\/zlib_sync.node is missing/],
    ['Docker fails', () => docker('echo no such image >&2; exit 125'), folder, /nor does one from Docker: .*125/s],
    ['it is not installed and there is no Docker', NO_DOCKER, folder, /is missing or no .*; nor does one from Docker/],
    ['it is for another Node and there is no Docker', NO_DOCKER, () => install(OTHER_NODE), /Node ABI 115/],
  ])('is refused when %s, with what to do', (_what, prepare, installed, fault) => {
    prepare();
    const refused = () => placeAddon(folder(), 'arm64', installed());
    expect(refused).toThrow(ConfigurationError);
    expect(refused).toThrow(fault);
    expect(refused).toThrow(
      'Deploy from Linux on arm64 with Node 24 after npm ci, or where a Docker engine runs, or set inflate=zlib.',
    );
  });
});
