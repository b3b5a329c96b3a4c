import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { CLI_OUTPUT_LIMIT } from '../../lambda/adapters/inflate/bounds';
import { chooseInflate } from '../../lambda/adapters/inflate/engine';
import { MemoryStore } from '../../lambda/adapters/local/memory-store';
import { readExceptions } from '../../lambda/detection/exception-document';
import { describeException, type Exception, expiryNotice, sortByExpiry } from '../../lambda/detection/exceptions';
import { ConfigurationError, type RegionsweepError, reasonOf, UsageError } from '../../lambda/errors';
import { type ReplayResult, type ReplayTotals, replay, type StoredObject } from '../../lambda/pipeline/replay';
import { type ObjectRef, objectName } from '../../lambda/ports';
import type { ReadOptions } from '../../lambda/trail/object-reader';
import { sanitize } from '../../lambda/util/sanitize';
import { getOrInsert } from '../../lambda/util/values';
import { type Console, ExitCode } from '../cli/io';
import { type AwsOptions, clientSettings, type RuleOptions, ruleOf } from '../cli/options';
import { type Format, openOutput } from '../cli/output';
import { formatBytes, formatCount, formatDuration, formatMany, Progress } from '../cli/progress';
import { measure, openObjects, type TrailObjects } from '../inputs/inputs';
import type { Found, KeyFilter, NotRead } from '../inputs/model';
import { FileMemory } from '../inputs/replay-state';
import { ReadingThreads } from '../workers/pool';

export interface LocalReplayOptions extends RuleOptions, AwsOptions {
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
export async function replayLocal(
  paths: readonly string[],
  keyFilter: KeyFilter,
  options: LocalReplayOptions,
  console: Console,
): Promise<ExitCode> {
  const inflate = chooseInflate(console.env.REGIONSWEEP_INFLATE);
  const exceptions = options.exceptions === undefined ? [] : exceptionsOf(options.exceptions, console);
  const inputs = [...paths, options.exceptions, options.state].filter((path) => path !== undefined);
  const output = await openOutput(console, options.format, options.out, inputs);
  const { since, until } = options;
  const rule = ruleOf(options);
  const objects = except(await openObjects(paths, keyFilter, clientSettings(options), console), [
    options.out,
    options.exceptions,
    options.state,
  ]);
  let memory: FileMemory | undefined;
  try {
    const limit = options.inflateLimit ?? CLI_OUTPUT_LIMIT;
    const reading: ReadOptions = {
      source: objects.source,
      listing: objects.listing,
      inflate: inflate.engine,
      ...{ limit, rule, since, until, exceptions },
    };
    if (options.state !== undefined) memory = await FileMemory.open(options.state, reading);
    const { result, skipped, seconds } = await replayWithProgress(objects, reading, memory, options.threads, console);
    await output.write(result.alerts);
    const notes = [
      ...exceptionLines(exceptions, result.totals),
      ...memoryNotes(memory, options.state, result.partial),
      inflate.reason,
    ];
    for (const line of summaryLines(result, skipped, notes, seconds)) console.stderr.write(`${line}\n`);
    return exitCodeOf(result, skipped, console);
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

async function replayWithProgress(
  objects: TrailObjects,
  reading: ReadOptions,
  memory: FileMemory | undefined,
  threads: number | undefined,
  console: Console,
) {
  const progress = new Progress(console);
  const readers = new ReadingThreads(reading, {
    count: threads ?? availableParallelism(),
    isWaitedFor: threads !== undefined,
    onTrouble: (line) => progress.line(sanitize(line, 1000)),
  });
  const skipped = new SkippedFiles();
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
    const result = await replay(logsOf(objects, skipped, progress, console), {
      reading,
      store: new MemoryStore(),
      memory,
      readFiles: readers.read,
      // A thread keeps its memory for as long as it is there.
      onRead: () => readers.close(),
      concurrency: objects.isRemote ? REMOTE_OBJECTS_AT_A_TIME : Math.max(LOCAL_OBJECTS_AT_A_TIME, readers.batches),
      isStopped: () => console.interrupted.aborted,
      onObject: ({ object, bytes, error, faults }) => {
        progress.add(bytes);
        if (error !== undefined) progress.line(`failed: ${sanitize(error.message, 1000)}`);
        for (const { index, offset, reason } of faults) {
          const where = `${objectName(object)}: record ${index} at byte ${offset}`;
          progress.line(`passed over: ${sanitize(`${where}: ${reason}`, 1000)}`);
        }
      },
    });
    return { result, skipped, seconds: (console.now() - startedAt) / 1000 };
  } finally {
    isOver = true;
    progress.end();
    await readers.close();
  }
}

async function* logsOf(
  objects: TrailObjects,
  skipped: SkippedFiles,
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
        skipped.add(found.as);
        break;
      case 'failure':
        skipped.fail(found.error, (line) => progress.line(line));
        break;
    }
  }
}

