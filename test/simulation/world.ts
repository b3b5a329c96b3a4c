import { Random } from '../../bin/synthetic-trail/random';
import { MemoryStore } from '../../lambda/adapters/local/memory-store';
import type { Detector } from '../../lambda/notify/context';
import type { handleBatch } from '../../lambda/pipeline/batch';
import type { InflateEngine, Telemetry } from '../../lambda/ports';
import type { StateStore } from '../../lambda/state/store';
import { Clock } from './clock';
import { contentOf, noticeBody } from './content';
import { type FaultKind, Faults } from './faults';
import { History } from './history';
import { Machine, TIMEOUT_SECONDS } from './machine';
import { OPENING } from './make-notices';
import { isPoison, type Plan } from './plan';
import { LedgerOf, queueOf, sinkOf, sourceOf } from './ports';
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
const MAX_EVENTS = 60_000;

/** Lets a planned world happen. The same plan and seed give the same history. */
export async function live(
  plan: Plan,
  seed: number,
  program: Program,
  options: { readonly isTraced?: boolean } = {},
): Promise<Lived> {
  const world = new World(plan, seed, program, options.isTraced ?? false);
  await world.clock.run(MAX_EVENTS);
  return { history: world.history, faults: world.faults.injected };
}

class World {
  readonly clock = new Clock(OPENING);
  readonly history: History;
  readonly faults: Faults;
  private readonly random: Random;
  private readonly queue: Queue;
  private readonly store: StateStore;
  private readonly bucket;
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
    this.queue = new Queue(this.random, (message) => this.history.deadLetters.push(message));
    const now = () => this.clock.now;
    const memory = new MemoryStore(now);
    this.store = program.store?.(memory, now) ?? memory;
    this.bucket = new Map(plan.objects.map((object) => [object.key, contentOf(object)]));
    for (const notice of plan.notices) {
      this.clock.at(notice.at, () => {
        this.queue.send(noticeBody(notice, plan), this.clock.now, isPoison(notice, plan));
        this.pollAt(this.clock.now);
      });
    }
  }

  private pollAt(time: number): void {
    this.clock.at(time + this.random.fraction() * 0.2, () => this.poll());
  }

  private poll(): void {
    if (this.running < this.plan.fleet.most) {
      const { batchSize } = this.plan.fleet;
      const messages = this.queue.receive(this.random.integer(1, batchSize), this.clock.now, VISIBILITY_SECONDS);
      if (messages.length > 0) this.invoke(messages);
    }
    const next = this.queue.nextVisible();
    if (next !== undefined && this.running < this.plan.fleet.most && next <= this.clock.now) this.pollAt(next);
  }

  private invoke(messages: ReturnType<Queue['receive']>): void {
    const { history, clock, plan } = this;
    this.running += 1;
    const id = `f${history.runs.length + 1}`;
    const skew = plan.fleet.skew * (2 * this.random.fraction() - 1);
    const machine = new Machine(id, messages, skew, clock, this.random, this.faults, history, () => {
      this.running -= 1;
      this.pollAt(clock.now);
    });
    history.runs.push(machine.run);
    history.note(
      clock.now,
      id,
      () => `begins with ${messages.map((one) => `${one.id}(${one.receiveCount})`).join(' ')}`,
    );
    for (const { visibleAt } of messages) this.pollAt(visibleAt);
    const detector = this.detectorOf(machine);
    // The ids go by the message, since that is how the function is told of them; the body is a copy.
    const handed = messages.map(({ id: messageId, body, receiveCount }) => ({ id: messageId, body, receiveCount }));
    this.program.handle(handed, this.program.detector?.(detector) ?? detector).then(
      (failures) => this.acknowledge(machine, failures),
      (error: unknown) => {
        history.thrown.push(String(error));
        machine.end('crashed');
      },
    );
  }

  private acknowledge(machine: Machine, failures: ReadonlyMap<string, string>): void {
    if (machine.run.end !== 'running') return;
    const fault = machine.meet({ kind: 'ack' });
    for (const [id, reason] of failures)
      this.history.note(this.clock.now, machine.run.id, () => `fails ${id}: ${reason}`);
    for (const { id } of machine.run.messages) {
      if (fault === undefined && !failures.has(id)) this.queue.delete(id);
    }
    machine.end('done');
  }

  private detectorOf(machine: Machine): Detector {
    const { plan, history, clock, queue } = this;
    const time = () => clock.now;
    return {
      reading: {
        source: sourceOf(machine, this.bucket),
        inflate: NO_GZIP,
        limit: 1 << 20,
        rule: plan.rule,
      },
      concurrency: plan.fleet.concurrency,
      alerting: {
        ...{ detector: 'simulated', severityText: 'low', chatAsDefault: false },
        ...plan.limits,
        followUpMinutes: plan.followUpMinutes,
        suppressMinutes: 0,
      },
      store: new LedgerOf(machine, this.store, history, time),
      sink: sinkOf(machine, history, time),
      queue: queueOf(machine, (body, delay) => {
        this.pollAt(queue.send(body, clock.now + delay).visibleAt);
      }),
      telemetry: {
        ...SILENT,
        // The program gives a stack with what is none of its own errors: a defect, whatever else is wrong.
        error: (_, { stack }) => {
          if (stack !== undefined) history.thrown.push(String(stack));
        },
      },
      invocation: { id: machine.run.id, now: () => machine.now(), deadline: machine.now(machine.deadline) },
    };
  }
}

/** Objects here are plain text: inflating has its own tests. */
const NO_GZIP: InflateEngine = { name: 'zlib', inflate: (stored) => stored, inflateSync: () => false };

const SILENT: Telemetry = { count() {}, observe() {}, info() {}, warn() {}, error() {} };
