import { setInterval as every } from 'node:timers';
import type { Console } from './io';

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

const REDRAW_MS = 100;

const LINE_MS = 10_000;

/** Shows on stderr how far a command is: one line redrawn on a terminal, a line every ten seconds elsewhere. */
export class StatusLine {
  private readonly timer: NodeJS.Timeout;
  private drawn = false;

  /** @param text what to show now */
  constructor(
    private readonly console: Pick<Console, 'stderr'>,
    private readonly text: () => string,
  ) {
    this.timer = every(() => this.show(), this.isTerminal ? REDRAW_MS : LINE_MS).unref();
  }

  /** Writes a line of its own above it. */
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
}

/** Numbers for people. */

/** A whole number with its digits grouped. Intl does the same, and takes longer to load than a small replay takes. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `1 object`, `2 objects`, with digits grouped. */
export function formatMany(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Decimal units, as disks and AWS bill them. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export function formatDuration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
