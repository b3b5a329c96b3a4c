import { countsCalls, type RuleParameters } from '../rule/rule';
import type { Cell } from './tally';

/** Distinct regions, and distinct calls where they matter, of the cells put in and not yet taken out. */
export class Count {
  private readonly regions = new Map<string, number>();
  private readonly calls = new Map<string, number>();

  constructor(private readonly rule: RuleParameters) {}

  add(cell: Cell): void {
    change(this.regions, cell.region, 1);
    for (const hash of cell.callHashes) change(this.calls, hash, 1);
  }

  remove(cell: Cell): void {
    change(this.regions, cell.region, -1);
    for (const hash of cell.callHashes) change(this.calls, hash, -1);
  }

  get isEnough(): boolean {
    if (this.regions.size < this.rule.minRegions) return false;
    return !countsCalls(this.rule) || this.calls.size >= this.rule.minCalls;
  }
}

function change(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
