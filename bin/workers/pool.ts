import { extname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { ObjectReadError, reasonOf } from '../../lambda/errors';
import { type ReadObject, readObjects, type StoredObject } from '../../lambda/pipeline/replay';
import { objectName } from '../../lambda/ports';
import type { ReadOptions } from '../../lambda/trail/object-reader';
import { type FilesRead, type FilesToRead, readObjectOf, settingsOf, type ThreadSettings } from './protocol';

/** Before so much was seen, starting a thread would take longer than reading what it could take over. */
const WORTH_FILES = 512;

const WORTH_BYTES = 4 * 1024 * 1024;

export interface ThreadOptions {
  /** all that read, this one among them */
  readonly count: number;
  /** wait for all of them before anything is read, however little there is */
  readonly isWaitedFor: boolean;
  /** told when one could not be started, or ended too soon: in one line */
  readonly onTrouble: (line: string) => void;
  /** for tests: the program of a thread */
  readonly program?: string;
}

/** The program beside this file, of the same kind. */
const PROGRAM = join(__dirname, `worker${extname(__filename)}`);

/** Reads files on this thread, and once that is worth it on others too. */
export class ReadingThreads {
  private readonly waiting: Job[] = [];
  private readonly threads: Thread[] = [];
  private files = 0;
  private bytes = 0;
  private isBegun = false;
  private isReadingHere = false;

  constructor(
    private readonly reading: ReadOptions,
    private readonly options: ThreadOptions,
  ) {}

  /** Batches under way at a time that leave no thread without work. */
  get batches(): number {
    return 4 * this.options.count;
  }

  /** As `readObjects`. */
  readonly read = (files: readonly StoredObject[]): Promise<readonly ReadObject[]> => {
    this.beginIfWorth(files);
    return new Promise((done, failed) => {
      this.waiting.push({ files, done, failed });
      this.share();
    });
  };

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.close()));
  }

  private beginIfWorth(files: readonly StoredObject[]): void {
    if (this.isBegun) return;
    this.files += files.length;
    this.bytes += files.reduce((sum, { bytes }) => sum + bytes, 0);
    this.isBegun = this.options.isWaitedFor || this.files > WORTH_FILES || this.bytes > WORTH_BYTES;
    if (!this.isBegun) return;
    for (let other = 1; other < this.options.count; other++) this.threads.push(this.another());
  }

  private another(): Thread {
    const { program = PROGRAM, onTrouble } = this.options;
    return new Thread(program, settingsOf(this.reading), {
      onRoom: () => this.share(),
      onEnd: (reason, wasReady) => {
        onTrouble(`a thread ${wasReady ? 'ended too soon' : 'could not be started'}: ${reason}`);
        this.share();
      },
    });
  }

  private share(): void {
    for (const thread of this.threads) {
      while (thread.hasRoom && this.waiting.length > 0) thread.read(this.waiting.shift()!);
    }
    const isHeldUp = this.options.isWaitedFor && this.threads.some(({ isStarting }) => isStarting);
    if (this.waiting.length > 0 && !this.isReadingHere && !isHeldUp) void this.readHere();
  }

  private async readHere(): Promise<void> {
    this.isReadingHere = true;
    // Before each batch others hear what they are told: a Ctrl-C, the threads, what looks for files.
    await setImmediate();
    for (let job = this.waiting.shift(); job !== undefined; job = this.waiting.shift()) {
      await readObjects(job.files, this.reading).then(job.done, job.failed);
      await setImmediate();
    }
    this.isReadingHere = false;
  }
}

/** Files that somebody waits for. */
export interface Job {
  readonly files: readonly StoredObject[];
  readonly done: (read: readonly ReadObject[]) => void;
  readonly failed: (error: unknown) => void;
}

/** Batches that a thread has before it, so that it does not wait for the next one. */
const MAX_JOBS = 2;

export interface ThreadEvents {
  /** it is ready for files, or has read some */
  readonly onRoom: () => void;
  /** it is over; `wasReady` when it may have read something */
  readonly onEnd: (reason: string, wasReady: boolean) => void;
}

/** One more thread that reads files. */
export class Thread {
  private readonly worker: Worker;
  private readonly jobs: Job[] = [];
  private isReady = false;
  private isOver = false;
  private reason = 'it ended';

  /** @param program file of its program */
  constructor(
    program: string,
    settings: ThreadSettings,
    private readonly events: ThreadEvents,
  ) {
    this.worker = new Worker(entry(program), { eval: true, workerData: settings });
    this.worker.on('message', (message: FilesRead) => this.hear(message));
    this.worker.on('error', (error) => {
      this.reason = reasonOf(error);
    });
    this.worker.on('exit', () => this.end());
  }

  get isStarting(): boolean {
    return !this.isReady && !this.isOver;
  }

  get hasRoom(): boolean {
    return this.isReady && !this.isOver && this.jobs.length < MAX_JOBS;
  }

  read(job: Job): void {
    this.jobs.push(job);
    const paths: FilesToRead = job.files.map(({ object }) => object.key);
    this.worker.postMessage(paths);
  }

  async close(): Promise<void> {
    this.isOver = true;
    await this.worker.terminate();
  }

  private hear(message: FilesRead): void {
    if (message === 'ready') this.isReady = true;
    else this.jobs.shift()!.done(message.map(readObjectOf));
    this.events.onRoom();
  }

  /** What it had not read is not lost without a word. */
  private end(): void {
    const isClosed = this.isOver;
    this.isOver = true;
    for (const { files, done } of this.jobs.splice(0)) done(files.map((file) => this.unread(file)));
    if (!isClosed) this.events.onEnd(this.reason, this.isReady);
  }

  private unread({ object }: StoredObject): ReadObject {
    const error = new ObjectReadError(`${objectName(object)}: not read, its thread ended: ${this.reason}`);
    return { ...readObjectOf(0), error };
  }
}

/** In a checkout the program is TypeScript, and a thread does not inherit what this process loads it by. */
function entry(program: string): string {
  const files = program.endsWith('.ts') ? [require.resolve('tsx/cjs'), program] : [program];
  return files.map((file) => `require(${JSON.stringify(file)});`).join('');
}
