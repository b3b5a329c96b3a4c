import type { TallyPart } from '../../detection/tally';
import type { Entry, ItemKey, StatePage, StateStore, VersionedItem } from '../../state/store';
import { compareText, getOrInsert } from '../../util/values';

interface Kept<T> {
  readonly value: T;
  readonly expiresAt: number;
}

/** A state store that lives as long as the process, for local replay and tests. */
export class MemoryStore implements StateStore {
  private readonly parts = new Map<string, Map<string, Kept<TallyPart>>>();
  private readonly items = new Map<string, Map<string, Kept<VersionedItem>>>();
  private readonly otherEntries = new Map<string, Map<string, Kept<string>>>();

  /** @param now UTC epoch seconds, to tell what has expired; nothing expires by default */
  constructor(private readonly now: () => number = () => Number.NEGATIVE_INFINITY) {}

  async putTally(key: string, part: TallyPart, expiresAt: number): Promise<void> {
    put(this.parts, { partitionKey: key, sortKey: part.sortKey }, { value: part, expiresAt });
  }

  async read(key: string): Promise<StatePage> {
    return {
      parts: this.liveUnder(this.parts, key).map(([, part]) => part),
      items: new Map(this.liveUnder(this.items, key)),
    };
  }

  async readItem({ partitionKey, sortKey }: ItemKey): Promise<VersionedItem | undefined> {
    return this.live(this.items.get(partitionKey)?.get(sortKey));
  }

  async writeItem(key: ItemKey, value: string, version: number, expiresAt: number): Promise<boolean> {
    // Nothing is awaited between looking and writing, so that no other writer comes in between.
    const current = this.live(this.items.get(key.partitionKey)?.get(key.sortKey));
    if ((current?.version ?? 0) !== version) return false;
    put(this.items, key, { value: { value, version: version + 1 }, expiresAt });
    return true;
  }

  async putEntry(key: ItemKey, value: string, expiresAt: number): Promise<void> {
    put(this.otherEntries, key, { value, expiresAt });
  }

  async *entries(partitionKey: string, from: string, before: string): AsyncIterable<Entry> {
    const sorted = this.liveUnder(this.otherEntries, partitionKey).sort(([a], [b]) => compareText(a, b));
    for (const [sortKey, value] of sorted) if (sortKey >= from && sortKey < before) yield { sortKey, value };
  }

  private liveUnder<T>(map: Map<string, Map<string, Kept<T>>>, key: string): [string, T][] {
    return [...(map.get(key) ?? [])].flatMap(([sortKey, kept]): [string, T][] => {
      const value = this.live(kept);
      return value === undefined ? [] : [[sortKey, value]];
    });
  }

  private live<T>(kept: Kept<T> | undefined): T | undefined {
    return kept !== undefined && kept.expiresAt > this.now() ? kept.value : undefined;
  }
}

function put<T>(map: Map<string, Map<string, Kept<T>>>, key: ItemKey, kept: Kept<T>): void {
  getOrInsert(map, key.partitionKey, () => new Map<string, Kept<T>>()).set(key.sortKey, kept);
}
