import { type ObjectRef, type ObjectSource, objectName } from '../../ports';

/** Stored bytes that are remembered in all, and of one object. */
const MOST_BYTES = 16 * 2 ** 20;
const MOST_OF_ONE = 2 ** 20;

/** A source that remembers what it took time to get, so that reading it once more asks nobody. */
export class RememberedSource implements ObjectSource {
  /** Of what can be had without waiting nothing is remembered. */
  readonly readWhole?: (ref: ObjectRef) => Uint8Array | undefined;
  private readonly known = new Map<string, readonly Uint8Array[]>();
  private room = MOST_BYTES;

  constructor(private readonly source: ObjectSource) {
    if (source.readWhole !== undefined) this.readWhole = (ref) => source.readWhole!(ref);
  }

  async *read(ref: ObjectRef): AsyncIterable<Uint8Array> {
    const name = objectName(ref);
    const known = this.known.get(name);
    if (known !== undefined) {
      yield* known;
      return;
    }
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of this.source.read(ref)) {
      size += piece.length;
      if (size <= MOST_OF_ONE) pieces.push(piece);
      else pieces.length = 0;
      yield piece;
    }
    if (size > Math.min(MOST_OF_ONE, this.room)) return;
    this.room -= size;
    this.known.set(name, pieces);
  }

  /** Gives the memory back, and remembers nothing more. */
  forget(): void {
    this.known.clear();
    this.room = 0;
  }
}
