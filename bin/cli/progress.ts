import { setInterval as every } from 'node:timers';
import type { Console } from './io';

const BAR_WIDTH = 24;

const MIN_BAR_WIDTH = 4;

const READING_EVIDENCE = 'reading the evidence of detections';

export interface Amount {
  readonly objects: number;
  readonly bytes: number;
}

/** Shows the amount read, the speed and, once the total is known, the remaining time. */
export class Progress {
  /** Writes its lines. */
  readonly status: StatusLine;
  phase: 'reading' | 'evidence' = 'reading';
  /** The total to read. */
  total: Amount | undefined;
  private readonly startedAt: number;

  /**
   * @param done returns the amount read so far
   * @param said describes the progress if objects and bytes do not
   */
  constructor(
    private readonly console: Console,
    private readonly done: () => Amount,
    private readonly said?: () => string,
  ) {
    this.startedAt = console.now();
    this.status = new StatusLine(console, (columns) => this.text(columns));
  }

  private text(columns: number): string {
    const { total } = this;
    const isReading = this.phase === 'reading';
    if (this.said !== undefined) return isReading ? this.said() : READING_EVIDENCE;
    const { objects, bytes } = this.done();
    const rate = bytes / Math.max((this.console.now() - this.startedAt) / 1000, 0.001);
    const amount = `${formatBytes(bytes)}, ${formatBytes(rate)}/s`;
    if (!isReading) return `read ${formatMany(objects, 'object')}, ${formatBytes(bytes)}; ${READING_EVIDENCE}`;
    if (total === undefined || total.bytes === 0) return `read ${formatCount(objects)} objects, ${amount}`;
    const share = Math.min(1, bytes / total.bytes);
    const remaining = rate === 0 ? '' : `, ETA ${formatDuration((total.bytes - bytes) / rate)}`;
    const counts = `${formatCount(objects)} of ${formatCount(total.objects)} objects`;
    const text = `${Math.floor(share * 100)}%  ${counts}, ${amount}${remaining}`;
    // If there is little room, numbers come first.
    const width = Math.min(BAR_WIDTH, columns - text.length - '[] '.length);
    return width < MIN_BAR_WIDTH ? text : `[${'='.repeat(Math.floor(share * width)).padEnd(width)}] ${text}`;
  }
}

const REDRAW_MS = 100;

const LINE_MS = 10_000;

/** A status on stderr: one line that is redrawn on a terminal, otherwise a new line every ten seconds. */
export class StatusLine {
  private readonly timer: NodeJS.Timeout;
  private isDrawn = false;

  /** @param text returns the current status for a number of columns */
  constructor(
    private readonly console: Pick<Console, 'stderr'>,
    private readonly text: (columns: number) => string,
  ) {
    this.timer = every(() => this.show(), console.stderr.isTTY === true ? REDRAW_MS : LINE_MS).unref();
  }

  /** Writes a line above the status. */
  line(text: string): void {
    this.clear();
    this.console.stderr.write(`${text}\n`);
  }

  end(): void {
    clearInterval(this.timer);
    this.clear();
  }

  private show(): void {
    const { isTTY, columns } = this.console.stderr;
    this.isDrawn = isTTY === true;
    // A terminal of unknown size reports 0.
    const room = this.isDrawn ? (columns || 80) - 1 : Number.POSITIVE_INFINITY;
    const text = this.text(room);
    this.console.stderr.write(this.isDrawn ? `\r\u001b[K${text.slice(0, room)}` : `${text}\n`);
  }

  private clear(): void {
    if (this.isDrawn) this.console.stderr.write('\r\u001b[K');
    this.isDrawn = false;
  }
}

/** `1,234,567`. Loading Intl takes longer than a small replay. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `1 object`, `2,000 objects` */
export function formatMany(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `1.5 MB`, in decimal units as disks and AWS use them. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `12 s`, `3 min 5 s`, `2 h 0 min`; rounded up to seconds. */
export function formatDuration(seconds: number): string {
  const rounded = Math.ceil(seconds);
  if (rounded < 60) return `${rounded} s`;
  if (rounded < 3600) return `${Math.floor(rounded / 60)} min ${rounded % 60} s`;
  const minutes = Math.round(rounded / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
