/** The deployed detector with its ports in memory and a clock that is set by hand; invocations may die at any request. */

import { ObjectGoneError, SendError } from '../../lambda/errors';
import { writeControlMessage } from '../../lambda/messages/control-message';
import { parseBody } from '../../lambda/messages/notifications';
import type { AlertSettings, Detector, WatchedTrail } from '../../lambda/notify/context';
import { handleBatch } from '../../lambda/pipeline/batch';
import type { LogFields, ObjectRef, Telemetry, TopicMessage } from '../../lambda/ports';
import { type HistoryEntry, readHistory } from '../../lambda/state/history';
import type { ItemKey, StateStore } from '../../lambda/state/store';
import type { AddressOwners } from '../../lambda/util/address-owners';
import { ALERTING, nextWakeUp, SILENT, storeWith } from './detector';
import { MemoryStore } from './memory-store';
import { s3Event, s3Record } from './notices';
import { document, iamUser, sweep, T0 } from './records';
import { type MemoryObject, objectOf, type ReplaySettings, readingOf } from './replay';

export const TIMEOUT = 60;

const VISIBILITY = 6 * TIMEOUT;

interface Waiting {
  readonly id: string;
  readonly body: string;
  visibleAt: number;
  receiveCount: number;
}

export interface WorldSettings extends ReplaySettings, Partial<AlertSettings> {
  readonly trail?: WatchedTrail;
  readonly owners?: AddressOwners;
  /** how long a request to the world takes, of the invocation's time; none by default */
  readonly requestSeconds?: number;
  /** the request to the world, counted from 1 over all, in which an invocation dies, and whether it was still done */
  readonly death?: { readonly at: number; readonly isDone: boolean };
}

/** An invocation that is no more: nothing it asks for happens. */
class Death extends Error {}

export class World {
  now = T0 + 100;
  requests = 0;
  readonly messages: TopicMessage[] = [];
  readonly counts = new Map<string, number>();
  readonly logged: { readonly message: string; readonly fields: LogFields }[] = [];
  readonly store = new MemoryStore(() => this.now);
  failPublishing = false;
  /** of one message */
  mostReceives = 0;
  /** called before an entry is written, with its partition key, and before a message is published, with its kind */
  before: (what: string) => Promise<void> = async () => undefined;
  private readonly objects: MemoryObject[] = [];
  private readonly gone = new Set<string>();
  private readonly waiting: Waiting[] = [];
  private readonly wakeUps = new Set<number>();
  private sent = 0;
  private invocations = 0;

  constructor(public settings: WorldSettings = {}) {}

  /** Stores an object and announces it at once. */
  deliver(content: readonly unknown[] | string, replayId?: string): void {
    const name = `111122223333_CloudTrail_eu-west-1_20261124T0405Z_${this.objects.length}.json.gz`;
    const key = `AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/24/${name}`;
    this.objects.push(objectOf(key, typeof content === 'string' ? content : document(content)));
    const replayed = { regionsweep: { v: 1, kind: 'object', replayId, bucket: 'org-trail-logs', key } };
    this.send(JSON.stringify(replayId === undefined ? s3Event(s3Record(key)) : replayed));
  }

  /** Deletes the last object. */
  remove(): void {
    this.gone.add(this.objects.at(-1)!.key);
  }

  /** Announces the last object once more. */
  announceAgain(): void {
    this.send(JSON.stringify(s3Event(s3Record(this.objects.at(-1)!.key))));
  }

  /** Makes what is in flight visible, as a queue that delivers at least once may. */
  redeliver(): void {
    for (const message of this.waiting) message.visibleAt = Math.min(message.visibleAt, this.now);
  }

  send(body: string, visibleAt = this.now): void {
    this.sent += 1;
    this.waiting.push({ id: `m${this.sent}`, body, visibleAt, receiveCount: 0 });
  }

