import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { CLI_OUTPUT_LIMIT } from '../../lambda/adapters/inflate/bounds';
import { chooseInflate } from '../../lambda/adapters/inflate/engine';
import { MemoryStore } from '../../lambda/adapters/local/memory-store';
import type { RuleParameters } from '../../lambda/detection/rule';
import { type ReplayResult, replay } from '../../lambda/pipeline/replay';
import { type ObjectRef, objectName } from '../../lambda/ports';
import type { ReadOptions } from '../../lambda/trail/object-reader';
import { sanitize } from '../../lambda/util/sanitize';
import { type Console, ExitCode } from '../cli/io';
import { type Format, openOutput } from '../cli/output';
import { formatMany, Progress } from '../cli/progress';
import { readExceptionFile } from '../inputs/exception-file';
import { measure, openObjects, type TrailObjects } from '../inputs/inputs';
import type { TrailPaths } from '../inputs/model';
import { FileMemory } from '../inputs/replay-memory';
import { ReadingThreads } from '../workers/pool';
import { areAllUnplaceable, exceptionLines, NOTHING_FOUND, SkippedFiles, summaryLines } from './replay-summary';

/** A replay in this process; the names of files are those of the options. */
export interface LocalReplay {
  readonly rule: RuleParameters;
  readonly format?: Format | undefined;
  readonly out?: string | undefined;
  /** bytes */
  readonly inflateLimit?: number | undefined;
  readonly state?: string | undefined;
  readonly exceptions?: string | undefined;
  readonly threads?: number | undefined;
}

/** Local ones: enough to read ahead of the inflater, few enough to keep memory small. */
const LOCAL_OBJECTS_AT_A_TIME = 8;

/** S3 objects open at a time: each request takes tens of milliseconds, in which others can come in. */
const REMOTE_OBJECTS_AT_A_TIME = 32;

/** @throws UsageError */
export async function replayLocal(trail: TrailPaths, options: LocalReplay, console: Console): Promise<ExitCode> {
  const inflate = chooseInflate(console.env.REGIONSWEEP_INFLATE);
  const exceptions = options.exceptions === undefined ? [] : await readExceptionFile(options.exceptions, console);
  const ownFiles = [options.exceptions, options.state].filter((file) => file !== undefined);
  const output = await openOutput(console, { ...options, inputs: [...trail.paths, ...ownFiles] });
  const objects = without(await openObjects(trail, console), [...ownFiles, options.out ?? []].flat());
  let memory: FileMemory | undefined;
  try {
    const { since, until } = trail.keyFilter;
    const reading: ReadOptions = {
      source: objects.source,
      listing: objects.listing,
      inflate: inflate.engine,
      limit: options.inflateLimit ?? CLI_OUTPUT_LIMIT,
      ...{ rule: options.rule, since, until, exceptions },
    };
    if (options.state !== undefined) memory = await FileMemory.open(options.state, reading);
    const { threads } = options;
    const { result, skipped, seconds } = await replayWithProgress(objects, { reading, memory, threads }, console);
    await output.write(result.alerts);
    const lines = [
      ...summaryLines(result, skipped, seconds),
      ...exceptionLines(exceptions, result.totals),
      ...memoryLines(memory, options.state, result.partial, skipped),
      inflate.reason,
    ];
    for (const line of lines) console.stderr.write(`${line}\n`);
    return exitCodeOf(result, skipped, console);
  } finally {
    await objects[Symbol.asyncDispose]();
    await memory?.close();
  }
}

function memoryLines(
  memory: FileMemory | undefined,
  file: string | undefined,
  isPartial: boolean,
  { denied }: SkippedFiles,
): string[] {
  if (memory === undefined) {
    return denied === undefined
      ? []
      : ['renew the credentials and run it again; with --state FILE it can be continued'];
  }
  const known = `already in ${file}, not read again: ${formatMany(memory.recalled, 'object')}`;
  const renew = denied === undefined ? '' : 'renew the credentials, then ';
  const again = `${renew}run the same command again to continue from ${file}`;
  return [...(memory.recalled === 0 ? [] : [known]), ...(isPartial ? [again] : [])];
}

/** Leaves out the command's other files, which may lie in the folder that is read. */
function without(objects: TrailObjects, files: readonly string[]): TrailObjects {
  const own = new Set(files.map((file) => resolve(file)));
  if (own.size === 0) return objects;
  const isOwn = ({ bucket, key }: ObjectRef) => bucket === '' && own.has(resolve(key));
  return {
    ...objects,
    async *list() {
      for await (const input of objects.list()) if (input.kind !== 'log' || !isOwn(input.object)) yield input;
    },
  };
}

interface Reading {
  readonly reading: ReadOptions;
  readonly memory: FileMemory | undefined;
  readonly threads: number | undefined;
}

async function replayWithProgress(objects: TrailObjects, { reading, memory, threads }: Reading, console: Console) {
  const progress = new Progress(console);
  const { status } = progress;
  const readers = new ReadingThreads(reading, {
    count: threads ?? availableParallelism(),
    isWaitedFor: threads !== undefined,
    onTrouble: (line) => status.line(sanitize(line, 1000)),
  });
  const skipped = new SkippedFiles();
  const startedAt = console.now();
  let isOver = false;
  try {
    // Listing everything first costs nothing on a disk; in S3 it would be paid for twice.
    if (console.stderr.isTTY === true && !objects.isRemote) {
      // Progress goes without a total where it fails.
      measure(objects.list(), () => isOver).then(
        (total) => (progress.total = total),
        () => undefined,
      );
    }
    const logs = skipped.logs(objects.list(), console.interrupted, (line) => status.line(line));
    const result = await replay(logs, {
      ...{ reading, memory },
      store: new MemoryStore(),
      readFiles: readers.read,
      // A thread holds its memory until it ends.
      onRead: () => readers.close(),
      concurrency: objects.isRemote ? REMOTE_OBJECTS_AT_A_TIME : Math.max(LOCAL_OBJECTS_AT_A_TIME, readers.batches),
      isStopped: () => console.interrupted.aborted || skipped.denied !== undefined,
      onObject: ({ object, bytes, error, faults }) => {
        progress.add(bytes);
        if (error !== undefined) skipped.name(error, (line) => status.line(line));
        for (const { index, offset, reason } of faults) {
          const where = `${objectName(object)}: record ${index} at byte ${offset}`;
          status.line(`skipped: ${sanitize(`${where}: ${reason}`, 1000)}`);
        }
      },
    });
    return { result, skipped, seconds: (console.now() - startedAt) / 1000 };
  } finally {
    isOver = true;
    status.end();
    await readers.close();
  }
}

function exitCodeOf({ totals }: ReplayResult, skipped: SkippedFiles, console: Console): ExitCode {
  if (console.interrupted.aborted) return ExitCode.Interrupted;
  if (totals.objects === 0 && skipped.unread === 0) console.stderr.write(`${NOTHING_FOUND}\n`);
  const isComplete = totals.objects > 0 && totals.failedObjects + skipped.unread === 0 && !areAllUnplaceable(totals);
  return isComplete ? ExitCode.Ok : ExitCode.Incomplete;
}
