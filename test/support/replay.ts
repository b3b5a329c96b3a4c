import { zlibEngine } from '../../lambda/adapters/inflate/node-zlib';
import type { Alert } from '../../lambda/alert/model';
import { DEFAULT_PARAMETERS, type RuleParameters } from '../../lambda/detection/rule';
import { ObjectReadError } from '../../lambda/errors';
import { type ReadObject, Replay, type ReplayTotals } from '../../lambda/pipeline/replay';
import { type ObjectRef, type ObjectSource, objectName } from '../../lambda/ports';
import type { ReadOptions } from '../../lambda/trail/object-reader';

export type Content = string | Uint8Array;

/** An object and its stored bytes, in one piece or several. */
export interface MemoryObject {
  readonly key: string;
  readonly pieces: readonly Uint8Array[];
}

/** Objects named after their place: `1.json`, `2.json`, … */
export function objectsOf(...contents: readonly Content[]): MemoryObject[] {
  return contents.map((content, index) => objectOf(`${index + 1}.json`, content));
}

export function objectOf(key: string, content: Content): MemoryObject {
  return { key, pieces: [Buffer.from(content)] };
}

/** Objects in memory. Each is read as often as asked for, up to `most` times: then it has vanished. */
export function memorySource(objects: readonly MemoryObject[], most = Number.POSITIVE_INFINITY): ObjectSource {
  const reads = new Map<string, number>();
  return {
    async *read(ref: ObjectRef) {
      const name = objectName(ref);
      const count = (reads.get(name) ?? 0) + 1;
      reads.set(name, count);
      const object = objects.find(({ key }) => key === ref.key);
      if (object === undefined || count > most) throw new ObjectReadError(`${name}: cannot be read: gone`);
      yield* object.pieces;
    },
  };
}

export interface ReplaySettings extends Partial<ReadOptions> {
  readonly parameters?: Partial<RuleParameters>;
  readonly isStopped?: () => boolean;
}

export interface Replayed {
  readonly alerts: readonly Alert[];
  readonly totals: ReplayTotals;
  /** what was read, by key */
  readonly read: ReadonlyMap<string, ReadObject>;
}

export function readingOf(objects: readonly MemoryObject[], settings: ReplaySettings = {}): ReadOptions {
  const { parameters, isStopped: _, ...reading } = settings;
  return {
    source: memorySource(objects),
    inflate: zlibEngine,
    limit: 1 << 26,
    rule: { ...DEFAULT_PARAMETERS, ...parameters },
    ...reading,
  };
}

/** The production path over objects in memory. */
export async function replayed(objects: readonly MemoryObject[], settings: ReplaySettings = {}): Promise<Replayed> {
  const reading = readingOf(objects, settings);
  const replay = new Replay(reading.rule);
  const read = new Map<string, ReadObject>();
  await replay.read(stored(objects), {
    ...{ reading, concurrency: 8 },
    onObject: ({ key }, one) => read.set(key, one),
    isStopped: settings.isStopped ?? (() => false),
  });
  return { alerts: await replay.alerts({ reading, concurrency: 8 }), totals: replay.totals, read };
}

async function* stored(objects: readonly MemoryObject[]) {
  for (const { key, pieces } of objects) {
    yield { object: { bucket: '', key }, bytes: pieces.reduce((sum, { length }) => sum + length, 0) };
  }
}
