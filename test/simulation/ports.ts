import type { TallyPart } from '../../lambda/detection/tally';
import { ObjectGoneError, ObjectReadError, SendError, StateStoreError } from '../../lambda/errors';
import {
  type AlertSink,
  type ControlQueue,
  type ObjectListing,
  type ObjectSource,
  objectName,
} from '../../lambda/ports';
import type { Entry, ItemKey, StateStore } from '../../lambda/state/store';
import { getOrInsert } from '../../lambda/util/values';
import { memoryListing } from '../support/memory-listing';
import type { FirstClaim, History } from './history';
import type { Machine, Operation } from './machine';

/** The objects in the bucket: each one's bytes in pieces; `undefined` where it was deleted. */
export type Bucket = ReadonlyMap<string, readonly Uint8Array[] | undefined>;

export function sourceOf(machine: Machine, bucket: Bucket): ObjectSource {
  return {
    async *read(ref) {
      const pieces = bucket.get(ref.key);
      for (const index of pieces?.keys() ?? [0]) {
        yield await machine.call({
          kind: 'read',
          name: `read ${shortKey(ref.key)}.${index}`,
          effect: () => {
            if (pieces === undefined) throw new ObjectGoneError(`${objectName(ref)}: gone`);
            return pieces[index]!;
          },
          failure: (message) => new ObjectReadError(message),
        });
      }
    },
  };
}

export function listingOf(machine: Machine, bucket: Bucket): ObjectListing {
  const present = [...bucket].flatMap(([key, pieces]) => (pieces === undefined ? [] : [{ key, pieces }]));
  const listing = memoryListing(present);
  const failure = (message: string) => new ObjectReadError(message);
  return {
    folders: (...of) =>
      machine.call({ kind: 'list', name: `folders ${of[1]}`, effect: () => listing.folders(...of), failure }),
    keys: (...of) => machine.call({ kind: 'list', name: `keys ${of[1]}`, effect: () => listing.keys(...of), failure }),
  };
}

/** The shared state store as one function reaches it. A page is read item by item: its items before its tallies. */
export function storeOf(machine: Machine, store: StateStore): StateStore {
  const { clock, history } = machine.world;
  const failure = (message: string) => new StateStoreError(message);
  const call = <T>(kind: Operation<T>['kind'], name: string, effect: () => Promise<T>): Promise<T> =>
    machine.call({ kind, name, effect, failure });
  return {
    putTally: (key, part, expiresAt) =>
      call('put', `put ${shortKey(part.object.key)} -> ${key}`, () => {
        const { sortKey, object } = part;
        history.puts.push({ at: clock.now, key, sortKey, object: object.key, cells: cellsOf(part) });
        return store.putTally(key, part, expiresAt);
      }),
    async read(key) {
      const { items } = await call('store-read', `read items ${key}`, () => store.read(key));
      const { parts } = await call('store-read', `read tallies ${key}`, () => store.read(key));
      return { parts, items };
    },
    readItem: (key) => call('store-read', `read ${nameOf(key)}`, () => store.readItem(key)),
    writeItem(key, value, version, expiresAt) {
      const name = `write ${nameOf(key)} ${version} ${value}`;
      const effect = async () => {
        const isWritten = await store.writeItem(key, value, version, expiresAt);
        if (isWritten) {
          history.items.set(nameOf(key), { key, item: { value, version: version + 1 } });
          noteClaims(history, clock.now, key, value);
        }
        return isWritten;
      };
      return machine.call({ kind: 'item', name, effect, failure, lostAnswer: () => false });
    },
    putEntry: (key, value, expiresAt) =>
      call('put', `note ${nameOf(key)}`, () => {
        history.entries.push({ at: clock.now, key, value });
        return store.putEntry(key, value, expiresAt);
      }),
    async *entries(partitionKey, from, before) {
      yield* await call('store-read', `list ${partitionKey}`, async () => {
        const entries: Entry[] = [];
        for await (const entry of store.entries(partitionKey, from, before)) entries.push(entry);
        return entries;
      });
    },
  };
}

function noteClaims({ claims }: History, at: number, { partitionKey }: ItemKey, value: string): void {
  const { alerts = [] } = JSON.parse(value) as { alerts?: readonly Omit<FirstClaim, 'at' | 'replayId'>[] };
  const replayId = replayIdOf(partitionKey);
  for (const { alertId, from, until } of alerts)
    getOrInsert(claims, `${replayId} ${alertId}`, () => ({ at, replayId, alertId, from, until }));
}

/** The replay that a partition key is of; `undefined` for the live state. */
export function replayIdOf(partitionKey: string): string | undefined {
  return /^replay\/([^/]+)\//.exec(partitionKey)?.[1];
}

export function sinkOf(machine: Machine): AlertSink {
  const { clock, history } = machine.world;
  return {
    publish: (message) =>
      machine.call({
        kind: 'publish',
        name: `publish ${message.subject}`,
        effect: () => `sns-${history.published.push({ at: clock.now, run: machine.run, message })}`,
        failure: (reason) => new SendError(reason),
      }),
  };
}

export function queueOf(machine: Machine, send: (body: string) => void): ControlQueue {
  return {
    sendBatch: (bodies) =>
      machine.call({
        kind: 'send',
        name: `send ${bodies.length}: ${bodies[0]}`,
        effect: () => {
          for (const body of bodies) send(body);
        },
        failure: (reason) => new SendError(reason),
      }),
  };
}

function nameOf({ partitionKey, sortKey }: ItemKey): string {
  return `${partitionKey} ${sortKey}`;
}

/** What a tally's text says, read without the code that wrote it. */
function cellsOf({ encoded, bucket }: TallyPart): string[] {
  const actors = JSON.parse(encoded) as [string, [string, [number][]][]][];
  return actors.flatMap(([actor, regions]) =>
    regions.flatMap(([region, cells]) => cells.map(([offset]) => `${actor} ${region} ${bucket.start + offset}`)),
  );
}

function shortKey(key: string): string {
  return /object-\d+/.exec(key)?.[0] ?? key;
}
