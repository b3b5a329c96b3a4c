import { hash } from 'node:crypto';

/** The first `bytes` bytes of the SHA-256 of `parts`, joined so that no two lists of parts read alike; hex. */
export function hashHex(bytes: number, ...parts: readonly string[]): string {
  return digestOf(parts).toString('hex', 0, bytes);
}

/** As `hashHex`, in base64url: a third shorter, for hashes kept by the thousand. */
export function hashShort(bytes: number, ...parts: readonly string[]): string {
  return digestOf(parts).toString('base64url', 0, bytes);
}

function digestOf(parts: readonly string[]): Buffer {
  return hash('sha256', JSON.stringify(parts), 'buffer');
}
