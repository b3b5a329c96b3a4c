import { compareText } from '../../collections';
import { type Counted, VALUE_KINDS, type ValueKind } from './evidence';
import type { SeenCall } from './seen-call';

/** Bounds of what one alert keeps, so that nobody fills it by calling on: of more values so many are counted. */
export const MOST_VALUES = 10_000;
export const LONGEST_VALUE = 10_000;
const MOST_VALUES_TOLD = 50;

/** How many calls had which value. */
export class Counts {
  private readonly kinds = new Map<ValueKind, Map<string, number>>(
    VALUE_KINDS.map((kind) => [kind, new Map()]),
  );

  add({ values, parameters }: SeenCall): void {
    for (const kind of VALUE_KINDS) this.count(kind, values[kind]);
    this.count('parameters', parameters.text);
  }

  private count(kind: ValueKind, value: string | undefined): void {
    if (value === undefined) return;
    const counts = this.kinds.get(kind)!;
    const kept = value.slice(0, LONGEST_VALUE);
    if (counts.size < MOST_VALUES || counts.has(kept)) counts.set(kept, (counts.get(kept) ?? 0) + 1);
  }

  values(kind: ValueKind): IterableIterator<string> {
    return this.kinds.get(kind)!.keys();
  }

  /** How many values each kind has, `MOST_VALUES` at most. */
  distinct(): Record<ValueKind, number> {
    const sizes = VALUE_KINDS.map((kind) => [kind, this.kinds.get(kind)!.size]);
    return Object.fromEntries(sizes) as Record<ValueKind, number>;
  }

  /** The most frequent values of each kind. */
  listed(): Record<ValueKind, Counted[]> {
    const lists = VALUE_KINDS.map((kind) => [kind, mostFrequent(this.kinds.get(kind)!)]);
    return Object.fromEntries(lists) as Record<ValueKind, Counted[]>;
  }
}

function mostFrequent(counts: ReadonlyMap<string, number>): Counted[] {
  return [...counts]
    .map(([value, calls]) => ({ value, calls }))
    .sort((a, b) => b.calls - a.calls || compareText(a.value, b.value))
    .slice(0, MOST_VALUES_TOLD);
}
