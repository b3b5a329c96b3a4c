/** ISIZE: the last member's output length modulo 2^32, as the object itself claims it. */
export function claimedSize(gzip: Buffer): number {
  return gzip.length < 4 ? 0 : gzip.readUInt32LE(gzip.length - 4);
}
