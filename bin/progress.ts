import { setInterval as every } from 'node:timers';
import type { Console } from './console';
import { formatBytes, formatCount, formatDuration } from './units';

const REDRAW_MS = 100;
const LINE_MS = 10_000;
const BAR_WIDTH = 24;

export interface Amount {
  readonly objects: number;
  readonly bytes: number;
}

/** Tells on stderr how far it is: one line redrawn on a terminal, a line every ten seconds elsewhere. */
export class Progress {
  private done: Amount = { objects: 0, bytes: 0 };
  private total: Amount | undefined;
  private readonly startedAt: number;
  private readonly timer: NodeJS.Timeout;
  private drawn = false;

  constructor(private readonly console: Console) {
    this.startedAt = console.now();
    this.timer = every(() => this.show(), this.isTerminal ? REDRAW_MS : LINE_MS).unref();
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
    this.clear();
    this.console.stderr.write(`${text}\n`);
  }

  end(): void {
    clearInterval(this.timer);
    this.clear();
  }

  private get isTerminal(): boolean {
    return this.console.stderr.isTTY === true;
  }

  private show(): void {
    if (!this.isTerminal) {
      this.console.stderr.write(`${this.text()}\n`);
      return;
    }
    const columns = this.console.stderr.columns ?? 80;
    this.console.stderr.write(`\r\u001b[K${this.text().slice(0, columns - 1)}`);
    this.drawn = true;
  }

  private clear(): void {
    if (this.drawn) this.console.stderr.write('\r\u001b[K');
    this.drawn = false;
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
