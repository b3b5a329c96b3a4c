/** Files that wait to be read, in memory that threads share: as many as there is room for, each taken by one of them. */

/** Files that fit in: enough for some milliseconds, and a page of memory each. */
export const RING_SLOTS = 128;

/** Longest path, in bytes of UTF-8: what Linux takes. */
const PATH_BYTES = 4096;

/* Numbers that threads share. */
const [NEXT, ADDED, IS_OVER, IS_STOPPED, FLAGS] = [0, 1, 2, 3, 4];

/** What a thread reads that reads nothing. */
const NOTHING = 2 ** 31 - 1;

/** What `take` says where it gives no file. */
export const TAKEN = { NONE_YET: -1, NO_MORE: -2 } as const;

/** What is handed to a thread. */
export interface RingMemory {
  /** the flags; for each thread the number of the file it reads; for each slot the length of its path, 0 if free, and its task */
  readonly numbers: SharedArrayBuffer;
  readonly paths: SharedArrayBuffer;
  /** for each thread how many files it has read and not reported, and their bytes */
  readonly amounts: SharedArrayBuffer;
}

/** Files are numbered in the order in which they are added, by one thread. */
export class Ring {
  private readonly numbers: Int32Array;
  private readonly paths: Buffer;
  private readonly amounts: Float64Array;
  private readonly threads: number;

  /** @param thread the number of the thread that uses it */
  constructor(
    readonly memory: RingMemory,
    private readonly thread = 0,
  ) {
    this.numbers = new Int32Array(memory.numbers);
    this.paths = Buffer.from(memory.paths);
    this.amounts = new Float64Array(memory.amounts);
    this.threads = this.amounts.length / 2;
  }

  static create(threads: number): Ring {
    const ring = new Ring({
      numbers: new SharedArrayBuffer(4 * (FLAGS + threads + 2 * RING_SLOTS)),
      paths: new SharedArrayBuffer(RING_SLOTS * PATH_BYTES),
      amounts: new SharedArrayBuffer(16 * threads),
    });
    ring.numbers.fill(NOTHING, FLAGS, FLAGS + threads);
    return ring;
  }

  /**
   * @param task what is to be done with it, as the threads agree
   * @returns whether there was room for it
   */
  add(path: string, task = 0): boolean {
    const number = this.numbers[ADDED]!;
    const slot = number % RING_SLOTS;
    if (Atomics.load(this.numbers, this.lengthAt(slot)) !== 0) return false;
    const length = this.paths.write(path, slot * PATH_BYTES, PATH_BYTES);
    this.numbers[this.lengthAt(slot) + RING_SLOTS] = task;
    Atomics.store(this.numbers, this.lengthAt(slot), length);
    Atomics.store(this.numbers, ADDED, number + 1);
    Atomics.notify(this.numbers, ADDED);
    return true;
  }

  /** Whether a path fits in. */
  static fits(path: string): boolean {
    return path.length * 3 <= PATH_BYTES || Buffer.byteLength(path) <= PATH_BYTES;
  }

  /** Says that no file is added any more. */
  end(): void {
    Atomics.store(this.numbers, IS_OVER, 1);
    Atomics.notify(this.numbers, ADDED);
  }

  /** Lets files be added again, once each thread knows that there are no more. Those that nobody took are left out. */
  reopen(): void {
    this.numbers.fill(0, this.lengthAt(0), this.lengthAt(RING_SLOTS));
    Atomics.store(this.numbers, NEXT, this.next);
    Atomics.store(this.numbers, IS_STOPPED, 0);
    Atomics.store(this.numbers, IS_OVER, 0);
    Atomics.notify(this.numbers, IS_OVER);
  }

  /** Sleeps until files may be added again. */
  waitForReopening(): void {
    Atomics.wait(this.numbers, IS_OVER, 1);
  }

  /** Has no thread take a file any more. */
  stop(): void {
    Atomics.store(this.numbers, IS_STOPPED, 1);
    this.end();
  }

  get isOver(): boolean {
    return Atomics.load(this.numbers, IS_OVER) === 1;
  }

  get isStopped(): boolean {
    return Atomics.load(this.numbers, IS_STOPPED) === 1;
  }

  /** Files that nobody has taken. */
  get waiting(): number {
    return Atomics.load(this.numbers, ADDED) - Atomics.load(this.numbers, NEXT);
  }

  /** @returns the number of a file, which `pathOf` gives; or one of TAKEN */
  take(): number {
    const own = FLAGS + this.thread;
    while (true) {
      const { isOver } = this;
      const number = Atomics.load(this.numbers, NEXT);
      const isNone = number >= Atomics.load(this.numbers, ADDED);
      // Said before it is taken: whoever looks which files are under way must not miss it.
      Atomics.store(this.numbers, own, isNone || this.isStopped ? NOTHING : number);
      if (this.isStopped) return TAKEN.NO_MORE;
      if (isNone) return isOver ? TAKEN.NO_MORE : TAKEN.NONE_YET;
      if (Atomics.compareExchange(this.numbers, NEXT, number, number + 1) === number) return number;
    }
  }

  /** Whether a thread has taken a file. */
  isTaken(number: number): boolean {
    return number < Atomics.load(this.numbers, NEXT);
  }

  /** The number that the next file gets. */
  get next(): number {
    return this.numbers[ADDED]!;
  }

  /** The task of a file that was taken, before its path. */
  taskOf(number: number): number {
    return this.numbers[this.lengthAt(number % RING_SLOTS) + RING_SLOTS]!;
  }

  /** The path of a file that was taken. To be asked for once: then there is room for another. */
  pathOf(number: number): string {
    const slot = number % RING_SLOTS;
    const start = slot * PATH_BYTES;
    const length = this.numbers[this.lengthAt(slot)]!;
    const path = this.paths.toString('utf8', start, start + length);
    Atomics.store(this.numbers, this.lengthAt(slot), 0);
    return path;
  }

  /** Counts a file that was read and is not reported. */
  count(bytes: number): void {
    this.amounts[2 * this.thread]! += 1;
    this.amounts[2 * this.thread + 1]! += bytes;
  }

  /** What all threads have counted; of the other threads it may be a moment old. */
  get amount(): { readonly objects: number; readonly bytes: number } {
    let [objects, bytes] = [0, 0];
    for (let thread = 0; thread < this.threads; thread++) {
      objects += this.amounts[2 * thread]!;
      bytes += this.amounts[2 * thread + 1]!;
    }
    return { objects, bytes };
  }

  /** The number of the first file that is not read yet, or may not be: all before it are. */
  get firstUnread(): number {
    let first = Atomics.load(this.numbers, NEXT);
    for (let thread = 0; thread < this.threads; thread++) {
      first = Math.min(first, Atomics.load(this.numbers, FLAGS + thread));
    }
    return first;
  }

  /** Sleeps until there may be a file to take. Not for the thread that adds them. */
  wait(): undefined {
    Atomics.wait(this.numbers, ADDED, Atomics.load(this.numbers, NEXT), 100);
  }

  private lengthAt(slot: number): number {
    return FLAGS + this.threads + slot;
  }
}
