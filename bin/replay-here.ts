import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { chooseInflate } from '../lambda/adapters/inflate-choice';
import { CLI_OUTPUT_LIMIT } from '../lambda/adapters/inflate-limits';
import { MemoryLedger } from '../lambda/adapters/memory-ledger';
import { inert } from '../lambda/alert/inert';
import { type ReplayResult, replay } from '../lambda/detect/replay';
import type { StoredObject } from '../lambda/detect/replay-objects';
import { type ObjectRef, objectName } from '../lambda/ports';
import type { Reading } from '../lambda/trail/object-reader';
import { type Format, openOutput } from './alert-output';
import { type AwsOptions, clientSettings } from './aws-options';
import type { Console } from './console';
import { ExitCode } from './exit-code';
import type { Found } from './objects/found';
import type { Narrowing } from './objects/narrowing';
import { measure, openObjects, type TrailObjects } from './objects/objects';
import { type RuleOptions, ruleOf } from './options';
import { Progress } from './progress';
import { ReadingThreads } from './reading/threads';
import { FileMemory } from './replay-memory';
import { exceptionLines, NOTHING_FOUND, PassedOverFiles, summaryLines } from './replay-summary';
import { formatMany } from './units';

export interface HereOptions extends RuleOptions, AwsOptions {
  readonly format?: Format;
  readonly out?: string;
  readonly since?: number;
  readonly until?: number;
  readonly inflateLimit?: number;
  readonly state?: string;
  readonly exceptions?: string;
  readonly threads?: number;
}

/** Local ones: enough to read ahead of the inflater, few enough to keep memory small. */
const LOCAL_OBJECTS_AT_A_TIME = 8;

/** Objects of S3 open at a time: each request takes tens of milliseconds, in which others can come in. */
const REMOTE_OBJECTS_AT_A_TIME = 32;

/** A replay in this process. */
export async function replayHere(
  paths: readonly string[],
  narrowing: Narrowing,
  options: HereOptions,
  console: Console,
): Promise<ExitCode> {
  const inflate = chooseInflate(console.env.REGIONSWEEP_INFLATE);
  const exceptions = options.exceptions === undefined ? [] : readExceptions(options.exceptions, console);
  const inputs = [...paths, options.exceptions, options.state].filter((path) => path !== undefined);
  const output = await openOutput(console, options.format, options.out, inputs);
  const { since, until } = options;
  const rule = ruleOf(options);
  const objects = except(await openObjects(paths, narrowing, clientSettings(options), console), [
    options.out,
    options.exceptions,
    options.state,
  ]);
  let memory: FileMemory | undefined;
  try {
    const limit = options.inflateLimit ?? CLI_OUTPUT_LIMIT;
    const reading: Reading = {
      source: objects.source,
      listing: objects.listing,
      inflate: inflate.engine,
      ...{ limit, rule, since, until, exceptions },
    };
    if (options.state !== undefined) memory = await FileMemory.open(options.state, reading);
    const { result, passedOver, seconds } = await replayWithProgress(
      objects,
      reading,
      memory,
      options.threads,
      console,
    );
    await output.write(result.alerts);
    const notes = [
      ...exceptionLines(exceptions, result.totals),
      ...memoryNotes(memory, options.state, result.partial),
      inflate.reason,
    ];
    for (const line of summaryLines(result, passedOver, notes, seconds)) console.stderr.write(`${line}\n`);
    return exitCodeOf(result, passedOver, console);
  } finally {
    await objects[Symbol.asyncDispose]();
    await memory?.close();
  }
}

/** All but the command's other files, which may lie in the very folder that is read. */
function except(objects: TrailObjects, files: readonly (string | undefined)[]): TrailObjects {
  const own = new Set(files.filter((file) => file !== undefined).map((file) => resolve(file)));
  if (own.size === 0) return objects;
  const isOwn = ({ bucket, key }: ObjectRef) => bucket === '' && own.has(resolve(key));
  return {
    ...objects,
    async *find() {
      for await (const found of objects.find()) if (found.kind !== 'log' || !isOwn(found.object)) yield found;
    },
  };
}

