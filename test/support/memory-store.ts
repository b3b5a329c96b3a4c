import type { TallyPart } from '../../lambda/detection/tally';
import type { Entry, ItemKey, StatePage, StateStore, VersionedItem } from '../../lambda/state/store';
import { compareText, getOrInsert } from '../../lambda/util/values';

/** Values of one kind by partition and sort key, each until it expires. */
class Shelf<T> {
  private readonly partitions = new Map<string, Map<string, { readonly value: T; readonly expiresAt: number }>>();

  constructor(private readonly now: () => number) {}

  put({ partitionKey, sortKey }: ItemKey, value: T, expiresAt: number): void {
    getOrInsert(this.partitions, partitionKey, () => new Map()).set(sortKey, { value, expiresAt });
  }

  get({ partitionKey, sortKey }: ItemKey): T | undefined {
    const stored = this.partitions.get(partitionKey)?.get(sortKey);
    return stored !== undefined && stored.expiresAt > this.now() ? stored.value : undefined;
  }

  under(partitionKey: string): [sortKey: string, value: T][] {
    const stored = [...(this.partitions.get(partitionKey) ?? [])];
    return stored.flatMap(([sortKey, { value, expiresAt }]) => (expiresAt > this.now() ? [[sortKey, value]] : []));
  }
}

/** A state store that lives as long as the process, for local replay and tests. */
export class MemoryStore implements StateStore {
  private readonly parts: Shelf<TallyPart>;
  private readonly items: Shelf<VersionedItem>;
  private readonly otherEntries: Shelf<string>;

  /** @param now UTC epoch seconds, which decide what has expired; nothing expires by default */
  constructor(now: () => number = () => Number.NEGATIVE_INFINITY) {
    this.parts = new Shelf(now);
    this.items = new Shelf(now);
    this.otherEntries = new Shelf(now);
  }

  async putTally(key: string, part: TallyPart, expiresAt: number): Promise<void> {
    this.parts.put({ partitionKey: key, sortKey: part.sortKey }, part, expiresAt);
  }

  async read(key: string): Promise<StatePage> {
    return { parts: this.parts.under(key).map(([, part]) => part), items: new Map(this.items.under(key)) };
  }

  async readItem(key: ItemKey): Promise<VersionedItem | undefined> {
    return this.items.get(key);
  }

  async writeItem(key: ItemKey, value: string, version: number, expiresAt: number): Promise<boolean> {
    // Nothing is awaited between reading and writing, so that no other writer comes in between.
    if ((this.items.get(key)?.version ?? 0) !== version) return false;
    this.items.put(key, { value, version: version + 1 }, expiresAt);
    return true;
  }

  async putEntry(key: ItemKey, value: string, expiresAt: number): Promise<void> {
    this.otherEntries.put(key, value, expiresAt);
  }

  async *entries(partitionKey: string, from: string, before: string): AsyncIterable<Entry> {
    const sorted = this.otherEntries.under(partitionKey).sort(([a], [b]) => compareText(a, b));
    for (const [sortKey, value] of sorted) if (sortKey >= from && sortKey < before) yield { sortKey, value };
  }
}
