import type { TallyPart } from '../../lambda/detection/tally';
import type { Detector } from '../../lambda/notify/context';
import type { StateStore } from '../../lambda/state/store';
import { storeWith } from '../support/detector';

/** State stores that break a promise of the port, and functions that use it wrongly. */

/** A page misses the tallies put in the last two seconds. */
export function eventuallyConsistent(store: StateStore, now: () => number): StateStore {
  const putAt = new Map<string, number>();
  return storeWith(store, {
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

/** An item is written whatever its version. */
export function withoutCompare(store: StateStore): StateStore {
  return storeWith(store, {
    writeItem: async (key, value, _version, expiresAt) => {
      const current = await store.readItem(key);
      return store.writeItem(key, value, current?.version ?? 0, expiresAt);
    },
  });
}

/** Tallies are gone after ten minutes. */
export function forgetful(store: StateStore, now: () => number): StateStore {
  return storeWith(store, { putTally: (key, part) => store.putTally(key, part, now() + 600) });
}

/** Every writing of a tally is another item. */
export function tallyKeyedByTime(detector: Detector): Detector {
  const { store, invocation } = detector;
  const putTally: StateStore['putTally'] = (key, part, expiresAt) =>
    store.putTally(key, { ...part, sortKey: `${part.sortKey}/${invocation.now()}` }, expiresAt);
  return { ...detector, store: storeWith(store, { putTally }) };
}

/** Buckets are read before the tallies of the batch are put. */
export function evaluatesBeforePut(detector: Detector): Detector {
  const { store } = detector;
  const kept: Parameters<StateStore['putTally']>[] = [];
  const putTally: StateStore['putTally'] = async (...call) => void kept.push(call);
  const read: StateStore['read'] = async (key) => {
    const page = await store.read(key);
    for (const call of kept.splice(0)) await store.putTally(...call);
    return page;
  };
  return { ...detector, store: storeWith(store, { putTally, read }) };
}
