import { type ObjectRef, type ObjectSource, objectName } from '../../ports';

/** Stored bytes that are kept in all, and of one object. */
const MAX_BYTES = 16 * 2 ** 20;
const MAX_OBJECT_BYTES = 2 ** 20;

/** Keeps small objects that took time to get, so that reading them again takes no request. */
export class CachedSource implements ObjectSource {
  private readonly objects = new Map<string, readonly Uint8Array[]>();
  private room = MAX_BYTES;

  constructor(private readonly source: ObjectSource) {}

  async *read(ref: ObjectRef): AsyncIterable<Uint8Array> {
    const name = objectName(ref);
    const known = this.objects.get(name);
    if (known !== undefined) {
      yield* known;
      return;
    }
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of this.source.read(ref)) {
      size += piece.length;
      if (size <= MAX_OBJECT_BYTES) pieces.push(piece);
      else pieces.length = 0;
      yield piece;
    }
    if (size > Math.min(MAX_OBJECT_BYTES, this.room)) return;
    this.room -= size;
    this.objects.set(name, pieces);
  }

  /** Releases the memory, and keeps nothing more. */
  clear(): void {
    this.objects.clear();
    this.room = 0;
  }
}
