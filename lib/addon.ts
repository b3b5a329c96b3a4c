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
