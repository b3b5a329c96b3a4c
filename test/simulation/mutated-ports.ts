import type { TallyPart } from '../../lambda/detection/tally';
import type { Detector } from '../../lambda/notify/context';
import type { ItemKey, StateStore } from '../../lambda/state/store';

/** Ledgers that break a promise of the port, and functions that use it wrongly. */

/** All of a ledger but what is given. */
function ledgerWith(store: StateStore, own: Partial<StateStore>): StateStore {
  return {
    putTally: (...call) => store.putTally(...call),
    read: (...call) => store.read(...call),
    readItem: (...call) => store.readItem(...call),
    writeItem: (...call) => store.writeItem(...call),
    putEntry: (...call) => store.putEntry(...call),
    entries: (...call) => store.entries(...call),
    ...own,
  };
}

/** A page misses the tallies put in the last two seconds. */
export function eventuallyConsistent(store: StateStore, now: () => number): StateStore {
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
export function withoutCompare(store: StateStore): StateStore {
  return ledgerWith(store, {
    writeItem: async (place: ItemKey, value, _version, expiresAt) => {
      const current = await store.readItem(place);
      return store.writeItem(place, value, current?.version ?? 0, expiresAt);
    },
  });
}

/** Tallies are gone after ten minutes. */
export function forgetful(store: StateStore, now: () => number): StateStore {
  return ledgerWith(store, { putTally: (key, part) => store.putTally(key, part, now() + 600) });
}

/** Every writing of a tally is another item. */
export function tallyKeyedByTime(detector: Detector): Detector {
  const { store, invocation } = detector;
  const putTally: StateStore['putTally'] = (key, part, expiresAt) =>
    store.putTally(key, { ...part, sortKey: `${part.sortKey}/${invocation.now()}` }, expiresAt);
  return { ...detector, store: ledgerWith(store, { putTally }) };
}

/** Buckets are read before what the batch tells of them is put. */
export function evaluatesBeforePut(detector: Detector): Detector {
  const { store } = detector;
  const kept: Parameters<StateStore['putTally']>[] = [];
  return {
    ...detector,
    store: ledgerWith(store, {
      putTally: async (...call) => {
        kept.push(call);
      },
      read: async (key) => {
        const page = await store.read(key);
        for (const call of kept.splice(0)) await store.putTally(...call);
        return page;
      },
    }),
  };
}
