import { LedgerError } from './errors';
import type { Ledger, Place, Register } from './ports';

/** A write that loses this often in a row is no race any more. */
const MOST_ATTEMPTS = 50;

/**
 * Changes a register by reading, computing the next value and writing it under the version read, again and again until
 * nobody was faster. A write whose answer was lost is met again as its own value: `change` must leave that as it is.
 * @param change gives the next value, or `undefined` where nothing is to be changed
 * @param known what was read of it already
 * @returns the value as it is at the end
 * @throws LedgerError
 */
export async function changeRegister(
  ledger: Ledger,
  place: Place,
  expiresAt: number,
  change: (value: string | undefined) => string | undefined,
  known?: { readonly register: Register | undefined },
): Promise<string | undefined> {
  let register = known === undefined ? await ledger.readRegister(place) : known.register;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const next = change(register?.value);
    if (next === undefined || next === register?.value) return register?.value;
    if (await ledger.writeRegister(place, next, register?.version ?? 0, expiresAt)) return next;
    register = await ledger.readRegister(place);
  }
  throw new LedgerError(
    `${place.partitionKey} ${place.sortKey}: changed by others ${MOST_ATTEMPTS} times while it was to be written; the message will come back`,
  );
}
