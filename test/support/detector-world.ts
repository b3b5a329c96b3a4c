/** The deployed detector with its ports in memory and a clock that is set by hand; invocations may die at any request. */

import { writeControlMessage } from '../../lambda/messages/control-message';
import { parseBody } from '../../lambda/messages/notifications';
import type { AlertSettings, Detector, WatchedTrail } from '../../lambda/notify/context';
import { handleBatch } from '../../lambda/pipeline/batch';
import type { LogFields, Telemetry, TopicMessage } from '../../lambda/ports';
import { type HistoryEntry, readHistory } from '../../lambda/state/history';
import type { AddressOwners } from '../../lambda/util/address-owners';
import type { OperationKind } from '../simulation/faults';
import { History, type Run } from '../simulation/history';
import { type Call, type Operation, type Outside, portsOf, sourceOf } from '../simulation/ports';
import { Queue, type QueuedMessage } from '../simulation/queue';
import { ALERTING, nextWakeUp, SILENT } from './detector';
import { MemoryStore } from './memory-store';
import { s3Event, s3Record } from './notices';
import { document, iamUser, sweep, T0 } from './records';
import { type ReplaySettings, readingOf } from './replay';

export const TIMEOUT = 60;

const VISIBILITY = 6 * TIMEOUT;

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
  /** to the world, but for reading objects */
  readonly requests: OperationKind[] = [];
  readonly history = new History(false);
  readonly counts = new Map<string, number>();
  readonly logged: { readonly message: string; readonly fields: LogFields }[] = [];
  readonly store = new MemoryStore(() => this.now);
  failPublishing = false;
  /** called before a message is published, with `publish KIND …`, and before an entry is written, with `note KEY …` */
  before: (what: string) => Promise<void> = async () => undefined;
  private readonly bucket = new Map<string, readonly Uint8Array[] | undefined>();
  private lastKey = '';
  private readonly queue = new Queue({ shuffle: (all) => [...all] }, () => undefined);
  private readonly wakeUps = new Set<number>();
  private readonly outside: Outside = {
    ...{ bucket: this.bucket, store: this.store, history: this.history },
    now: () => this.now,
    send: (body) => this.send(body),
    wakeFor: (_, at) => this.wakeFor(at),
  };

  constructor(public settings: WorldSettings = {}) {}

  /** Stores an object and announces it at once. */
  deliver(content: readonly unknown[] | string, replayId?: string): void {
    const name = `111122223333_CloudTrail_eu-west-1_20261124T0405Z_${this.bucket.size}.json.gz`;
    const key = `AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/24/${name}`;
    this.bucket.set(key, [Buffer.from(typeof content === 'string' ? content : document(content))]);
    this.lastKey = key;
    const replayed = { regionsweep: { v: 1, kind: 'object', replayId, bucket: 'org-trail-logs', key } };
    this.send(JSON.stringify(replayId === undefined ? s3Event(s3Record(key)) : replayed));
  }

  /** Deletes the last object. */
  remove(): void {
    this.bucket.set(this.lastKey, undefined);
  }

  /** Announces the last object once more. */
  announceAgain(): void {
    this.send(JSON.stringify(s3Event(s3Record(this.lastKey))));
  }

  /** Makes what is in flight visible, as a queue that delivers at least once may. */
  redeliver(): void {
    for (const message of this.received) message.visibleAt = Math.min(message.visibleAt, this.now);
  }

  send(body: string, visibleAt = this.now): void {
    this.queue.send(body, visibleAt);
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
      const next = this.queue.nextVisible() ?? until;
      if (next >= until) break;
      this.now = Math.max(this.now, next);
      await this.invoke();
    }
    if (until < Number.POSITIVE_INFINITY) this.now = Math.max(this.now, until);
  }

  /** Has the schedule send the message by which something due is found: those between find nothing. */
  private wakeFor(dueAt: number): void {
    const at = nextWakeUp(dueAt);
    if (this.wakeUps.has(at)) return;
    this.wakeUps.add(at);
    this.send(writeControlMessage({ kind: 'wake-up' }), at);
  }

  private async invoke(): Promise<void> {
    const messages = this.queue.receive(Number.POSITIVE_INFINITY, this.now, VISIBILITY);
    const id = `i${this.history.runs.length + 1}`;
    const run: Run = { id, startedAt: this.now, messages, faults: [], end: 'running', endedAt: 0 };
    this.history.runs.push(run);
    const failed = await handleBatch(messages, this.detector(run));
    if (run.end === 'crashed') return;
    run.end = 'done';
    for (const message of messages) if (!failed.has(message.id)) this.queue.delete(message.id);
  }

  private detector(run: Run): Detector {
    const { settings, outside, logged, counts } = this;
    const call: Call = (operation) => this.call(run, operation);
    const log = (message: string, fields: LogFields) => void logged.push({ message, fields });
    const count: Telemetry['count'] = (name, value) => void counts.set(name, (counts.get(name) ?? 0) + value);
    return {
      ...portsOf(outside, run, call),
      reading: { ...readingOf([], settings), source: sourceOf(outside, call) },
      concurrency: 1,
      trail: settings.trail,
      owners: settings.owners,
      alerting: { ...ALERTING, ...settings },
      telemetry: { ...SILENT, count, info: log, warn: log, error: log },
      invocation: { id: run.id, now: outside.now, deadline: this.now + TIMEOUT },
    };
  }

  private async call<T>(run: Run, { kind, name, effect, failure }: Operation<T>): Promise<T> {
    if (kind === 'read') return effect();
    if (run.end === 'crashed') throw new Death();
    this.requests.push(kind);
    const { death, requestSeconds = 0 } = this.settings;
    this.now += requestSeconds;
    if (death?.at === this.requests.length) {
      run.end = 'crashed';
      if (death.isDone) await effect();
      throw new Death();
    }
    if (/^(publish|note) /.test(name)) await this.before(name);
    if (kind === 'publish' && this.failPublishing) throw failure('no topic');
    return effect();
  }

  private get received(): QueuedMessage[] {
    return this.history.runs.flatMap(({ messages }) => messages);
  }

  /** of one message */
  get mostReceives(): number {
    return Math.max(...this.received.map(({ receiveCount }) => receiveCount));
  }

  get messages(): TopicMessage[] {
    return this.history.published.map(({ message }) => message);
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

  async journal(replayId?: string): Promise<HistoryEntry[]> {
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
