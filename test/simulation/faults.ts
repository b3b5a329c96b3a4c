import type { Random } from '../../bin/synthetic-trail/random';

/** What may go wrong at any call out of a function. */
export const FAULT_KINDS = [
  /** the function ends before or after the call was carried out, and never goes on */
  'crash',
  /** refused, not done */
  'throttle',
  /** done, and the answer lost */
  'lost-answer',
  /** SNS refuses */
  'publish-refused',
  /** SNS takes it, and the answer is lost */
  'publish-lost',
  /** the call hangs, often beyond the function's deadline, which ends it with its lease running out */
  'stall',
  /** the function ends well, but its messages are handed out again */
  'ack-lost',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultSettings {
  readonly kinds: readonly FaultKind[];
  /** of a call */
  readonly rate: number;
  /** in one world; below what a message may be received, so that no fault alone makes a dead letter */
  readonly most: number;
}

export type OperationKind = 'read' | 'store-read' | 'put' | 'item' | 'publish' | 'send' | 'ack';

/** The kinds that can meet a call; a call that decides something is met more often. */
const POSSIBLE: Readonly<Record<OperationKind, readonly FaultKind[]>> = {
  read: ['crash', 'throttle', 'stall'],
  'store-read': ['crash', 'throttle', 'stall'],
  put: ['crash', 'throttle', 'lost-answer', 'stall'],
  item: ['crash', 'throttle', 'lost-answer', 'stall'],
  publish: ['crash', 'publish-refused', 'publish-lost', 'stall'],
  send: ['crash', 'throttle', 'lost-answer', 'stall'],
  ack: ['ack-lost'],
};

const WEIGHT: Readonly<Record<OperationKind, number>> = {
  read: 1,
  'store-read': 1,
  put: 1.5,
  item: 4,
  publish: 6,
  send: 4,
  ack: 1,
};

/** Says which call meets which fault: the same seed and calls, the same faults. */
export class Faults {
  readonly injected = new Map<FaultKind, number>();
  private count = 0;

  constructor(
    private readonly settings: FaultSettings,
    private readonly random: Random,
  ) {}

  /** The fault of the next call. Numbers are drawn whatever comes of them, so that leaving a kind out moves no other. */
  next(operation: OperationKind): FaultKind | undefined {
    const chance = this.random.fraction();
    const kind = this.random.pick(POSSIBLE[operation]);
    if (chance >= this.settings.rate * WEIGHT[operation]) return undefined;
    if (this.count >= this.settings.most || !this.settings.kinds.includes(kind)) return undefined;
    this.count += 1;
    this.injected.set(kind, (this.injected.get(kind) ?? 0) + 1);
    return kind;
  }
}
