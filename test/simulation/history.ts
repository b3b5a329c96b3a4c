import type { TopicMessage } from '../../lambda/ports';
import type { ItemKey, VersionedItem } from '../../lambda/state/store';
import type { FaultKind, OperationKind } from './faults';
import type { QueuedMessage } from './queue';

/** What happened in a world, as seen from outside the functions. Seconds are UTC epoch, of the true clock. */
export class History {
  readonly runs: Run[] = [];
  readonly puts: Put[] = [];
  readonly published: { readonly at: number; readonly run: Run; readonly message: TopicMessage }[] = [];
  readonly deadLetters: QueuedMessage[] = [];
  readonly claims = new Map<string, FirstClaim>();
  readonly items = new Map<string, { readonly key: ItemKey; readonly item: VersionedItem }>();
  readonly entries: { readonly at: number; readonly key: ItemKey; readonly value: string }[] = [];
  /** what a handler threw, which it never may */
  readonly thrown: string[] = [];
  /** readable lines, kept only where they were asked for */
  readonly lines: string[] = [];

  constructor(private readonly isTraced: boolean) {}

  note(at: number, who: string, what: () => string): void {
    if (this.isTraced) this.lines.push(`${at.toFixed(2).slice(-11)} ${who.padEnd(6)} ${what()}`);
  }
}

/** One invocation. */
export interface Run {
  readonly id: string;
  readonly startedAt: number;
  readonly messages: readonly QueuedMessage[];
  readonly faults: { readonly at: number; readonly kind: FaultKind; readonly operation: OperationKind }[];
  end: 'running' | 'done' | 'crashed' | 'killed';
  endedAt: number;
}

/** A tally part that was put. */
export interface Put {
  readonly at: number;
  readonly key: string;
  readonly sortKey: string;
  readonly object: string;
  /** `actor region second` of each of its cells */
  readonly cells: readonly string[];
}

/** An alert as it was claimed first. */
export interface FirstClaim {
  readonly at: number;
  readonly replayId: string | undefined;
  readonly alertId: string;
  readonly from: number;
  readonly until: number;
}
