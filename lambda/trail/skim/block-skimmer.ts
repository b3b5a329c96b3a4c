import { NeedleSearch } from '../needle-search';
import { CALL_NEEDLE } from '../sighting';
import { SKIM_END, type Skimmer, skimmerFor } from './skimmer';

/** Bytes that are searched for needles, and then skimmed where there is none: at most some ten records, and at least one. */
const BLOCK = 16 * 1024;
const SMALL_BLOCK = 1024;

/** The last one: objects are read one after another for the same needles. */
let last: { readonly needles: string; readonly skimmer: Skimmer } | undefined;

/**
 * A skimmer for several needles, or for one that is not rare. It lets the thread's own skimmer, whatever that looks for,
 * pass over blocks in which a search has found none of them.
 * @param needles as `scanRecords` takes them
 * @returns undefined where every record counts, or WebAssembly has no vectors
 */
export function blockSkimmerFor(needles: readonly string[]): Skimmer | undefined {
  if (needles.length === 0 || needles.includes('')) return undefined;
  const inner = skimmerFor([CALL_NEEDLE]);
  if (inner === undefined) return undefined;
  const key = JSON.stringify(needles);
  if (last?.needles !== key) {
    last = { needles: key, skimmer: new BlockSkimmer(inner, new NeedleSearch(needles)) };
  }
  return last.skimmer;
}

class BlockSkimmer implements Skimmer {
  records = 0;
  stop = 0;
  behind = 0;
  private length = 0;

  constructor(
    private readonly inner: Skimmer,
    private readonly search: NeedleSearch,
  ) {}

  get area(): Uint8Array {
    return this.inner.area;
  }

  enter(chunk: Uint8Array): void {
    this.inner.enter(chunk);
    this.search.enter(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    this.length = chunk.length;
  }

  skim(from: number): number {
    const { inner, search } = this;
    this.records = 0;
    this.stop = from;
    for (;;) {
      let to = Math.min(this.stop + BLOCK, this.length);
      while (search.within(this.stop, to)) {
        to = this.stop + ((to - this.stop) >> 1);
        if (to - this.stop < SMALL_BLOCK) return SKIM_END.AT_RECORD;
      }
      const end = inner.skim(this.stop, to);
      this.records += inner.records;
      this.stop = inner.stop;
      this.behind = inner.behind;
      // A record that goes on behind the block is the first of the next one, unless it is larger than a block.
      if (end !== SKIM_END.AT_RECORD || inner.records === 0) return end;
    }
  }
}
