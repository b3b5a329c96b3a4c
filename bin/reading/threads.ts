import { extname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type ReadObject, readObjects, type StoredObject } from '../../lambda/detect/replay-objects';
import type { Reading } from '../../lambda/trail/object-reader';
import { settingsOf } from './messages';
import { type Job, Thread } from './thread';

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
    private readonly reading: Reading,
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
