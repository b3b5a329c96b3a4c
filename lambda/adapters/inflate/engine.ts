import { ConfigurationError } from '../../errors';
import type { InflateEngine } from '../../ports';
import { zlibEngine } from './node-zlib';
import { type TrustedGunzip, trustedGunzip } from './reused-gunzip';
import { type AddonLoad, loadZlibSync, zlibSyncEngine } from './zlib-sync';

/** The environment variable that asks for an engine, read by the front doors alone. */
export const INFLATE_VARIABLE = 'REGIONSWEEP_INFLATE';

export interface InflateChoice {
  readonly engine: InflateEngine;
  /** One line for the caller to print once: which engine, and why. */
  readonly reason: string;
}

/**
 * The engine asked for, or the default. An addon that does not load is no failure: node:zlib gives the same output.
 * @param requested the value of REGIONSWEEP_INFLATE, `undefined` or empty when it is not set
 * @param load for tests, as is `trusted`
 * @throws ConfigurationError for a name that is no engine's
 */
export function chooseInflate(
  requested: string | undefined,
  load: () => AddonLoad = loadZlibSync,
  trusted: () => TrustedGunzip = trustedGunzip,
): InflateChoice {
  if (requested === undefined || requested === '') {
    return { engine: zlibEngine, reason: `inflate: zlib (the default)${slower(trusted())}` };
  }
  if (requested === 'zlib') {
    return { engine: zlibEngine, reason: `inflate: zlib (${INFLATE_VARIABLE})${slower(trusted())}` };
  }
  if (requested !== 'zlib-sync') {
    throw new ConfigurationError(
      `${INFLATE_VARIABLE} is ${JSON.stringify(requested)}; set it to zlib or zlib-sync, or leave it out`,
    );
  }
  const addon = load();
  return addon.loaded
    ? { engine: zlibSyncEngine(addon.addon), reason: `inflate: zlib-sync (${INFLATE_VARIABLE})` }
    : {
        engine: zlibEngine,
        reason: `inflate: zlib (${INFLATE_VARIABLE} asks for zlib-sync, which did not load: ${addon.reason})${slower(trusted())}`,
      };
}

/** What there is to say where every object takes an inflater of its own. */
function slower({ reason }: TrustedGunzip): string {
  return reason === undefined ? '' : `, and slower than it could be: its inflater cannot be used again, ${reason}`;
}
