import type { TallyPart } from '../../lambda/detection/tally';
import { ObjectGoneError, ObjectReadError, ServiceError } from '../../lambda/errors';
import type { Detector } from '../../lambda/notify/context';
import { type ObjectListing, type ObjectSource, objectName } from '../../lambda/ports';
import type { Entry, ItemKey, StateStore } from '../../lambda/state/store';
import { getOrInsert } from '../../lambda/util/values';
import { memoryListing } from '../support/memory-listing';
import type { OperationKind } from './faults';
import type { FirstClaim, History, Run } from './history';

/** The objects in the bucket: each one's bytes in pieces; `undefined` where it was deleted. */
export type Bucket = ReadonlyMap<string, readonly Uint8Array[] | undefined>;

/** One call out of a function, and how it fails. */
export interface Operation<T> {
  readonly kind: OperationKind;
  /** for the trace and errors */
  readonly name: string;
  /** what it does to the world, all at once */
  readonly effect: () => Promise<T> | T;
  /** what is thrown where it is refused or its answer is lost */
  readonly failure: (message: string) => Error;
  /** the answer instead of an error where the true one is lost */
  readonly lostAnswer?: () => T;
}

export type Call = <T>(operation: Operation<T>) => Promise<T>;

/** What all functions share. */
export interface Outside {
  readonly bucket: Bucket;
  readonly store: StateStore;
  readonly history: History;
  /** UTC epoch second, by the true clock */
  readonly now: () => number;
  readonly send: (body: string) => void;
  /** has the schedule wake a function for what was noted as due */
  readonly wakeFor: (body: string, at: number) => void;
}

/** The ways by which one function reaches what is outside, where all that it does is recorded. */
export function portsOf(outside: Outside, run: Run, call: Call): Pick<Detector, 'store' | 'sink' | 'queue'> {
  const { history, now, send } = outside;
  return {
    store: storeOf(outside, call),
    sink: {
      publish: (message) =>
        call({
          kind: 'publish',
          name: `publish ${message.attributes.kind} ${message.subject}`,
          effect: () => `sns-${history.published.push({ at: now(), run, message })}`,
          failure: (reason) => new ServiceError(reason),
        }),
    },
    queue: {
      sendBatch: (bodies) =>
        call({
          kind: 'send',
          name: `send ${bodies.length}: ${bodies[0]}`,
          effect: () => {
            for (const body of bodies) send(body);
          },
          failure: (reason) => new ServiceError(reason),
        }),
    },
  };
}

export function sourceOf({ bucket }: Pick<Outside, 'bucket'>, call: Call): ObjectSource {
  return {
    async *read(ref) {
      const pieces = bucket.get(ref.key);
      for (const index of pieces?.keys() ?? [0]) {
        yield await call({
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

export function listingOf({ bucket }: Pick<Outside, 'bucket'>, call: Call): ObjectListing {
  const present = [...bucket].flatMap(([key, pieces]) => (pieces === undefined ? [] : [{ key, pieces }]));
  const listing = memoryListing(present);
  const failure = (message: string) => new ObjectReadError(message);
  return {
    folders: (...of) => call({ kind: 'list', name: `folders ${of[1]}`, effect: () => listing.folders(...of), failure }),
    keys: (...of) => call({ kind: 'list', name: `keys ${of[1]}`, effect: () => listing.keys(...of), failure }),
  };
}

/** The shared state store as one function reaches it. A page is read item by item: its items before its tallies. */
function storeOf({ store, history, now, wakeFor }: Outside, calling: Call): StateStore {
  const failure = (message: string) => new ServiceError(message);
  const call = <T>(kind: OperationKind, name: string, effect: () => Promise<T>): Promise<T> =>
    calling({ kind, name, effect, failure });
  return {
    putTally: (key, part, expiresAt) =>
      call('put', `put ${shortKey(part.object.key)} -> ${key}`, () => {
        const { sortKey, object } = part;
        history.puts.push({ at: now(), key, sortKey, object: object.key, cells: cellsOf(part) });
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
          noteClaims(history, now(), key, value);
        }
        return isWritten;
      };
      return calling({ kind: 'item', name, effect, failure, lostAnswer: () => false });
    },
    putEntry: (key, value, expiresAt) =>
      call('put', `note ${nameOf(key)}`, async () => {
        history.entries.push({ at: now(), key, value });
        await store.putEntry(key, value, expiresAt);
        if (key.partitionKey.includes('/due/')) wakeFor(value, Number.parseInt(key.sortKey, 10));
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