/** The schema of exceptions takes longer to load than a small replay takes. */
function readExceptions(file: string, console: Console) {
  const { exceptionsOf } = require('./exceptions-file') as typeof import('./exceptions-file');
  return exceptionsOf(file, console);
}

async function replayWithProgress(
  objects: TrailObjects,
  reading: Reading,
  memory: FileMemory | undefined,
  threads: number | undefined,
  console: Console,
) {
  const progress = new Progress(console);
  const readers = new ReadingThreads(reading, {
    count: threads ?? availableParallelism(),
    isWaitedFor: threads !== undefined,
    onTrouble: (line) => progress.line(inert(line, 1000)),
  });
  const passedOver = new PassedOverFiles();
  const startedAt = console.now();
  let isOver = false;
  const untilOver = async function* (found: AsyncIterable<Found>) {
    for await (const one of found) {
      if (isOver) return;
      yield one;
    }
  };
  try {
    // Looking at everything first costs nothing on a disk; in S3 it would be paid for twice.
    const isMeasured = console.stderr.isTTY === true && !objects.isRemote;
    if (isMeasured) {
      // Where it cannot be had any more nobody misses it.
      measure(untilOver(objects.find())).then(
        (amount) => progress.expect(amount),
        () => undefined,
      );
    }
    const result = await replay(logsOf(objects, passedOver, progress, console), {
      reading,
      ledger: new MemoryLedger(),
      memory,
      readFiles: readers.read,
      // A thread keeps its memory for as long as it is there.
      onRead: () => readers.close(),
      concurrency: objects.isRemote
        ? REMOTE_OBJECTS_AT_A_TIME
        : Math.max(LOCAL_OBJECTS_AT_A_TIME, readers.batches),
      isStopped: () => console.interrupted.aborted,
      onObject: ({ object, bytes, error, faults }) => {
        progress.add(bytes);
        if (error !== undefined) progress.line(`failed: ${inert(error.message, 1000)}`);
        for (const { index, offset, reason } of faults) {
          const where = `${objectName(object)}: record ${index} at byte ${offset}`;
          progress.line(`passed over: ${inert(`${where}: ${reason}`, 1000)}`);
        }
      },
    });
    return { result, passedOver, seconds: (console.now() - startedAt) / 1000 };
  } finally {
    isOver = true;
    progress.end();
    await readers.close();
  }
}

async function* logsOf(
  objects: TrailObjects,
  passedOver: PassedOverFiles,
  progress: Progress,
  { interrupted }: Console,
): AsyncIterable<StoredObject> {
  for await (const found of objects.find()) {
    // Among objects that are passed over, nobody else would look.
    if (interrupted.aborted) return;
    switch (found.kind) {
      case 'log':
        yield found;
        break;
      case 'passed-over':
        passedOver.add(found.as);
        break;
      case 'failure':
        passedOver.fail(found.error, (line) => progress.line(line));
        break;
    }
  }
}

function memoryNotes(memory: FileMemory | undefined, file: string | undefined, partial: boolean): string[] {
  if (memory === undefined) return [];
  return [
    ...(memory.recalled === 0
      ? []
      : [`known from ${file}, not read again: ${formatMany(memory.recalled, 'object')}`]),
    ...(partial ? [`the same command goes on from here, by ${file}`] : []),
  ];
}

function exitCodeOf({ totals }: ReplayResult, passedOver: PassedOverFiles, console: Console): ExitCode {
  if (console.interrupted.aborted) return ExitCode.Interrupted;
  if (totals.objects === 0) {
    // Where something failed, that was told.
    if (passedOver.failures === 0) console.stderr.write(`${NOTHING_FOUND}\n`);
    return ExitCode.Incomplete;
  }
  return totals.failedObjects + passedOver.failures > 0 ? ExitCode.Incomplete : ExitCode.Ok;
}
