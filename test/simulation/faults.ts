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
  /** the function ends well, but its messages are received again */
  'ack-lost',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultSettings {
  readonly kinds: readonly FaultKind[];
  /** of a call */
  readonly rate: number;
  /** in one world; below the greatest receive count, so that faults alone make no dead letter */
  readonly most: number;
  /** UTC epoch second after which there are none, and the dead letters are sent again: then all must be done */
  readonly until?: number;
}

const STORE_FAULTS: readonly FaultKind[] = ['crash', 'throttle', 'lost-answer', 'stall'];

/** The kinds that can meet a call, and how often; a call that decides something is met more often. */
const OPERATIONS = {
  read: { weight: 1, faults: ['crash', 'throttle', 'stall'] },
  list: { weight: 1, faults: ['crash', 'throttle', 'stall'] },
  'store-read': { weight: 1, faults: ['crash', 'throttle', 'stall'] },
  put: { weight: 1.5, faults: STORE_FAULTS },
  item: { weight: 4, faults: STORE_FAULTS },
  publish: { weight: 6, faults: ['crash', 'publish-refused', 'publish-lost', 'stall'] },
  send: { weight: 4, faults: STORE_FAULTS },
  ack: { weight: 1, faults: ['ack-lost'] },
} as const satisfies Readonly<Record<string, { weight: number; faults: readonly FaultKind[] }>>;

export type OperationKind = keyof typeof OPERATIONS;

/** Says which call meets which fault: the same seed and calls, the same faults. */
export class Faults {
  readonly injected = new Map<FaultKind, number>();
  private count = 0;

  constructor(
    private readonly settings: FaultSettings,
    private readonly random: Random,
  ) {}

  /** The fault of the next call. Numbers are drawn whatever comes of them, so that leaving a kind out moves no other. */
  next(operation: OperationKind, now: number): FaultKind | undefined {
    const { weight, faults } = OPERATIONS[operation];
    const chance = this.random.fraction();
    const kind = this.random.pick<FaultKind>(faults);
    if (chance >= this.settings.rate * weight) return undefined;
    if (now > (this.settings.until ?? now)) return undefined;
    if (this.count >= this.settings.most || !this.settings.kinds.includes(kind)) return undefined;
    this.count += 1;
    this.injected.set(kind, (this.injected.get(kind) ?? 0) + 1);
    return kind;
  }
}
