import type { Random } from '../../bin/synthetic-trail/random';
import type { Invocation } from '../../lambda/notify/context';
import type { Clock } from './clock';
import type { FaultKind, Faults, OperationKind } from './faults';
import type { History, Run } from './history';
import type { Operation } from './ports';

/** Seconds after which a function is ended. */
export const TIMEOUT_SECONDS = 120;

/** How long a call may hang: so that it is merely slow, that little time is left, or that the deadline comes first. */
const STALLS: readonly (readonly [least: number, most: number])[] = [
  [5, 60],
  [60, 100],
  [100, TIMEOUT_SECONDS],
];

/** The world that machines run in. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly faults: Faults;
  readonly history: History;
  /** how many times longer calls take */
  readonly slowness: number;
}

/** One running function: its calls take time, meet faults, and come to nothing once it has ended. */
export class Machine {
  readonly run: Run;
  readonly invocation: Invocation;

  /** @param skew how far its clock is off */
  constructor(
    readonly world: Surroundings,
    messages: Run['messages'],
    skew: number,
    private readonly onEnd: () => void,
  ) {
    const { clock, history } = world;
    const id = `f${history.runs.length + 1}`;
    const deadline = clock.now + TIMEOUT_SECONDS;
    this.run = { id, startedAt: clock.now, messages, faults: [], end: 'running', endedAt: 0 };
    this.invocation = { id, now: () => clock.now + skew, deadline: deadline + skew };
    clock.at(deadline, () => this.end('killed'));
  }

  end(how: Run['end']): void {
    if (this.run.end !== 'running') return;
    this.run.end = how;
    this.run.endedAt = this.world.clock.now;
    this.note(() => how);
    this.onEnd();
  }

  note(what: () => string): void {
    this.world.history.note(this.world.clock.now, this.run.id, what);
  }

  /** Resolves when the scheduler says so, or never. */
  readonly call = <T>(operation: Operation<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const carryOut = () => {
        if (this.run.end !== 'running') return;
        const fault = this.meet(operation.kind);
        this.note(() => `${operation.name}${fault ? ` [${fault}]` : ''}`);
        if (fault === undefined) done(operation).then(resolve, reject);
        else this.fail(fault, operation, resolve, reject);
      };
      this.world.clock.after(this.latency() * this.world.slowness, carryOut);
    });

  meet(operation: OperationKind): FaultKind | undefined {
    const { clock, faults } = this.world;
    const fault = faults.next(operation, clock.now);
    if (fault !== undefined) this.run.faults.push({ at: clock.now, kind: fault, operation });
    return fault;
  }

  private fail<T>(
    fault: FaultKind,
    operation: Operation<T>,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ): void {
    const { clock, random } = this.world;
    const { failure, lostAnswer, name } = operation;
    const failed = () => reject(failure(`${name}: ${fault}`));
    switch (fault) {
      case 'crash':
        if (random.chance(0.5)) done(operation).catch(() => undefined);
        this.end('crashed');
        break;
      case 'lost-answer':
      case 'publish-lost': {
        const isAnswered = lostAnswer !== undefined && random.chance(0.7);
        done(operation).then(() => (isAnswered ? resolve(lostAnswer()) : failed()), reject);
        break;
      }
      case 'stall':
        clock.after(random.integer(...random.pick(STALLS)), () => {
          if (this.run.end === 'running') done(operation).then(resolve, reject);
        });
        break;
      default:
        failed();
    }
  }

  /** Mostly milliseconds, sometimes seconds. */
  private latency(): number {
    const { random } = this.world;
    const chance = random.fraction();
    if (chance < 0.8) return 0.005 + random.fraction() * 0.1;
    return random.fraction() * (chance < 0.98 ? 0.5 : 4);
  }
}

async function done<T>({ effect }: Operation<T>): Promise<T> {
  return effect();
}
