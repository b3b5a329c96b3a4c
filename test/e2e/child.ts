import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** What a child says before it takes requests, or in answer to one. */
type Said = Readonly<Record<string, unknown>>;

/** A process that answers numbered requests. It ends with its parent, or when it is closed. */
export class Child {
  /** lines it wrote, to stdout or stderr */
  readonly lines: string[] = [];
  private readonly process: ChildProcess;
  private readonly waiting = new Map<number, (said: Said) => void>();
  private readonly first: Promise<Said>;
  private readonly ended: Promise<unknown>;
  private requests = 0;

  constructor(script: string, args: readonly string[], options: ForkOptions = {}) {
    this.process = fork(script, args, { ...options, silent: true, execArgv: [] });
    const streams = [this.process.stdout!, this.process.stderr!].map((input) =>
      createInterface({ input }).on('line', (line) => this.lines.push(line)),
    );
    // Not its `close`, which does not come when it is the parent that disconnects.
    this.ended = Promise.all([once(this.process, 'exit'), ...streams.map((one) => once(one, 'close'))]);
    this.first = new Promise((resolve) => this.waiting.set(0, resolve));
    this.process.on('message', (said: Said) => this.settle(Number(said.id ?? 0), said));
    // So that nobody waits for ever.
    this.ended.then(() => {
      const fault = { name: 'Exited', message: `process ended: ${this.lines.slice(-20).join('\n')}` };
      for (const id of [...this.waiting.keys()]) this.settle(id, { fault });
    });
  }

  /** @throws Error when the child says that it cannot start, or ends */
  async started(): Promise<Said> {
    return faultless(await this.first);
  }

  /** @throws Error when the child says so, or ends */
  async ask(request: Said): Promise<Said> {
    this.requests += 1;
    const id = this.requests;
    const answer = new Promise<Said>((resolve) => this.waiting.set(id, resolve));
    this.process.send({ ...request, id });
    return faultless(await answer);
  }

  /** Ends it at once, as Lambda ends what runs too long. */
  kill(): void {
    this.process.kill('SIGKILL');
  }

  async close(): Promise<void> {
    if (this.process.connected) this.process.disconnect();
    await this.ended;
  }

  private settle(id: number, said: Said): void {
    this.waiting.get(id)?.(said);
    this.waiting.delete(id);
  }
}

function faultless(said: Said): Said {
  const fault = said.fault as { readonly name: string; readonly message: string } | undefined;
  if (fault !== undefined) throw Object.assign(new Error(fault.message), { name: fault.name });
  return said;
}
