/** Virtual time: things happen in order of their time and never by themselves. Seconds are UTC epoch. */

interface Due {
  readonly at: number;
  /** among things due at the same time the first asked for comes first */
  readonly order: number;
  readonly happen: () => void;
}

export class Clock {
  private readonly due: Due[] = [];
  private asked = 0;

  constructor(public now: number) {}

  at(time: number, happen: () => void): void {
    const one: Due = { at: Math.max(time, this.now), order: this.asked, happen };
    this.asked += 1;
    let low = 0;
    let high = this.due.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(one, this.due[middle]!)) low = middle + 1;
      else high = middle;
    }
    this.due.splice(low, 0, one);
  }

  after(seconds: number, happen: () => void): void {
    this.at(this.now + seconds, happen);
  }

  /**
   * Lets things happen until nothing is due. Whatever an event wakes runs to its next wait before the next event.
   * @throws Error after `most` events: the world does not settle
   */
  async run(most: number): Promise<void> {
    for (let count = 0; this.due.length > 0; count += 1) {
      if (count >= most) throw new Error(`not settled after ${most} events`);
      const next = this.due.pop()!;
      this.now = next.at;
      next.happen();
      await promisesSettled();
    }
  }
}

/** The latest stands first, so that the next one is popped. */
function isBefore(one: Due, other: Due): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** One turn of the event loop: every promise that can go on has gone on by then. No time is measured. */
function promisesSettled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
