import { setImmediate } from 'node:timers/promises';
import type { ReadObject, Replay, StoredObject } from '../../lambda/pipeline/replay';
import type { FoundRecords, ObjectRef, RecordSearch } from '../../lambda/ports';
import type { ReadOptions } from '../../lambda/trail/object-reader';
import { compileScanner } from '../../lambda/trail/scanner/simd/simd-scanner';
import { TURN_MS } from '../cli/io';
import { FileReader, type FileReport } from './file-reader';
import { FileSearch } from './file-search';
import { RING_SLOTS, Ring } from './ring';
import { ReadingThread } from './thread';

export interface PoolOptions {
  readonly reading: ReadOptions;
  /** all threads that read, this one among them */
  readonly threads: number;
  /** start all of them before anything is read, however little there is */
  readonly startsAll: boolean;
  /** whether each file is added to the replay, as its memory needs it, and not only those with calls */
  readonly addsAll: boolean;
  readonly onObject: (object: ObjectRef, read: ReadObject) => void;
  /** called when a thread could not be started, or ended too soon, with one line */
  readonly onTrouble: (line: string) => void;
  readonly interrupted: AbortSignal;
  /** milliseconds of a monotonic clock */
  readonly now: () => number;
  /** for tests: the program of a thread */
  readonly program?: string;
}

/** Before so much was read, starting a thread would take longer than reading what it could take over. */
const WORTH_FILES = 256;
const WORTH_BYTES = 4 * 1024 * 1024;

/** Files listed at a time, of which an earlier run may have read all. */
const FILES_AT_A_TIME = 512;

/** Reads the local files of a replay, on this thread and once that is worth it on others too. */
export class ReadingPool {
  private readonly ring: Ring;
  private readonly scanner = compileScanner();
  private readonly reader: FileReader;
  private readonly threads: ReadingThread[] = [];
  /** reports that wait for those of earlier files */
  private reports: FileReport[] = [];
  /** the files of reports to come, by number, where the replay's memory knows them */
  private readonly stored = new Map<number, StoredObject>();
  private added = 0;
  private next: StoredObject | undefined;
  private search: FileSearch | undefined;
  private lastTurn = 0;

  constructor(private readonly options: PoolOptions) {
    this.ring = Ring.create(options.threads);
    this.reader = new FileReader(options.reading, this.scanner, options.addsAll);
  }

  /** What was read and is not added to the replay yet. */
  get amount(): { readonly objects: number; readonly bytes: number } {
    return this.search === undefined ? this.ring.amount : { objects: 0, bytes: 0 };
  }

  /** why it reads slowly, if it does */
  get slowness(): string | undefined {
    return this.reader.slowness;
  }

  /**
   * Reads files and adds them to a replay, until Ctrl-C.
   * @returns false where a thread was lost, and with it what it had read
   */
  async read(files: Iterator<StoredObject>, replay: Replay): Promise<boolean> {
    const { interrupted, startsAll } = this.options;
    const stop = () => this.ring.stop();
    interrupted.addEventListener('abort', stop);
    if (interrupted.aborted) stop();
    if (startsAll) this.startThreads();
    await Promise.all(this.threads.map(({ ready }) => ready));
    await this.reader.readAll(this.ring, {
      turn: () => this.turn(files, replay),
      idle: () => this.breathe(replay),
      pause: () => {
        // The others read on while this thread has a large file.
        this.supply(files, replay);
        return this.breathe(replay);
      },
      report: (report) => this.reports.push(report),
    });
    const others = await Promise.all(this.threads.map(({ findings }) => findings));
    interrupted.removeEventListener('abort', stop);
    await this.release(replay, Number.POSITIVE_INFINITY);
    for (const findings of [this.reader.findings, ...others]) if (findings !== undefined) replay.merge(findings);
    this.search = new FileSearch(this.ring, this.reader, this.threads, startsAll);
    replay.isPartial = interrupted.aborted;
    return !this.hasLost;
  }

  private get hasLost(): boolean {
    return this.threads.some(({ isLost }) => isLost);
  }

  /** searches the files once they are read */
  get records(): RecordSearch | undefined {
    return this.search;
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.close()));
  }

  /** Sees to it that there are files to take, and threads to take them; now and then does what else is to be done. */
  private turn(files: Iterator<StoredObject>, replay: Replay): Promise<void> | undefined {
    this.supply(files, replay);
    if (this.threads.length === 0 && this.ring.waiting > 0 && this.isWorthThreads()) this.startThreads();
    return this.options.now() - this.lastTurn < TURN_MS ? undefined : this.breathe(replay);
  }

  private supply(files: Iterator<StoredObject>, replay: Replay): void {
    if (!this.ring.isOver && this.ring.waiting < RING_SLOTS / 2) this.fill(files, replay);
  }

  private fill(files: Iterator<StoredObject>, replay: Replay): void {
    for (let listed = 0; listed < FILES_AT_A_TIME; listed++) {
      if (this.next === undefined) {
        const { value, done } = files.next();
        if (done === true) {
          this.ring.end();
          return;
        }
        if (replay.recall(value)) continue;
        this.next = value;
      }
      if (!this.ring.add(this.next.object.key)) return;
      if (this.options.addsAll) this.stored.set(this.added, this.next);
      this.added += 1;
      this.next = undefined;
    }
  }

  private isWorthThreads(): boolean {
    return this.added > WORTH_FILES || this.ring.amount.bytes > WORTH_BYTES;
  }

  private startThreads(): void {
    const { reading, threads, addsAll, program, onTrouble } = this.options;
    for (let thread = 1; thread < threads; thread++) {
      const data = { ...plain(reading), scanner: this.scanner, ring: this.ring.memory, thread, reportsAll: addsAll };
      const events = {
        onReport: (report: FileReport) => this.reports.push(report),
        onFound: (number: number, found: FoundRecords | undefined) => this.search?.answer(number, found),
        onEnd: () => this.search?.takeOver(),
        onTrouble: (line: string) => {
          onTrouble(line);
          // All that was read so far will be read again.
          if (this.hasLost && this.search === undefined) this.ring.stop();
        },
      };
      this.threads.push(new ReadingThread(data, events, program));
    }
  }

  private async breathe(replay: Replay): Promise<void> {
    // What was reported of the files before it has come in by then.
    const { firstUnread } = this.ring;
    await setImmediate();
    await this.release(replay, firstUnread);
    this.lastTurn = this.options.now();
  }

  /** Adds what was reported of the files before one, in their order. */
  private async release(replay: Replay, end: number): Promise<void> {
    if (this.reports.length === 0) return;
    const ready = this.reports.filter(({ number }) => number < end).sort((a, b) => a.number - b.number);
    this.reports = this.reports.filter(({ number }) => number >= end);
    for (const { number, path, bytes, read } of ready) {
      const stored = this.stored.get(number) ?? { object: { bucket: '', key: path }, bytes };
      this.stored.delete(number);
      await replay.add(stored, bytes, read);
      this.options.onObject(stored.object, read);
    }
  }
}

/** What of the options can be given to a thread. */
function plain({ inflate, limit, rule, since, until, keepsCallers, exceptions = [] }: ReadOptions) {
  const entries = exceptions.map(({ name, entry }) => ({ name, entry }));
  return { engine: inflate.name, ...{ limit, rule, since, until, keepsCallers }, exceptions: entries };
}
