/**
 * Inflates a bomb in a process of its own and prints, as JSON, how far memory had risen above the start (peak
 * resident bytes) after each limit. Arguments: engine, kind of bomb, limits in bytes, smallest first.
 */

import { existsSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { constants, crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { zlibEngine } from '../../lambda/adapters/inflate/node-zlib';
import { loadZlibSync, zlibSyncEngine } from '../../lambda/adapters/inflate/zlib-sync';
import { InflateError } from '../../lambda/errors';
import type { InflateEngine } from '../../lambda/ports';
import { attempt, lying, MIB } from './inflate-samples';

/** A gzip of that many MiB of zeros: the same MiB of deflate again and again, since to compress a GiB takes seconds. */
function zeros(mebibytes: number): Buffer[] {
  const content = Buffer.alloc(MIB);
  const piece = deflateRawSync(content, { finishFlush: constants.Z_FULL_FLUSH });
  const trailer = Buffer.alloc(8);
  let checksum = 0;
  for (let i = 0; i < mebibytes; i++) checksum = crc32(content, checksum);
  trailer.writeUInt32LE(checksum);
  trailer.writeUInt32LE(mebibytes * MIB, 4);
  return [gzipSync('').subarray(0, 10), ...new Array(mebibytes).fill(piece), deflateRawSync(''), trailer];
}

function engineOf(name: string | undefined): InflateEngine {
  if (name === 'zlib') return zlibEngine;
  const load = loadZlibSync();
  if (!load.loaded) throw new Error(load.reason);
  return zlibSyncEngine(load.addon);
}

/** Stored pieces of each object, made before memory is first looked at. */
function bombs(kind: string | undefined): Uint8Array[][] {
  if (kind === 'lying') return new Array(40).fill([lying(Buffer.alloc(8 * MIB), 30_000)]);
  if (kind === 'members') return [new Array(1024).fill(gzipSync(Buffer.alloc(MIB)))];
  // Small enough to be held, so that it is looked at again.
  if (kind === 'stray') return [[Buffer.concat([...zeros(250), Buffer.from('x')])]];
  return [zeros(1024)];
}

/** Linux hands a process the peak of the one that started it, except in this file. */
function peakBytes(): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const peak = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
  return (peak === undefined ? process.resourceUsage().maxRSS : Number(peak)) * 1024;
}

async function main([engineName, kind, ...limits]: readonly string[]): Promise<void> {
  const engine = engineOf(engineName);
  const objects = bombs(kind);
  await attempt(engine, Readable.from([gzipSync('warm')]));
  global.gc?.();
  const before = process.memoryUsage().rss;
  const growths: number[] = [];
  for (const limit of limits) {
    for (const object of objects) {
      await expectStopped(engine, object, Number(limit));
    }
    growths.push(peakBytes() - before);
  }
  process.stdout.write(JSON.stringify(growths));
}

async function expectStopped(engine: InflateEngine, bomb: readonly Uint8Array[], limit: number): Promise<void> {
  // Looked at by nobody: only memory counts here.
  if (engine.inflateSync(Buffer.concat(bomb), limit, () => {})) throw new Error('the bomb was inflated at once');
  // Every engine streams as the default one, for which that is measured.
  if (engine !== zlibEngine) return;
  try {
    for await (const _ of engine.inflate(Readable.from(bomb), 'bomb', limit));
  } catch (error) {
    if (error instanceof InflateError) return;
    throw error;
  }
  throw new Error('the bomb was inflated to its end');
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.exitCode = 1;
  process.stderr.write(String(error));
});
