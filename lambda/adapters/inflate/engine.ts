import { ConfigurationError } from '../../errors';
import { zlibEngine } from './node-zlib';
import { type AddonLoad, loadZlibSync, zlibSyncEngine } from './zlib-sync';

/** The environment variable that chooses an engine, read only by handler and command line. */
const INFLATE_VARIABLE = 'REGIONSWEEP_INFLATE';

/**
 * The requested engine, or the default. If the addon does not load, node:zlib gives the same output.
 * @param requested the value of REGIONSWEEP_INFLATE, `undefined` or empty when it is not set
 * @param load for tests
 * @returns also which engine, and why, where one was asked for: one line for the caller to print once
 * @throws ConfigurationError for an unknown name
 */
export function chooseInflate(requested: string | undefined, load: () => AddonLoad = loadZlibSync) {
  if (requested === undefined || requested === '') return { engine: zlibEngine, reason: undefined };
  if (requested === 'zlib') return { engine: zlibEngine, reason: `inflate: zlib (${INFLATE_VARIABLE})` };
  if (requested !== 'zlib-sync') {
    throw new ConfigurationError(
      `${INFLATE_VARIABLE} is ${JSON.stringify(requested)}; set it to zlib or zlib-sync, or leave it out`,
    );
  }
  const addon = load();
  if (addon.loaded) return { engine: zlibSyncEngine(addon.addon), reason: `inflate: zlib-sync (${INFLATE_VARIABLE})` };
  const why = `${INFLATE_VARIABLE} asks for zlib-sync, which did not load: ${addon.reason}`;
  return { engine: zlibEngine, reason: `inflate: zlib (${why})` };
}
