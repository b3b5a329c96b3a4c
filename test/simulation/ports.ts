import type { TallyPart } from '../../lambda/detection/tally';
import { ObjectGoneError, ObjectReadError, SendError, StateStoreError } from '../../lambda/errors';
import {
  type AlertSink,
  type ControlQueue,
  type ObjectRef,
  type ObjectSource,
  objectName,
  type TopicMessage,
} from '../../lambda/ports';
import type { Entry, ItemKey, StateStore, VersionedItem } from '../../lambda/state/store';
import type { FirstClaim, History } from './history';
import type { Machine, Operation } from './machine';

/** The objects in the bucket: each one's bytes in pieces; `undefined` where it was deleted. */
export type Bucket = ReadonlyMap<string, readonly Uint8Array[] | undefined>;

export function sourceOf(machine: Machine, bucket: Bucket): ObjectSource {
  return {
    async *read(ref: ObjectRef) {
      const pieces = bucket.get(ref.key);
      const failure = (reason: string) => new ObjectReadError(`${objectName(ref)}: ${reason}`);
      for (const index of pieces?.keys() ?? [0]) {
        yield await machine.call({
          kind: 'read',
          name: `read ${shortKey(ref.key)}.${index}`,
          effect: () => {
            if (pieces === undefined) throw new ObjectGoneError(`${objectName(ref)}: gone`);
            return pieces[index]!;
          },
          failure,
        });
      }
    },
  };
}

/** The shared ledger as one function reaches it. A page is read item by item: its registers before its tallies. */
export class LedgerOf implements StateStore {
  constructor(
    private readonly machine: Machine,
    private readonly store: StateStore,
    private readonly history: History,
    private readonly time: () => number,
  ) {}

  putTally(key: string, part: TallyPart, expiresAt: number): Promise<void> {
    const object = part.object.key;
    return this.call('put', `put ${shortKey(object)} -> ${key}`, () => {
      this.history.puts.push({ at: this.time(), key, sortKey: part.sortKey, object, cells: cellsOf(part) });
      return this.store.putTally(key, part, expiresAt);
    });
  }

  async read(key: string) {
    const { items } = await this.call('store-read', `read registers ${key}`, () => this.store.read(key));
    const { parts } = await this.call('store-read', `read tallies ${key}`, () => this.store.read(key));
    return { parts, items };
  }

  readItem(place: ItemKey): Promise<VersionedItem | undefined> {
    return this.call('store-read', `read ${nameOf(place)}`, () => this.store.readItem(place));
  }

  writeItem(place: ItemKey, value: string, version: number, expiresAt: number): Promise<boolean> {
    const effect = async () => {
      const written = await this.store.writeItem(place, value, version, expiresAt);
      if (written) {
        const item = { value, version: version + 1 };
        this.history.items.set(nameOf(place), { place, item });
        this.noteClaims(place, value);
      }
      return written;
    };
    return this.call('item', `write ${nameOf(place)} ${version} ${value}`, effect, () => false);
  }

  putEntry(place: ItemKey, value: string, expiresAt: number): Promise<void> {
    return this.call('put', `note ${nameOf(place)}`, () => {
      this.history.entries.push({ at: this.time(), place, value });
      return this.store.putEntry(place, value, expiresAt);
    });
  }

  async *entries(partitionKey: string, from: string, before: string): AsyncIterable<Entry> {
    yield* await this.call('store-read', `list ${partitionKey}`, async () => {
      const entries: Entry[] = [];
      for await (const entry of this.store.entries(partitionKey, from, before)) entries.push(entry);
      return entries;
    });
  }

  private noteClaims(place: ItemKey, value: string): void {
    const { alerts } = JSON.parse(value) as { alerts?: readonly Omit<FirstClaim, 'at' | 'replayId'>[] };
    const replayId = /^replay\/([^/]+)\//.exec(place.partitionKey)?.[1];
    for (const { alertId, from, until } of alerts ?? []) {
      const name = `${replayId} ${alertId}`;
      if (!this.history.claims.has(name))
        this.history.claims.set(name, { at: this.time(), replayId, alertId, from, until });
    }
  }

  private call<T>(
    kind: Operation<T>['kind'],
    name: string,
    effect: () => Promise<T>,
    lostAnswer?: () => T,
  ): Promise<T> {
    const failure = (reason: string) => new StateStoreError(`${name}: ${reason}`);
    return this.machine.call({
      kind,
      name,
      effect,
      failure,
      ...(lostAnswer === undefined ? {} : { lostAnswer }),
    });
  }
}

export function sinkOf(machine: Machine, history: History, time: () => number): AlertSink {
  return {
    publish: (message: TopicMessage) =>
      machine.call({
        kind: 'publish',
        name: `publish ${message.subject}`,
        effect: () => {
          history.published.push({ at: time(), run: machine.run, message });
          return `sns-${history.published.length}`;
        },
        failure: (reason) => new SendError(`publish: ${reason}`),
      }),
  };
}

export function queueOf(machine: Machine, send: (body: string, delay: number) => void): ControlQueue {
  return {
    send: (body: string, delay: number) =>
      machine.call({
        kind: 'send',
        name: `send ${body} in ${delay} s`,
        effect: () => send(body, delay),
        failure: (reason) => new SendError(`send: ${reason}`),
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
