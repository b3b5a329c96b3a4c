import { DYNAMODB_BYTES } from '../../bin/cost/model';
import { tallyItem, versionedItem } from '../../lambda/adapters/aws/dynamodb';
import type { TallyPart } from '../../lambda/detection/tally';
import { ServiceError } from '../../lambda/errors';
import type { Entry, ItemKey, StatePage, StateStore, VersionedItem } from '../../lambda/state/store';
import { LIMITS } from '../../scripts/growth';
import { itemBytes } from '../../test/support/store-units';

/** Units a second of one partition key. Source: DynamoDB developer guide, "Burst and adaptive capacity". */
export const PARTITION_LIMITS: PartitionLimits = {
  reads: LIMITS.partitionReads,
  writes: LIMITS.partitionWrites,
};

export interface PartitionLimits {
  readonly reads: number;
  readonly writes: number;
}

/** How a request gets its turn in the world it is made in. */
export interface Turn {
  /** settles when the answer of one request is there */
  request(): Promise<void>;
  /** settles when so many bytes of tallies are merged and looked through */
  evaluate(bytes: number): Promise<void>;
  /** settles after so many seconds */
  pause(seconds: number): Promise<void>;
  /** from 0 to 1 */
  random(): number;
}

/** What one partition key is asked for, second by second. */
class Partition {
  private readonly seconds = { reads: new Map<number, number>(), writes: new Map<number, number>() };

  constructor(private readonly limits: PartitionLimits) {}

  /** Whether the units are given. A request is let in while anything is left of its second, however much it takes. */
  take(kind: 'reads' | 'writes', units: number, second: number): boolean {
    const taken = this.seconds[kind].get(second) ?? 0;
    if (taken >= this.limits[kind]) return false;
    this.seconds[kind].set(second, taken + units);
    return true;
  }

  busiest(kind: 'reads' | 'writes'): number {
    return Math.max(0, ...this.seconds[kind].values());
  }
}

/** What all requests came to. */
export class Meter {
  readonly totals = {
    writes: 0,
    writeUnits: 0,
    queries: 0,
    pages: 0,
    readUnits: 0,
    throttled: 0,
    refused: 0,
  };
  private readonly partitions = new Map<string, Partition>();

  constructor(
    /** whole seconds of the world's clock */
    private readonly second: () => number,
    private readonly limits: PartitionLimits,
  ) {}

  /** The most units that one partition key was asked for in one second. */
  busiest(kind: 'reads' | 'writes'): number {
    return Math.max(0, ...[...this.partitions.values()].map((one) => one.busiest(kind)));
  }

  take(kind: 'reads' | 'writes', key: string, units: number): boolean {
    const known = this.partitions.get(key) ?? new Partition(this.limits);
    this.partitions.set(key, known);
    return known.take(kind, units, this.second());
  }
}

/** As the SDK's standard mode does: attempts in all, and the longest first pause after a refusal for throughput. */
const ATTEMPTS = 6;

const FIRST_PAUSE_SECONDS = 0.5;

const LONGEST_PAUSE_SECONDS = 20;

/** The state store as one invocation reaches it: units by DynamoDB's rules, and refused as DynamoDB would. */
export class MeteredStore implements StateStore {
  constructor(
    private readonly store: StateStore,
    private readonly meter: Meter,
    private readonly turn: Turn,
  ) {}

  async putTally(key: string, part: TallyPart, expiresAt: number): Promise<void> {
    const units = Math.ceil(sizeOf(part, () => tallyItem(key, part, expiresAt)) / DYNAMODB_BYTES.writeUnit);
    await this.asked('writes', key, () => units);
    this.meter.totals.writes += 1;
    this.meter.totals.writeUnits += units;
    await this.store.putTally(key, part, expiresAt);
  }

  async read(key: string): Promise<StatePage> {
    let page: StatePage = { parts: [], items: new Map() };
    let bytes = 0;
    await this.asked('reads', key, async () => {
      page = await this.store.read(key);
      bytes = pageBytes(key, page);
      return readUnits(bytes);
    });
    // The pages behind the first.
    for (let more = 1; more < pages(bytes); more += 1) await this.turn.request();
    this.meter.totals.queries += 1;
    this.meter.totals.pages += pages(bytes);
    this.meter.totals.readUnits += readUnits(bytes);
    await this.turn.evaluate(bytes);
    return page;
  }

  async readItem(place: ItemKey): Promise<VersionedItem | undefined> {
    await this.turn.request();
    return this.store.readItem(place);
  }

  async writeItem(place: ItemKey, value: string, version: number, expiresAt: number): Promise<boolean> {
    await this.turn.request();
    return this.store.writeItem(place, value, version, expiresAt);
  }

  async putEntry(place: ItemKey, value: string, expiresAt: number): Promise<void> {
    await this.turn.request();
    await this.store.putEntry(place, value, expiresAt);
  }

  entries(partitionKey: string, from: string, before: string): AsyncIterable<Entry> {
    return this.store.entries(partitionKey, from, before);
  }

  /** One request, tried again with jitter where the partition has no units left. */
  private async asked(kind: 'reads' | 'writes', key: string, units: () => number | Promise<number>): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      await this.turn.request();
      if (this.meter.take(kind, key, await units())) return;
      this.meter.totals.throttled += 1;
      const longest = Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** attempt);
      await this.turn.pause(this.turn.random() * longest);
    }
    this.meter.totals.refused += 1;
    throw new ServiceError(`${key}: throughput exceeded`);
  }
}

const sizes = new WeakMap<TallyPart, number>();

function sizeOf(part: TallyPart, item: () => Parameters<typeof itemBytes>[0]): number {
  const size = sizes.get(part) ?? itemBytes(item());
  sizes.set(part, size);
  return size;
}

function pageBytes(key: string, { parts, items }: StatePage): number {
  let bytes = 0;
  for (const part of parts) bytes += sizeOf(part, () => tallyItem(key, part, 1));
  for (const [sortKey, item] of items) bytes += itemBytes(versionedItem({ partitionKey: key, sortKey }, item, 1));
  return bytes;
}

function pages(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / DYNAMODB_BYTES.page));
}

function readUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / DYNAMODB_BYTES.readUnit));
}
