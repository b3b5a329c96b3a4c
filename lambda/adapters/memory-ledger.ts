import type { Ledger } from '../ports';
import type { TallyPart } from '../window/tally-encoding';

/** A ledger that lives as long as the process, for local replay and tests. */
export class MemoryLedger implements Ledger {
  private readonly parts = new Map<string, Map<string, TallyPart>>();

  async putTally(key: string, part: TallyPart): Promise<void> {
    const under = this.parts.get(key);
    if (under === undefined) this.parts.set(key, new Map([[part.sortKey, part]]));
    else under.set(part.sortKey, part);
  }

  async talliesUnder(key: string): Promise<TallyPart[]> {
    return [...(this.parts.get(key)?.values() ?? [])];
  }
}
