import { Worker } from 'node:worker_threads';
import type { ReadObject, StoredObject } from '../../lambda/detect/replay-objects';
import { ObjectReadError, reasonOf } from '../../lambda/errors';
import { objectName } from '../../lambda/ports';
import { type FilesRead, type FilesToRead, readObjectOf, type ThreadSettings } from './messages';

/** Files that somebody waits for. */
export interface Job {
  readonly files: readonly StoredObject[];
  readonly done: (read: readonly ReadObject[]) => void;
  readonly failed: (error: unknown) => void;
}

/** Batches that a thread has before it, so that it does not wait for the next one. */
const MOST_JOBS = 2;

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
    return this.isReady && !this.isOver && this.jobs.length < MOST_JOBS;
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
