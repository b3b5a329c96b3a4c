import { dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { reasonOf } from '../../lambda/errors';
import type { Findings } from '../../lambda/pipeline/replay';
import type { FoundRecords } from '../../lambda/ports';
import type { FileReport } from './file-reader';
import type { ThreadData, ThreadMessage } from './worker';

/** In a checkout the program is TypeScript, and a thread does not inherit what this process loads it by. */
const IS_SOURCE = extname(__filename) === '.ts';

const PROGRAM = join(__dirname, `worker${extname(__filename)}`);

function starting(program: string): string {
  const start = `require(${JSON.stringify(program)})`;
  if (!IS_SOURCE) return start;
  const tsx = require.resolve('tsx/cjs');
  const api = pathToFileURL(join(dirname(tsx), '../esm/api/index.mjs'));
  return `import('${api}').then(({ register }) => { register(); require(${JSON.stringify(tsx)}); ${start}; })`;
}

interface ThreadEvents {
  readonly onReport: (report: FileReport) => void;
  readonly onFound: (number: number, found: FoundRecords | undefined) => void;
  /** called when it ends by itself */
  readonly onEnd: () => void;
  readonly onTrouble: (line: string) => void;
}

/** One more thread that reads files. */
export class ReadingThread {
  /** settles once it reads, or never will */
  readonly ready: Promise<void>;
  /** settles at its end; undefined where there is nothing to be had of it */
  readonly findings: Promise<Findings | undefined>;
  /** whether it may have read something that nobody knows of now */
  isLost = false;
  isOver = false;
  private readonly worker: Worker;
  private isClosed = false;

  constructor(data: ThreadData, { onReport, onFound, onEnd, onTrouble }: ThreadEvents, program = PROGRAM) {
    const worker = new Worker(starting(program), {
      eval: true,
      workerData: data,
      env: SHARE_ENV,
      // What reading allocates does not outlive its file.
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
      trackUnmanagedFds: false,
    });
    this.worker = worker;
    let isReady = false;
    this.ready = new Promise((resolve) => {
      worker.once('message', () => {
        isReady = true;
        resolve();
      });
      worker.once('exit', resolve);
    });
    this.findings = new Promise((resolve) => {
      let reason = 'it ended';
      worker.on('message', (message: ThreadMessage) => {
        if (message.kind === 'file') onReport(message.report);
        if (message.kind === 'found') onFound(message.number, message.found);
        if (message.kind === 'end') resolve(message.findings);
      });
      worker.once('error', (error) => {
        reason = reasonOf(error);
      });
      worker.once('exit', () => {
        resolve(undefined);
        this.isOver = true;
        if (this.isClosed) return;
        onEnd();
        this.isLost = isReady;
        onTrouble(`a thread ${isReady ? 'ended too soon' : 'could not be started'}: ${reason}`);
      });
    });
  }

  /** Sends it literals to search for. Each list has the number of those before it. */
  send(literals: readonly string[]): void {
    this.worker.postMessage(literals);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.worker.terminate();
  }
}