function memoryNotes(memory: FileMemory | undefined, file: string | undefined, partial: boolean): string[] {
  if (memory === undefined) return [];
  return [
    ...(memory.recalled === 0 ? [] : [`known from ${file}, not read again: ${formatMany(memory.recalled, 'object')}`]),
    ...(partial ? [`the same command goes on from here, by ${file}`] : []),
  ];
}

function exitCodeOf({ totals }: ReplayResult, skipped: SkippedFiles, console: Console): ExitCode {
  if (console.interrupted.aborted) return ExitCode.Interrupted;
  if (totals.objects === 0) {
    // Where something failed, that was told.
    if (skipped.failures === 0) console.stderr.write(`${NOTHING_FOUND}\n`);
    return ExitCode.Incomplete;
  }
  return totals.failedObjects + skipped.failures > 0 ? ExitCode.Incomplete : ExitCode.Ok;
}

export const NOTHING_FOUND =
  'nothing to read was found: give a folder, file or glob of .json.gz or .json files, or a prefix of a trail in S3';

/** Files that were not read: by kind those passed over on purpose, and how many places could not be looked at. */
export class SkippedFiles {
  readonly byKind = new Map<NotRead, number>();
  failures = 0;

  add(kind: NotRead): void {
    this.byKind.set(kind, getOrInsert(this.byKind, kind, () => 0) + 1);
  }

  fail(error: RegionsweepError, tell: (line: string) => void): void {
    this.failures += 1;
    tell(`failed: ${sanitize(error.message, 1000)}`);
  }

  counts(): string[] {
    return [...this.byKind].map(([kind, count]) => `${formatMany(count, 'file')} (${kind})`);
  }

  /** The same as lines of a text: none where nothing was passed over. */
  lines(): string[] {
    return skippedLine(this.counts());
  }
}

/** What a replay did, for stderr. What did not occur is left out. */
export function summaryLines(
  { alerts, totals, partial }: ReplayResult,
  files: SkippedFiles,
  notes: readonly string[],
  seconds: number,
): string[] {
  const failed = totals.failedObjects + files.failures;
  const skipped = [
    ...files.counts(),
    ...counted(totals.unattributed, 'call', 'without an identity'),
    ...counted(totals.outsideTime, 'call', 'outside --since and --until'),
    ...counted(totals.ignoredRegion, 'call', 'in ignored regions'),
    ...counted(totals.excepted, 'call', 'of an exception'),
    ...counted(totals.faults, 'record', 'with a fault'),
  ];
  return [
    `${partial ? 'PARTIAL, stopped before the end: ' : ''}${formatMany(alerts.length, 'alert')}`,
    `read ${formatMany(totals.objects, 'object')} (${formatBytes(totals.bytes)}, ${formatMany(totals.records, 'record')}, ${formatCount(totals.matchedCalls)} DescribeInstances) in ${formatDuration(seconds)}`,
    ...skippedLine(skipped),
    ...(failed === 0
      ? []
      : [`failed: ${formatMany(failed, 'object')}, each named above; what came before a fault counted`]),
    ...notes,
  ];
}

/** One line for each exception, also for one that nothing was of: it may be out of date, or mistyped. */
export function exceptionLines(exceptions: readonly Exception[], { exceptedBy }: ReplayTotals): string[] {
  return exceptions.map((exception) => {
    const count = exceptedBy.get(exception.name) ?? 0;
    return `${describeException(exception)}: ${count === 0 ? 'no call' : formatMany(count, 'call')}`;
  });
}

function skippedLine(counts: readonly string[]): string[] {
  return counts.length === 0 ? [] : [`passed over: ${counts.join(', ')}`];
}

function counted(count: number, noun: string, what: string): string[] {
  return count === 0 ? [] : [`${formatMany(count, noun)} ${what}`];
}

/**
 * The exceptions of a file that have not expired; those that have are named on stderr. A fault in one of them stops the
 * command, unlike the function: here somebody is there to mend it.
 * @throws UsageError, after every fault was named on stderr
 */
export function exceptionsOf(file: string | undefined, { stderr, time }: Console): Exception[] {
  if (file === undefined) return [];
  const { exceptions, faults } = readFile(file);
  for (const fault of faults) stderr.write(`${sanitize(`${file}: ${fault}`, 1000)}\n`);
  if (faults.length > 0) throw new UsageError(`--exceptions ${file}: has faults, each named above`);
  const { active, expired } = sortByExpiry(exceptions, time());
  for (const exception of expired) stderr.write(`${sanitize(expiryNotice(exception), 1000)}\n`);
  return active;
}

function readFile(file: string): ReturnType<typeof readExceptions> {
  try {
    return readExceptions(readFileSync(file, 'utf8'));
  } catch (cause) {
    const what = cause instanceof ConfigurationError ? '' : 'cannot be read: ';
    throw new UsageError(`--exceptions ${file}: ${what}${reasonOf(cause)}`, { cause });
  }
}
