import { coreShare, DEFAULT_WORKLOAD, FUNCTION_TIME, POLLERS, STACK } from '../../bin/cost/model';
import { Random } from '../../bin/synthetic-trail/random';
import type { RuleParameters } from '../../lambda/detection/rule';
import type { ObjectSource } from '../../lambda/ports';
import { Clock } from '../../test/simulation/clock';
import { handleNotices, type LoadObject, noticeOf } from '../../test/support/detector-load';
import { MemoryStore } from '../../test/support/memory-store';
import { T0 } from '../../test/support/records';
import { Meter, MeteredStore, PARTITION_LIMITS, type PartitionLimits, type Turn } from './metered-store';

/** When objects land. Seconds are UTC epoch. */
export interface Arrival {
  readonly at: number;
  readonly object: LoadObject;
}

export interface GrowingWorldSettings {
  /** by time */
  readonly arrivals: Iterable<Arrival>;
  readonly rule?: Partial<RuleParameters>;
  /** invocations at a time; the stack's default is 10 */
  readonly maxConcurrency?: number;
  /** units a second of one partition key; DynamoDB's by default */
  readonly limits?: PartitionLimits;
  /** most messages of a batch; the stack's default is 50 */
  readonly batchSize?: number;
}

interface Message {
  readonly object: LoadObject;
  readonly sentAt: number;
  receives: number;
}

/** As the stack sets them. */
const MAX_RECEIVES = 10;

const VISIBILITY_SECONDS = 6 * 60 + STACK.batchingWindowSeconds;

const MAX_EVENTS = 5_000_000;

/**
 * The detector's own core at a rate of arrivals, on a virtual clock: a queue and its pollers, functions with one core
 * each, a state store with DynamoDB's limits. Nothing fails but what these limits make fail.
 */
export class GrowingWorld {
  readonly meter: Meter;
  invocations = 0;
  handled = 0;
  failures = 0;
  deadLetters = 0;
  published = 0;
  /** seconds from landing to the end of the handling that succeeded, at most */
  oldest = 0;
  mostConcurrent = 0;
  mostWaiting = 0;
  busySeconds = 0;
  private readonly batchSize: number;
  private readonly clock = new Clock(T0);
  private readonly random = Random.seeded('load');
  private readonly store = new MemoryStore();
  private readonly objects = new Map<string, LoadObject>();
  private readonly idle: (() => void)[] = [];
  private readonly waiting: Message[] = [];
  private pollers = 0;
  private running = 0;

  constructor(private readonly settings: GrowingWorldSettings) {
    this.batchSize = settings.batchSize ?? STACK.batchSize;
    this.meter = new Meter(() => Math.floor(this.clock.now), settings.limits ?? PARTITION_LIMITS);
  }

  /** Seconds of the world from the first landing to the last handling. */
  get seconds(): number {
    return this.clock.now - T0;
  }

  async run(): Promise<this> {
    const arrivals = this.settings.arrivals[Symbol.iterator]();
    const next = () => {
      const { value, done } = arrivals.next();
      if (done === true) return;
      this.clock.at(value.at, () => {
        this.objects.set(value.object.key, value.object);
        this.send({ object: value.object, sentAt: this.clock.now, receives: 0 });
        next();
      });
    };
    next();
    for (let poller = 0; poller < POLLERS; poller += 1) this.addPoller();
    await this.clock.run(MAX_EVENTS);
    return this;
  }

  private send(message: Message): void {
    this.waiting.push(message);
    this.mostWaiting = Math.max(this.mostWaiting, this.waiting.length);
    this.idle.shift()?.();
  }

  private addPoller(): void {
    if (this.pollers >= (this.settings.maxConcurrency ?? 10)) return;
    this.pollers += 1;
    void this.poll();
  }

  /** Waits for a message, then a while for more, hands them to a function, and begins again. */
  private async poll(): Promise<void> {
    for (;;) {
      if (this.waiting.length === 0) await new Promise<void>((resolve) => this.idle.push(resolve));
      if (this.waiting.length === 0) continue;
      const batch = this.waiting.splice(0, this.batchSize);
      if (batch.length < this.batchSize) {
        await this.pause(STACK.batchingWindowSeconds);
        batch.push(...this.waiting.splice(0, this.share(batch.length)));
      }
      if (this.waiting.length > this.batchSize) this.addPoller();
      await this.invoke(batch);
    }
  }

  /** What waits is shared among the pollers that wait for a batch too. */
  private share(taken: number): number {
    const gathering = Math.max(1, this.pollers - this.running - this.idle.length);
    return Math.min(this.batchSize - taken, Math.ceil(this.waiting.length / gathering));
  }

  private async invoke(batch: readonly Message[]): Promise<void> {
    this.invocations += 1;
    this.running += 1;
    this.mostConcurrent = Math.max(this.mostConcurrent, this.running);
    const begun = this.clock.now;
    for (const message of batch) message.receives += 1;
    const turn = this.turn();
    const failed = await handleNotices(
      batch.map(({ object, receives }) => ({ ...noticeOf(object), receiveCount: receives })),
      {
        source: this.source(turn),
        store: new MeteredStore(this.store, this.meter, turn),
        now: () => this.clock.now,
        rule: this.settings.rule ?? {},
        onPublished: () => {
          this.published += 1;
        },
      },
    );
    await this.pause(FUNCTION_TIME.overhead / 1000);
    this.busySeconds += this.clock.now - begun;
    this.running -= 1;
    for (const message of batch) this.settle(message, failed.has(message.object.key), begun);
  }

  private settle(message: Message, isFailed: boolean, begun: number): void {
    if (!isFailed) {
      this.handled += 1;
      this.oldest = Math.max(this.oldest, this.clock.now - message.sentAt);
      return;
    }
    this.failures += 1;
    if (message.receives >= MAX_RECEIVES) this.deadLetters += 1;
    else this.clock.at(begun + VISIBILITY_SECONDS, () => this.send(message));
  }

  private source(turn: Turn & { object(): Promise<void> }): ObjectSource {
    const { objects } = this;
    return {
      async *read({ key }) {
        await turn.object();
        yield objects.get(key)!.body;
      },
    };
  }

  /** One function: its processor does one thing at a time, what it waits for comes side by side. */
  private turn(): Turn & { object(): Promise<void> } {
    const { sdk, store, s3, evaluation } = FUNCTION_TIME;
    const core = coreShare(DEFAULT_WORKLOAD.memoryMiB);
    let free = this.clock.now;
    const answered = (computing: number, waiting: number) => {
      free = Math.max(free, this.clock.now) + computing / core / 1000;
      return this.pause(free - this.clock.now + waiting / 1000);
    };
    return {
      object: () => answered(sdk + DEFAULT_WORKLOAD.cpuMicros / 1000, s3),
      request: () => answered(sdk, store),
      evaluate: (bytes) => answered((bytes / 1e6) * evaluation, 0),
      pause: (seconds) => this.pause(seconds),
      random: () => this.random.fraction(),
    };
  }

  private pause(seconds: number): Promise<void> {
    return new Promise((resolve) => this.clock.after(seconds, resolve));
  }
}
