import { setInterval as every } from 'node:timers';
import type { Console } from './console';

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
