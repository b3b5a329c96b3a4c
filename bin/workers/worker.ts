import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { chooseInflate } from '../../lambda/adapters/inflate/engine';
import { filesystemSource } from '../../lambda/adapters/local/files';
import type { ExceptionEntry } from '../../lambda/detection/exceptions';
import type { Findings } from '../../lambda/pipeline/replay';
import type { FoundRecords, InflateEngine } from '../../lambda/ports';
import type { ReadOptions } from '../../lambda/trail/object-reader';
import { FileReader, type FileReport } from './file-reader';
import { Ring, type RingMemory, TAKEN } from './ring';

/** The program of a thread that reads files for a replay. What goes between threads is plain data. */

export interface ThreadData extends PlainOptions {
  readonly scanner: object | undefined;
  readonly ring: RingMemory;
  readonly thread: number;
  readonly reportsAll: boolean;
}

/** How it reads. */
interface PlainOptions extends Pick<ReadOptions, 'limit' | 'rule' | 'since' | 'until' | 'keepsCallers'> {
  readonly engine: InflateEngine['name'];
  /** with the names that counts go by */
  readonly exceptions: readonly { readonly name: string; readonly entry: ExceptionEntry }[];
}

/** What it says: that it can begin, one file, at last all others, and then what it found where it searched. */
export type ThreadMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'file'; readonly report: FileReport }
  | { readonly kind: 'end'; readonly findings: Findings }
  | { readonly kind: 'found'; readonly number: number; readonly found: FoundRecords | undefined };

async function runThread(): Promise<void> {
  const say = (message: ThreadMessage) => parentPort!.postMessage(message);
  const { ring: memory, thread, scanner, reportsAll, ...settings } = workerData as ThreadData;
  const reader = new FileReader(await readingOf(settings), scanner, reportsAll);
  const ring = new Ring(memory, thread);
  say({ kind: 'ready' });
  await reader.readAll(ring, {
    turn: () => undefined,
    idle: () => ring.wait(),
    pause: () => undefined,
    report: (report) => say({ kind: 'file', report }),
  });
  say({ kind: 'end', findings: reader.findings });
  ring.waitForReopening();
  const lists: (readonly string[])[] = [];
  for (let number = ring.take(); number !== TAKEN.NO_MORE; number = ring.take()) {
    if (number === TAKEN.NONE_YET) {
      ring.wait();
      continue;
    }
    const list = ring.taskOf(number);
    // Each was sent before the first file that it is for.
    while (list >= lists.length) lists.push(receiveMessageOnPort(parentPort!)!.message);
    const found = await reader.search(ring.pathOf(number), lists[list]!, () => undefined);
    say({ kind: 'found', number, found });
  }
}

async function readingOf({ engine, exceptions, ...others }: PlainOptions): Promise<ReadOptions> {
  const reading = { source: filesystemSource, inflate: chooseInflate(engine).engine, ...others };
  if (exceptions.length === 0) return reading;
  // Brings a schema library.
  const { exceptionOf } = await import('../../lambda/detection/exception-document.js');
  return { ...reading, exceptions: exceptions.map(({ name, entry }) => exceptionOf(name, entry)) };
}

void runThread();
