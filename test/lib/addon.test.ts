import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '../../lambda/errors';
import { addonFaults, installedAddon, placeAddon } from '../../lib/zlib-sync-addon';

const ARM = 183;

const INTEL = 62;

/** The start of an ELF file and the texts that its symbol tables would hold. */
function addon(machine: number, ...symbols: string[]): Uint8Array {
  const header = Buffer.alloc(64);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]);
  header.writeUInt16LE(machine, 18);
  return Buffer.concat([header, Buffer.from(symbols.join('\0'))]);
}

const fitting = addon(ARM, 'node_register_module_v137', 'GLIBC_2.17', 'GLIBCXX_3.4.29');

describe('an addon, by its file', () => {
  it('fits with machine, Node ABI and libraries of the function', () => {
    expect(addonFaults(fitting, 'arm64')).toEqual([]);
  });

  it.each<[string, Uint8Array, string]>([
    [
      'of another machine',
      addon(INTEL, 'node_register_module_v137'),
      'it is built for x86_64; the function runs on arm64',
    ],
    [
      'of an unknown machine',
      addon(243, 'node_register_module_v137'),
      'it is built for ELF machine 243; the function runs on arm64',
    ],
    [
      'of another Node',
      addon(ARM, 'node_register_module_v115'),
      'it is built for Node ABI 115; the function has 137 (Node 24)',
    ],
    ['of no Node', addon(ARM, 'main'), 'it names no Node ABI'],
    [
      'of musl',
      addon(ARM, 'node_register_module_v137', 'libc.musl-aarch64.so.1'),
      'it is linked to musl; the function has glibc',
    ],
    [
      'of a newer glibc',
      addon(ARM, 'node_register_module_v137', 'GLIBC_2.38'),
      'it needs GLIBC 2.38; the function has 2.34',
    ],
    [
      'of a newer libstdc++',
      addon(ARM, 'node_register_module_v137', 'GLIBCXX_3.4.32'),
      'it needs GLIBCXX 3.4.32; the function has 3.4.29',
    ],
    [
      'of macOS',
      Buffer.concat([Buffer.from([0xcf, 0xfa, 0xed, 0xfe]), Buffer.alloc(80)]),
      'it is no 64-bit Linux library',
    ],
    ['that is empty', new Uint8Array(), 'it is no 64-bit Linux library'],
  ])('%s does not fit', (_what, file, fault) => {
    expect(addonFaults(file, 'arm64')).toEqual([fault]);
  });

  it('reads what a compiler really made', () => {
    const folder = installedAddon();
    if (folder === undefined) {
      process.stdout.write('zlib-sync is not installed here: its file is not looked at\n');
      return;
    }
    const faults = addonFaults(readFileSync(join(folder, 'build/Release/zlib_sync.node')), 'x86_64').join('\n');
    if (process.versions.modules !== '137') expect(faults).toContain(`Node ABI ${process.versions.modules}`);
    if (process.arch === 'x64') expect(faults).not.toContain('built for x86_64');
  });
});

describe('zlib-sync in the asset', () => {
  const folder = () => mkdtempSync(join(tmpdir(), 'regionsweep-addon-'));
  const { CDK_DOCKER } = process.env;
  afterEach(() => {
    if (CDK_DOCKER === undefined) delete process.env.CDK_DOCKER;
    else process.env.CDK_DOCKER = CDK_DOCKER;
  });

  function install(file: Uint8Array): string {
    const installed = folder();
    mkdirSync(join(installed, 'build/Release'), { recursive: true });
    writeFileSync(join(installed, 'package.json'), '{"main":"index.js"}');
    writeFileSync(join(installed, 'index.js'), "module.exports = require('./build/Release/zlib_sync.node');");
    writeFileSync(join(installed, 'build/Release/zlib_sync.node'), file);
    return installed;
  }

  /** A stand-in for Docker that answers as an engine and puts this file where the container would. */
  function engine(made: Uint8Array): void {
    const home = folder();
    writeFileSync(join(home, 'made'), made);
    const script = join(home, 'docker');
    writeFileSync(
      script,
      `#!/bin/sh
if [ "$1" = info ]; then exit 0; fi
echo "$@" > ${home}/arguments
for argument in "$@"; do case "$argument" in *:/asset-output*) out=\${argument%%:*};; esac; done
mkdir -p "$out/build/Release" && cp ${home}/made "$out/build/Release/zlib_sync.node"
touch "$out/index.js" "$out/package.json"
`,
    );
    chmodSync(script, 0o755);
    process.env.CDK_DOCKER = script;
  }

  const place = (output: string, installed: string | undefined) =>
    placeAddon(output, { installed, architecture: 'arm64' });
  const binary = (output: string) => join(output, 'node_modules/zlib-sync/build/Release/zlib_sync.node');

  it('is the installed one when that fits', () => {
    const output = folder();
    place(output, install(fitting));
    expect(readdirSync(join(output, 'node_modules/zlib-sync')).sort()).toEqual(['build', 'index.js', 'package.json']);
    expect(readFileSync(binary(output))).toEqual(Buffer.from(fitting));
  });

  it('is built by Docker when the installed one does not fit', () => {
    const output = folder();
    engine(fitting);
    place(output, install(addon(INTEL, 'node_register_module_v115')));
    expect(readFileSync(binary(output))).toEqual(Buffer.from(fitting));
  });

  it('is refused when what Docker built does not fit either', () => {
    engine(addon(INTEL, 'node_register_module_v137'));
    expect(() => place(folder(), undefined)).toThrow(/that Docker built does not fit: it is built for x86_64/);
  });

  it.each([
    ['builds nothing', 'exit 0', 'that Docker built does not fit: build/Release/zlib_sync.node was not built'],
    ['fails to build', 'echo no such image >&2; exit 125', /Docker could not build it: .*125/s],
  ])('is refused when an engine answers and %s, with what to do', (_what, script, fault) => {
    const file = join(folder(), 'docker');
    writeFileSync(file, `#!/bin/sh\nif [ "$1" = info ]; then exit 0; fi\n${script}\n`);
    chmodSync(file, 0o755);
    process.env.CDK_DOCKER = file;
    const refused = () => place(folder(), undefined);
    expect(refused).toThrow(ConfigurationError);
    expect(refused).toThrow(fault);
    expect(refused).toThrow('or set inflate=zlib.');
  });

  it.each([
    ['not installed', () => undefined, 'it is not installed'],
    ['for another Node', () => install(addon(ARM, 'node_register_module_v115')), 'Node ABI 115'],
    ['not built', () => folder(), 'zlib_sync.node was not built'],
  ])('is refused when it is %s and no engine runs, with what to do', (_what, installed, fault) => {
    process.env.CDK_DOCKER = join(folder(), 'no-docker');
    const refused = () => place(folder(), installed());
    expect(refused).toThrow(ConfigurationError);
    expect(refused).toThrow(fault);
    expect(refused).toThrow(
      'Deploy from Linux on arm64 with Node 24 after npm ci, or where a Docker engine runs, or set inflate=zlib.',
    );
  });
});
