import type { Random } from '../../bin/synthetic-trail/random';
import type { Clock } from './clock';
import type { FaultKind, Faults, OperationKind } from './faults';
import type { History, Run } from './history';

/** Seconds after which a function is ended. */
export const TIMEOUT_SECONDS = 120;

/** How long a call may hang: so that it is merely slow, that little time is left, or that the deadline comes first. */
const STALLS: readonly (readonly [least: number, most: number])[] = [
  [5, 60],
  [60, 100],
  [100, TIMEOUT_SECONDS],
];

/** One call out of a function, and how it fails. */
export interface Operation<T> {
  readonly kind: OperationKind;
  /** for the trace */
  readonly name: string;
  /** what it does to the world, all at once */
  readonly effect: () => Promise<T> | T;
  /** what is thrown where it is refused or its answer is lost */
  readonly failure: (reason: string) => Error;
  /** the answer instead of an error where the true one is lost */
  readonly lostAnswer?: () => T;
}

/** One running function: its calls take time, meet faults, and come to nothing once it has ended. */
export class Machine {
  readonly run: Run;
  readonly deadline: number;

  constructor(
    id: string,
    messages: Run['messages'],
    /** how far its clock is off */
    private readonly skew: number,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly faults: Faults,
    private readonly history: History,
    private readonly onEnd: () => void,
  ) {
    this.run = { id, startedAt: clock.now, messages, faults: [], end: 'running', endedAt: 0 };
    this.deadline = clock.now + TIMEOUT_SECONDS;
    clock.at(this.deadline, () => this.end('killed'));
  }

  /** What its own clock shows. */
  now(time = this.clock.now): number {
    return time + this.skew;
  }

  end(how: Run['end']): void {
    if (this.run.end !== 'running') return;
    this.run.end = how;
    this.run.endedAt = this.clock.now;
    this.history.note(this.clock.now, this.run.id, () => how);
    this.onEnd();
  }

  /** Resolves when the scheduler says so, or never. */
  call<T>(operation: Operation<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const carryOut = () => {
        if (this.run.end !== 'running') return;
        const fault = this.meet(operation);
        this.history.note(this.clock.now, this.run.id, () => `${operation.name}${fault ? ` [${fault}]` : ''}`);
        if (fault === undefined) done(operation).then(resolve, reject);
        else this.fail(fault, operation, resolve, reject);
      };
      this.clock.after(this.latency(), carryOut);
    });
  }

  meet({ kind }: Pick<Operation<unknown>, 'kind'>): FaultKind | undefined {
    const fault = this.faults.next(kind);
    if (fault !== undefined) this.run.faults.push({ at: this.clock.now, kind: fault, operation: kind });
    return fault;
  }

  private fail<T>(
    fault: FaultKind,
    operation: Operation<T>,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ): void {
    const { failure, lostAnswer } = operation;
    const failed = () => reject(failure(fault));
    switch (fault) {
      case 'crash':
        if (this.random.chance(0.5)) done(operation).catch(() => undefined);
        this.end('crashed');
        break;
      case 'lost-answer':
      case 'publish-lost': {
        const isAnswered = lostAnswer !== undefined && this.random.chance(0.7);
        done(operation).then(() => (isAnswered ? resolve(lostAnswer()) : failed()), reject);
        break;
      }
      case 'stall':
        this.clock.after(this.random.integer(...this.random.pick(STALLS)), () => {
          if (this.run.end === 'running') done(operation).then(resolve, reject);
        });
        break;
      default:
        failed();
    }
  }

  /** Mostly milliseconds, sometimes seconds. */
  private latency(): number {
    const chance = this.random.fraction();
    if (chance < 0.8) return 0.005 + this.random.fraction() * 0.1;
    return this.random.fraction() * (chance < 0.98 ? 0.5 : 4);
  }
}

async function done<T>({ effect }: Operation<T>): Promise<T> {
  return effect();
}
