import type { Detector } from '../../lambda/detect/detector';
import type { Ledger, Place } from '../../lambda/ports';
import type { TallyPart } from '../../lambda/window/tally-encoding';

/** Ledgers that break a promise of the port, and functions that use it wrongly. */

/** All of a ledger but what is given. */
function ledgerWith(store: Ledger, own: Partial<Ledger>): Ledger {
  return {
    putTally: (...call) => store.putTally(...call),
    read: (...call) => store.read(...call),
    readRegister: (...call) => store.readRegister(...call),
    writeRegister: (...call) => store.writeRegister(...call),
    putEntry: (...call) => store.putEntry(...call),
    entries: (...call) => store.entries(...call),
    ...own,
  };
}

/** A page misses the tallies put in the last two seconds. */
export function eventuallyConsistent(store: Ledger, now: () => number): Ledger {
  const putAt = new Map<string, number>();
  return ledgerWith(store, {
    putTally: (key, part, expiresAt) => {
      const name = `${key} ${part.sortKey}`;
      if (!putAt.has(name)) putAt.set(name, now());
      return store.putTally(key, part, expiresAt);
    },
    read: async (key) => {
      const page = await store.read(key);
      const isOld = ({ sortKey }: TallyPart) => putAt.get(`${key} ${sortKey}`)! <= now() - 2;
      return { ...page, parts: page.parts.filter(isOld) };
    },
  });
}

/** A register is written whatever its version. */
export function withoutCompare(store: Ledger): Ledger {
  return ledgerWith(store, {
    writeRegister: async (place: Place, value, _version, expiresAt) => {
      const current = await store.readRegister(place);
      return store.writeRegister(place, value, current?.version ?? 0, expiresAt);
    },
  });
}

/** Tallies are gone after ten minutes. */
export function forgetful(store: Ledger, now: () => number): Ledger {
  return ledgerWith(store, { putTally: (key, part) => store.putTally(key, part, now() + 600) });
}

/** Every writing of a tally is another item. */
export function tallyKeyedByTime(detector: Detector): Detector {
  const { ledger, now } = detector;
  const putTally: Ledger['putTally'] = (key, part, expiresAt) =>
    ledger.putTally(key, { ...part, sortKey: `${part.sortKey}/${now()}` }, expiresAt);
  return { ...detector, ledger: ledgerWith(ledger, { putTally }) };
}

/** Buckets are read before what the batch tells of them is put. */
export function evaluatesBeforePut(detector: Detector): Detector {
  const { ledger } = detector;
  const kept: Parameters<Ledger['putTally']>[] = [];
  return {
    ...detector,
    ledger: ledgerWith(ledger, {
      putTally: async (...call) => {
        kept.push(call);
      },
      read: async (key) => {
        const page = await ledger.read(key);
        for (const call of kept.splice(0)) await ledger.putTally(...call);
        return page;
      },
    }),
  };
}