  /** Delivers objects at seconds after the start, and runs to the end. */
  async play(
    ...steps: readonly (readonly [after: number, ...contents: readonly (readonly unknown[])[]])[]
  ): Promise<this> {
    const start = this.now;
    for (const [after, ...contents] of steps) {
      await this.run(start + after);
      for (const content of contents) this.deliver(content);
    }
    await this.run();
    return this;
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

  /** Has the schedule send the message by which something due is found: those between find nothing. */
  private wakeUpFor({ partitionKey, sortKey }: ItemKey): void {
    if (!partitionKey.includes('/due/')) return;
    const at = nextWakeUp(Number.parseInt(sortKey, 10));
    if (this.wakeUps.has(at)) return;
    this.wakeUps.add(at);
    this.send(writeControlMessage({ kind: 'wake-up' }), at);
  }

  private async invoke(batch: readonly Waiting[]): Promise<void> {
    for (const message of batch) {
      message.visibleAt = this.now + VISIBILITY;
      message.receiveCount += 1;
    }
    this.invocations += 1;
    this.mostReceives = Math.max(this.mostReceives, ...batch.map(({ receiveCount }) => receiveCount));
    const life = { isOver: false };
    const failed = await handleBatch(batch, this.detector(life));
    if (life.isOver) return;
    for (const message of batch) {
      if (!failed.has(message.id)) this.waiting.splice(this.waiting.indexOf(message), 1);
    }
  }

  private detector(life: { isOver: boolean }): Detector {
    const request = <T>(work: () => Promise<T>) => this.request(life, work);
    const log = (message: string, fields: LogFields) => void this.logged.push({ message, fields });
    const count: Telemetry['count'] = (name, value) => void this.counts.set(name, (this.counts.get(name) ?? 0) + value);
    const reading = readingOf(this.objects, this.settings);
    const read = (ref: ObjectRef) => {
      if (this.gone.has(ref.key)) throw new ObjectGoneError(`${ref.key}: gone`);
      return reading.source.read(ref);
    };
    return {
      reading: { ...reading, source: { read } },
      concurrency: 1,
      trail: this.settings.trail,
      owners: this.settings.owners,
      alerting: { ...ALERTING, ...this.settings },
      store: this.storeFor(request),
      sink: {
        publish: (message) =>
          request(async () => {
            await this.before(message.attributes.kind!);
            if (this.failPublishing) throw new SendError('no topic');
            return `p${this.messages.push(message)}`;
          }),
      },
      queue: {
        sendBatch: (bodies) =>
          request(async () => {
            for (const body of bodies) this.send(body);
          }),
      },
      telemetry: { ...SILENT, count, info: log, warn: log, error: log },
      invocation: { id: `i${this.invocations}`, now: () => this.now, deadline: this.now + TIMEOUT },
    };
  }

  private storeFor(request: <T>(work: () => Promise<T>) => Promise<T>): StateStore {
    const { store } = this;
    return storeWith(store, {
      putTally: (...of) => request(() => store.putTally(...of)),
      read: (...of) => request(() => store.read(...of)),
      readItem: (...of) => request(() => store.readItem(...of)),
      writeItem: (...of) => request(() => store.writeItem(...of)),
      putEntry: (key, ...of) =>
        request(async () => {
          await this.before(key.partitionKey);
          await store.putEntry(key, ...of);
          this.wakeUpFor(key);
        }),
      async *entries(...of) {
        await request(async () => undefined);
        yield* store.entries(...of);
      },
    });
  }

  private async request<T>(life: { isOver: boolean }, work: () => Promise<T>): Promise<T> {
    if (life.isOver) throw new Death();
    this.requests += 1;
    const { death, requestSeconds = 0 } = this.settings;
    this.now += requestSeconds;
    if (death?.at !== this.requests) return work();
    life.isOver = true;
    if (death.isDone) await work();
    throw new Death();
  }

  /** The kinds of what was published, in its order. */
  get kinds(): (string | undefined)[] {
    return this.messages.map(({ attributes }) => attributes.kind);
  }

  /** What was published of a kind, as machines get it. */
  published(kind: string): MachineForm[] {
    return this.messages
      .filter(({ attributes }) => attributes.kind === kind)
      .map(({ body }) => {
        const variants = JSON.parse(body) as { sqs: string };
        return (parseBody(variants.sqs) as { regionsweep: MachineForm }).regionsweep;
      });
  }

  async history(replayId?: string): Promise<HistoryEntry[]> {
    const entries: HistoryEntry[] = [];
    for await (const entry of readHistory(this.store, T0, T0 + 3 * 86_400, { replayId })) entries.push(entry);
    return entries;
  }
}

export interface MachineForm {
  readonly actor: string;
  readonly alert_id: string;
  readonly repeat_count: number;
  readonly held_count: number;
  readonly held_alert_ids: readonly string[];
  readonly repeated_alert_ids: readonly string[];
  readonly window: { readonly start: string };
  readonly recurrence?: { readonly earlier_alerts: number };
  readonly interval: { readonly start: string; readonly end: string };
}

/** A burst of ten regions in the window that starts `after` seconds after T0. */
export function burst(after: number, identity: unknown = iamUser('mallory')) {
  return sweep({ regions: 10, at: T0 + after, identity });
}
