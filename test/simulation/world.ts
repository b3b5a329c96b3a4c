import { gunzipSync } from 'node:zlib';
import { Random } from '../../bin/synthetic-trail/random';
import { zlibEngine } from '../../lambda/adapters/inflate/node-zlib';
import { actorNameOf, type TrailRecord } from '../../lambda/detection/classify';
import type { Exception } from '../../lambda/detection/exceptions';
import type { RuleParameters } from '../../lambda/detection/rule';
import { writeControlMessage } from '../../lambda/messages/control-message';
import type { Detector } from '../../lambda/notify/context';
import type { handleBatch } from '../../lambda/pipeline/batch';
import type { InflateEngine } from '../../lambda/ports';
import type { StateStore } from '../../lambda/state/store';
import { ALERTING, nextWakeUp, SILENT } from '../support/detector';
import { MemoryStore } from '../support/memory-store';
import { Clock } from './clock';
import { contentOf, noticeBody } from './content';
import { type FaultKind, Faults } from './faults';
import { History } from './history';
import { Machine, type Surroundings, TIMEOUT_SECONDS } from './machine';
import { OPENING } from './make-plan';
import { isPoison, type Plan } from './plan';
import { listingOf, type Outside, portsOf, sourceOf } from './ports';
import { Queue } from './queue';

/** What runs in the functions, and what may be put between them and the world to see whether that is noticed. */
export interface Program {
  readonly handle: typeof handleBatch;
  readonly store?: (store: StateStore, now: () => number) => StateStore;
  readonly detector?: (detector: Detector) => Detector;
}

export interface Lived {
  readonly history: History;
  readonly faults: ReadonlyMap<FaultKind, number>;
}

/** A message stays hidden this long, as the stack sets it. */
const VISIBILITY_SECONDS = 6 * TIMEOUT_SECONDS;

/** Far above what any world needs. */
const MAX_EVENTS = 40_000;

/** Lets a planned world happen. The same plan and seed give the same history. */
export async function live(plan: Plan, seed: number, program: Program, isTraced = false): Promise<Lived> {
  const world = new World(plan, seed, program, isTraced);
  await world.clock.run(MAX_EVENTS).catch((error: unknown) => world.history.thrown.push(String(error)));
  return { history: world.history, faults: world.faults.injected };
}

class World implements Surroundings, Outside {
  readonly clock = new Clock(OPENING);
  readonly now = () => this.clock.now;
  readonly history: History;
  readonly faults: Faults;
  readonly random: Random;
  readonly slowness: number;
  readonly store: StateStore;
  readonly bucket;
  private readonly queue: Queue;
  /** what lies on the due list: each message, and its time */
  private readonly due = new Map<string, number>();
  private isScheduled = false;
  private running = 0;

  constructor(
    private readonly plan: Plan,
    seed: number,
    private readonly program: Program,
    isTraced: boolean,
  ) {
    this.random = Random.seeded(seed, 'schedule');
    this.history = new History(isTraced);
    this.faults = new Faults(plan.faults, Random.seeded(seed, 'faults'));
    this.slowness = plan.fleet.slowness;
    this.queue = new Queue(this.random, (message) => this.history.deadLetters.push(message));
    const { until } = plan.faults;
    // More than once: a message with most of its receives behind it may get there when the faults are long over.
    if (until !== undefined) {
      for (const after of [2, 3, 4]) this.clock.at(until + after * VISIBILITY_SECONDS, () => this.redrive());
    }
    const memory = new MemoryStore(this.now);
    this.store = program.store?.(memory, this.now) ?? memory;
    this.bucket = new Map(plan.objects.map((object) => [object.key, contentOf(object)]));
    for (const notice of plan.notices) {
      this.clock.at(notice.at, () => this.send(noticeBody(notice, plan), isPoison(notice, plan)));
    }
  }

  readonly wakeFor = (body: string, at: number) => {
    this.due.set(body, at);
    this.schedule();
  };

  /** The schedule sends its messages all the time; here only those that can find something. */
  private schedule(): void {
    if (this.isScheduled || this.due.size === 0) return;
    this.isScheduled = true;
    const { skew } = this.plan.fleet;
    this.clock.at(nextWakeUp(Math.max(Math.min(...this.due.values()) + skew, this.clock.now)), () => {
      this.isScheduled = false;
      this.send(writeControlMessage({ kind: 'wake-up' }));
      this.schedule();
    });
  }

