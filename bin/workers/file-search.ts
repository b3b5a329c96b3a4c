import { setImmediate } from 'node:timers/promises';
import type { FoundRecords, ObjectRef, RecordSearch } from '../../lambda/ports';
import { areSuitable } from '../../lambda/trail/scanner/simd/simd-scanner';
import { getOrInsert } from '../../lambda/util/values';
import type { FileReader } from './file-reader';
import { Ring, TAKEN } from './ring';
import type { ReadingThread } from './thread';

interface Question {
  readonly path: string;
  readonly literals: readonly string[];
  readonly resolve: (found: FoundRecords | undefined) => void;
  answer?: { readonly found: FoundRecords | undefined };
}

/** The number of a list that the scanner cannot look for. */
const UNSUITABLE = -1;

/** For fewer files this thread alone is fast enough. */
const WORTH_FILES = 256;

/**
 * Files that wait are left to each other thread: to wake it takes as long as to search a file, and what is found is worked
 * on here.
 */
const LEFT_TO_EACH = 2;

/** Searches local files on this thread and on those that have read their share of the trail. */
export class FileSearch implements RecordSearch {
  /** by the numbers of the files, in their order */
  private readonly questions = new Map<number, Question>();
  /** numbers of the lists of literals, as the threads know them */
  private readonly lists = new Map<readonly string[], number>();
  private sent = 0;
  private isAtWork = false;
  /** the file that is searched here */
  private current = -1;
  /** files that nobody else will search any more */
  private readonly abandoned: number[] = [];

  /**
   * @param ring whose files are read
   * @param threads that have read them; those that are not needed are closed and left out
   * @param keepsAll keep the threads, however little there is to search
   */
  constructor(
    private readonly ring: Ring,
    private readonly reader: FileReader,
    private readonly threads: ReadingThread[],
    private readonly keepsAll: boolean,
  ) {
    ring.reopen();
  }

  async expect(objects: number): Promise<void> {
    // Threads take memory as long as they are there.
    const surplus = objects < WORTH_FILES && !this.keepsAll ? this.threads.splice(0) : [];
    await Promise.all(surplus.map((thread) => thread.close()));
  }

  /** Answers in the order of the questions, whichever thread is faster: what is made of them must not differ. */
  search({ bucket, key: path }: ObjectRef, literals: readonly string[]): Promise<FoundRecords | undefined> {
    const list = this.numberOf(literals);
    if (bucket !== '' || list === UNSUITABLE || !Ring.fits(path)) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const number = this.ring.next;
      if (!this.ring.add(path, list)) {
        resolve(undefined);
        return;
      }
      this.questions.set(number, { path, literals, resolve });
      void this.work();
    });
  }

  answer(number: number, found: FoundRecords | undefined): void {
    const question = this.questions.get(number);
    // Two threads have answered it, if one of them was believed lost.
    if (question === undefined) return;
    question.answer = { found };
    for (const [first, { answer, resolve }] of this.questions) {
      if (answer === undefined) return;
      this.questions.delete(first);
      resolve(answer.found);
    }
  }

  /** Answers what a thread may have taken along that has ended. */
  takeOver(): void {
    for (const [number, { answer }] of this.questions) {
      if (answer === undefined && number !== this.current && this.ring.isTaken(number)) this.abandoned.push(number);
    }
    void this.work();
  }

  private async work(): Promise<void> {
    if (this.isAtWork) return;
    this.isAtWork = true;
    await setImmediate();
    for (let number = this.take(); number >= 0; number = this.take()) {
      this.current = number;
      const question = this.questions.get(number);
      if (question !== undefined) {
        this.answer(number, await this.reader.search(question.path, question.literals, setImmediate));
      }
      // Hears what the others have found.
      await setImmediate();
    }
    this.isAtWork = false;
  }

  /** @returns the number of a file to search here, below 0 where there is none */
  private take(): number {
    const abandoned = this.abandoned.shift();
    if (abandoned !== undefined) return abandoned;
    const left = LEFT_TO_EACH * this.threads.filter(({ isOver }) => !isOver).length;
    const number = this.ring.waiting > left ? this.ring.take() : TAKEN.NONE_YET;
    if (number >= 0) this.ring.pathOf(number);
    return number;
  }

  private numberOf(literals: readonly string[]): number {
    return getOrInsert(this.lists, literals, () => {
      if (!areSuitable(literals)) return UNSUITABLE;
      for (const thread of this.threads) thread.send(literals);
      this.sent += 1;
      return this.sent - 1;
    });
  }
}
