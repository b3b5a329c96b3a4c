import type { Console } from './console';
import { StatusLine } from './status-line';
import { formatBytes, formatCount, formatDuration } from './units';

const BAR_WIDTH = 24;

export interface Amount {
  readonly objects: number;
  readonly bytes: number;
}

/** How far reading is: how much, how fast, and, once it is known how much there is, how long it takes yet. */
export class Progress {
  private done: Amount = { objects: 0, bytes: 0 };
  private total: Amount | undefined;
  private readonly startedAt: number;
  private readonly status: StatusLine;

  constructor(private readonly console: Console) {
    this.startedAt = console.now();
    this.status = new StatusLine(console, () => this.text());
  }

  /** What there is to do, once that is known; until then no share and no remaining time can be told. */
  expect(total: Amount): void {
    this.total = total;
  }

  add(bytes: number): void {
    this.done = { objects: this.done.objects + 1, bytes: this.done.bytes + bytes };
  }

  /** Writes a line of its own above the bar. */
  line(text: string): void {
    this.status.line(text);
  }

  end(): void {
    this.status.end();
  }

  private text(): string {
    const seconds = (this.console.now() - this.startedAt) / 1000;
    const rate = this.done.bytes / Math.max(seconds, 0.001);
    const speed = `${formatBytes(rate)}/s`;
    if (this.total === undefined || this.total.bytes === 0) {
      return `read ${formatCount(this.done.objects)} objects, ${formatBytes(this.done.bytes)}, ${speed}`;
    }
    const share = Math.min(1, this.done.bytes / this.total.bytes);
    const bar = '='.repeat(Math.floor(share * BAR_WIDTH)).padEnd(BAR_WIDTH);
    const left = rate === 0 ? '' : `, ETA ${formatDuration((this.total.bytes - this.done.bytes) / rate)}`;
    const objects = `${formatCount(this.done.objects)} of ${formatCount(this.total.objects)} objects`;
    return `[${bar}] ${Math.floor(share * 100)}%  ${objects}, ${formatBytes(this.done.bytes)}, ${speed}${left}`;
  }
}
