/** The deployed detector with its ports in memory and a clock that is set by hand; invocations may die at any request. */

import { MemoryStore } from '../../lambda/adapters/local/memory-store';
import { SendError } from '../../lambda/errors';
import { parseBody } from '../../lambda/messages/notifications';
import type { Detector } from '../../lambda/notify/context';
import { handleBatch } from '../../lambda/pipeline/batch';
import type { LogFields, TopicMessage } from '../../lambda/ports';
import type { StateStore } from '../../lambda/state/store';
import { s3Event, s3Record } from './notices';
import { document, T0 } from './records';
import { type MemoryObject, objectOf, type ReplaySettings, readingOf } from './replay';

export const TIMEOUT = 60;

const VISIBILITY = 6 * TIMEOUT;

interface Waiting {
  readonly id: string;
  readonly body: string;
  visibleAt: number;
  receiveCount: number;
}

export interface WorldSettings extends ReplaySettings {
  readonly suppressMinutes?: number;
  readonly followUpMinutes?: number;
  readonly most?: number;
  /** the request to the world, counted from 1 over all, in which an invocation dies, and whether it was still done */
  readonly death?: { readonly at: number; readonly isDone: boolean };
}

/** An invocation that is no more: nothing it asks for happens. */
class Death extends Error {}

export class World {
  now = T0 + 100;
  requests = 0;
  readonly published: TopicMessage[] = [];
  readonly counts = new Map<string, number>();
  readonly logged: { readonly message: string; readonly fields: LogFields }[] = [];
  readonly store: MemoryStore;
  failPublishing = false;
  /** called before an entry is written, with its key, and before a message is published, with its kind */
  before: (what: string | undefined) => Promise<void> = async () => undefined;
  private readonly objects: MemoryObject[] = [];
  private readonly waiting: Waiting[] = [];
  private sent = 0;
  private invocations = 0;

  constructor(public settings: WorldSettings = {}) {
    this.store = new MemoryStore(() => this.now);
  }

  /** An object that is told of at once. */
  deliver(records: readonly unknown[], replayId?: string): void {
    this.deliverText(document(records), replayId);
  }

  deliverText(text: string, replayId?: string): void {
    const key = `AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/24/${this.objects.length}.json.gz`;
    this.objects.push(objectOf(key, text));
    const body =
      replayId === undefined
        ? s3Event(s3Record(key))
        : { regionsweep: { v: 1, kind: 'object', replayId, bucket: 'org-trail-logs', key } };
    this.send(JSON.stringify(body), 0);
  }

  /** Tells once more of the object told of last. */
  again(): void {
    this.send(JSON.stringify(s3Event(s3Record(this.objects.at(-1)!.key))), 0);
  }

  /** Hands out again what is in flight, as a queue that delivers at least once may. */
  handOutAgain(): void {
    for (const message of this.waiting) message.visibleAt = Math.min(message.visibleAt, this.now);
  }

  send(body: string, delay: number): void {
    this.sent += 1;
    this.waiting.push({ id: `m${this.sent}`, body, visibleAt: this.now + delay, receiveCount: 0 });
  }

  /** Handles what can be received at once, all in one batch, until nothing is left before `until`. */
  async run(until = Number.POSITIVE_INFINITY): Promise<void> {
    for (let round = 0; round < 1000; round += 1) {
      const next = Math.min(...this.waiting.map(({ visibleAt }) => visibleAt));
      if (next === Number.POSITIVE_INFINITY || next >= until) break;
      this.now = Math.max(this.now, next);
      await this.invoke(this.waiting.filter(({ visibleAt }) => visibleAt <= this.now));
    }
    if (until < Number.POSITIVE_INFINITY) this.now = Math.max(this.now, until);
  }

  private async invoke(batch: readonly Waiting[]): Promise<void> {
    for (const message of batch) {
      message.visibleAt = this.now + VISIBILITY;
      message.receiveCount += 1;
    }
    this.invocations += 1;
    const life = { isOver: false };
    const failed = await handleBatch(batch, this.detector(life));
    if (life.isOver) return;
    for (const message of batch) {
      if (!failed.has(message.id)) this.waiting.splice(this.waiting.indexOf(message), 1);
    }
  }

  private detector(life: { isOver: boolean }): Detector {
    const { suppressMinutes = 0, followUpMinutes = 0, most = 100 } = this.settings;
    const log = (message: string, fields: LogFields) => void this.logged.push({ message, fields });
    const telemetry = {
      count: (name: string, value: number) => void this.counts.set(name, (this.counts.get(name) ?? 0) + value),
      observe: () => undefined,
      ...{ info: log, warn: log, error: log },
    };
    return {
      reading: readingOf(this.objects, this.settings),
      concurrency: 1,
      alerting: {
        ...{ detector: 'test', severityText: 'low', chatAsDefault: false },
        ...{ capAlerts: most, capSeconds: 300, followUpMinutes, suppressMinutes },
      },
      store: this.ledgerFor(life),
      sink: {
        publish: (message) =>
          this.request(life, async () => {
            await this.before(message.attributes.kind);
            if (this.failPublishing) throw new SendError('no topic');
            return `p${this.published.push(message)}`;
          }),
      },
      queue: {
        send: (body, delay) => this.request(life, async () => this.send(body, delay)),
      },
      telemetry,
      invocation: { id: `i${this.invocations}`, now: () => this.now, deadline: this.now + TIMEOUT },
    };
  }

  private ledgerFor(life: { isOver: boolean }): StateStore {
    const { store } = this;
    const world = this;
    return {
      putTally: (...of) => this.request(life, () => store.putTally(...of)),
      read: (...of) => this.request(life, () => store.read(...of)),
      readItem: (...of) => this.request(life, () => store.readItem(...of)),
      writeItem: (...of) => this.request(life, () => store.writeItem(...of)),
      putEntry: (place, ...of) =>
        this.request(life, async () => {
          await this.before(place.partitionKey);
          await store.putEntry(place, ...of);
        }),
      async *entries(...of) {
        await world.request(life, async () => undefined);
        yield* store.entries(...of);
      },
    };
  }

  private async request<T>(life: { isOver: boolean }, work: () => Promise<T>): Promise<T> {
    if (life.isOver) throw new Death();
    this.requests += 1;
    const { death } = this.settings;
    if (death?.at !== this.requests) return work();
    life.isOver = true;
    if (death.isDone) await work();
    throw new Death();
  }

  /** What was published, as machines get it, by kind. */
  told(kind: string): MachineForm[] {
    return this.published
      .filter(({ attributes }) => attributes.kind === kind)
      .map(({ body }) => {
        const variants = JSON.parse(body) as { sqs: string };
        return (parseBody(variants.sqs) as { regionsweep: MachineForm }).regionsweep;
      });
  }
}

export interface MachineForm {
  readonly actor: string;
  readonly alert_id: string;
  readonly repeat_count: number;
  readonly held_count: number;
  readonly repeated_alert_ids: readonly string[];
  readonly interval: { readonly start: string; readonly end: string };
}