  readonly send = (body: string, isPoison = false) => {
    this.due.delete(body);
    this.queue.send(body, this.clock.now, isPoison);
    this.pollAt(this.clock.now);
  };

  /** Moves the dead letters back, as an operator does. What can never be handled still claims what it holds, and returns. */
  private redrive(): void {
    for (const message of this.history.deadLetters.splice(0)) {
      this.queue.redrive(message, this.clock.now);
      this.pollAt(this.clock.now);
    }
  }

  private pollAt(time: number): void {
    this.clock.at(time + this.random.fraction() * 0.2, () => this.poll());
  }

  private poll(): void {
    const { most, batchSize } = this.plan.fleet;
    if (this.running < most) {
      const messages = this.queue.receive(this.random.integer(1, batchSize), this.clock.now, VISIBILITY_SECONDS);
      if (messages.length > 0) this.invoke(messages);
    }
    const next = this.queue.nextVisible();
    if (next !== undefined && this.running < most && next <= this.clock.now) this.pollAt(next);
  }

  private invoke(messages: ReturnType<Queue['receive']>): void {
    const { history, clock, plan, program } = this;
    this.running += 1;
    const skew = plan.fleet.skew * (2 * this.random.fraction() - 1);
    const machine = new Machine(this, messages, skew, () => {
      this.running -= 1;
      this.pollAt(clock.now);
    });
    history.runs.push(machine.run);
    machine.note(() => `begins with ${messages.map((one) => `${one.id}(${one.receiveCount})`).join(' ')}`);
    for (const { visibleAt } of messages) this.pollAt(visibleAt);
    const detector = this.detectorOf(machine);
    // Copies: what the queue does with a message later is not the function's to see.
    const copies = messages.map(({ id, body, receiveCount }) => ({ id, body, receiveCount }));
    program.handle(copies, program.detector?.(detector) ?? detector).then(
      (failures) => this.acknowledge(machine, failures),
      (error: unknown) => {
        history.thrown.push(String(error));
        machine.end('crashed');
      },
    );
  }

  private acknowledge(machine: Machine, failures: ReadonlyMap<string, string>): void {
    if (machine.run.end !== 'running') return;
    const fault = machine.meet('ack');
    for (const [id, reason] of failures) machine.note(() => `fails ${id}: ${reason}`);
    for (const { id } of machine.run.messages) {
      if (fault === undefined && !failures.has(id)) this.queue.delete(id);
    }
    machine.end('done');
  }

  private detectorOf(machine: Machine): Detector {
    const { plan, history } = this;
    const { followUpMinutes, suppressMinutes } = plan;
    return {
      ...portsOf(this, machine.run, machine.call),
      reading: {
        ...{ source: sourceOf(this, machine.call), inflate: AT_ONCE, limit: 1 << 20, rule: plan.rule },
        listing: plan.isListed ? listingOf(this, machine.call) : undefined,
        exceptions: plan.excepted === undefined ? [] : [exceptionOfActor(plan.excepted, plan.rule)],
      },
      concurrency: plan.fleet.concurrency,
      alerting: { ...ALERTING, ...plan.limits, followUpMinutes, suppressMinutes },
      telemetry: {
        ...SILENT,
        // The program gives a stack with what is none of its own errors: a defect, whatever else is wrong.
        error: (_, { stack }) => {
          if (stack !== undefined) history.thrown.push(String(stack));
        },
      },
      invocation: machine.invocation,
    };
  }
}

/** Inflates at once also what comes in pieces: virtual time does not wait for a thread of zlib's. */
const AT_ONCE: InflateEngine = {
  ...zlibEngine,
  async *inflate(stored) {
    const pieces: Uint8Array[] = [];
    for await (const piece of stored) pieces.push(piece);
    yield gunzipSync(Buffer.concat(pieces));
  },
};

function exceptionOfActor(actor: string, rule: RuleParameters): Exception {
  const matches = ({ userIdentity }: TrailRecord) => actorNameOf(userIdentity, rule) === actor;
  return { name: 'known', entry: { reason: 'known', owner: 'us' }, expiresAt: undefined, matches };
}
