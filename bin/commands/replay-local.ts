import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLI_OUTPUT_LIMIT } from '../../lambda/adapters/inflate/bounds';
import { chooseInflate } from '../../lambda/adapters/inflate/engine';
import type { Alert } from '../../lambda/alert/model';
import type { Exception } from '../../lambda/detection/exceptions';
import type { RuleParameters } from '../../lambda/detection/rule';
import { AbandonedError } from '../../lambda/errors';
import { type ReadObject, Replay, type StoredObject } from '../../lambda/pipeline/replay';
import { type ObjectRef, type ObjectSource, objectName } from '../../lambda/ports';
import type { ReadOptions } from '../../lambda/trail/object-reader';
import { sanitize } from '../../lambda/util/sanitize';
import { interruption, untilInterrupted } from '../cli/interruption';
import { type Console, ExitCode, turns } from '../cli/io';
import { type Format, openOutput, type ReadStatement } from '../cli/output';
import { type Amount, formatMany, Progress } from '../cli/progress';
import { listAll, measure, openObjects, type TrailObjects } from '../inputs/inputs';
import type { TrailPaths } from '../inputs/model';
import { type LabelOptions, type Labels, readExceptionFile, readLabels } from '../inputs/option-files';
import type { FileMemory } from '../inputs/replay-memory';
import { ReadingPool } from '../workers/pool';
import { Ring } from '../workers/ring';
import { exceptionLines, isComplete, NOTHING_FOUND, SkippedFiles, statementOf, summaryLines } from './replay-summary';

/** How a trail is read in this process; the names of files are those of the options. */
export interface LocalReading extends LabelOptions {
  readonly out?: string | undefined;
  /** bytes */
  readonly inflateLimit?: number | undefined;
  readonly state?: string | undefined;
  readonly exceptions?: string | undefined;
  readonly threads?: number | undefined;
  /** UTC epoch second; by default now */
  readonly startedAt?: number | undefined;
}

export interface LocalReplay extends LocalReading {
  readonly rule: RuleParameters;
  readonly format?: Format | undefined;
  /** whether a table shows all alerts whole */
  readonly all?: boolean | undefined;
}

/** What is made of a trail. */
export interface Use extends Pick<ReadOptions, 'rule' | 'keepsCallers' | 'exceptions'> {
  /** writes the result once all is read */
  finish(run: LocalRun): Promise<Outcome>;
}

interface Outcome {
  /** how much the result is */
  readonly found: string;
  /** more lines of the summary */
  readonly more?: readonly string[];
  /** whether the result says on the terminal what the summary would */
  readonly isSaid?: boolean;
}

/** S3 objects open at a time: each request takes tens of milliseconds, in which others can come in. */
const OBJECTS_AT_A_TIME = 32;

/** Stored bytes that are searched for evidence without a turn: they may inflate to a hundred times as many. */
const PIECE_BYTES = 64 * 1024;

/** After Ctrl-C evidence of what was found is read for so long: of a few alerts nothing is missing then. */
const GRACE_MS = 1000;

/** @throws UsageError */
export async function replayLocal(trail: TrailPaths, options: LocalReplay, console: Console): Promise<ExitCode> {
  const exceptions = await exceptionsOf(options, console);
  const labels = await readLabels(options, console);
  const output = await openOutput(console, { ...options, inputs: inputsOf(trail, options) });
  const finish = async (run: LocalRun) => {
    const alerts = await run.alerts(labels);
    run.endProgress();
    const statement = alerts.length > 0 ? undefined : await run.statement();
    await output.write(alerts, statement);
    const isSaid = statement !== undefined && output.isOnTerminal;
    return { found: formatMany(alerts.length, 'alert'), more: statement?.nearMisses ?? [], isSaid };
  };
  return readLocal(trail, options, { rule: options.rule, exceptions, finish }, console);
}

/** @throws UsageError */
export async function exceptionsOf({ exceptions }: LocalReading, console: Console): Promise<Exception[]> {
  return exceptions === undefined ? [] : readExceptionFile(exceptions, console);
}

/** All that a command reads. */
export function inputsOf({ paths }: TrailPaths, options: LocalReading): string[] {
  return [...paths, ...filesOf(options)];
}

/** What a command reads beside the trail. */
function filesOf({ exceptions, state, accountNames, asn = [] }: LocalReading): string[] {
  return [exceptions, state, accountNames, ...asn].filter((file) => file !== undefined);
}

/** Reads a trail with progress, and sums up what was read. @throws UsageError */
export async function readLocal(
  trail: TrailPaths,
  options: LocalReading,
  { finish, exceptions = [], ...counting }: Use,
  console: Console,
): Promise<ExitCode> {
  const inflate = chooseInflate(console.env.REGIONSWEEP_INFLATE);
  const own = [...filesOf(options), options.out].filter((file) => file !== undefined);
  const objects = without(await openObjects(trail, console), own);
  let memory: FileMemory | undefined;
  try {
    const { since, until } = trail.keyFilter;
    const reading: ReadOptions = {
      source: objects.source,
      listing: objects.listing,
      inflate: inflate.engine,
      limit: options.inflateLimit ?? CLI_OUTPUT_LIMIT,
      ...{ ...counting, since, until, exceptions },
    };
    if (options.state !== undefined) {
      const { FileMemory } = await import('../inputs/replay-memory.js');
      memory = await FileMemory.open(options.state, reading, options.startedAt ?? console.time());
    }
    const run = new LocalRun({ objects, reading, memory, ...options }, console);
    const startedAt = console.now();
    const { found, more = [], isSaid = false } = await run.use(finish);
    const seconds = (console.now() - startedAt) / 1000;
    const { replay, skipped, slowness } = run;
    const lines = [
      ...(isSaid ? [] : [...summaryLines(replay, found, skipped, seconds), ...more]),
      ...(objects.notes?.() ?? []),
      ...exceptionLines(exceptions, replay.totals),
      ...memoryLines(replay, options.state, skipped),
      ...(inflate.reason === undefined ? [] : [inflate.reason]),
      ...(slowness === undefined ? [] : [`files are read slowly: ${slowness}`]),
    ];
    for (const line of lines) console.stderr.write(`${line}\n`);
    return exitCodeOf(replay, skipped, console);
  } finally {
    await objects[Symbol.asyncDispose]();
    await memory?.close();
  }
}

function memoryLines({ recalled, isPartial }: Replay, file: string | undefined, { isDenied }: SkippedFiles): string[] {
  if (file === undefined) {
    return isDenied ? ['renew the credentials and run it again; with --state FILE it can be continued'] : [];
  }
  const known = `already in ${file}, not read again: ${formatMany(recalled, 'object')}`;
  const again = `${isDenied ? 'renew the credentials, then ' : ''}run the same command again to continue from ${file}`;
  return [...(recalled === 0 ? [] : [known]), ...(isPartial ? [again] : [])];
}

/** Leaves out the command's other files, which may be in the folder that is read. */
function without(objects: TrailObjects, files: readonly string[]): TrailObjects {
  const own = new Set(files.map((file) => resolve(file)));
  if (own.size === 0) return objects;
  return {
    ...objects,
    *local() {
      for (const input of objects.local()) {
        if (input.kind !== 'log' || !own.has(resolve(input.object.key))) yield input;
      }
    },
  };
}

interface RunOptions extends Pick<LocalReplay, 'threads'> {
  readonly objects: TrailObjects;
  readonly reading: ReadOptions;
  readonly memory: FileMemory | undefined;
}

/** One reading of a trail, and its progress. */
export class LocalRun {
  replay: Replay;
  skipped = new SkippedFiles();
  slowness: string | undefined;
  private readonly progress: Progress;
  private pool: ReadingPool | undefined;

  constructor(
    private readonly options: RunOptions,
    private readonly console: Console,
  ) {
    this.replay = new Replay(options.reading.rule, options.memory);
    this.progress = new Progress(console, () => this.amount(), options.objects.progress);
  }

  /** Reads everything, and then has it used. */
  async use<T>(finish: (run: LocalRun) => Promise<T>): Promise<T> {
    const { objects, reading, threads = availableParallelism() } = this.options;
    let isOver = false;
    try {
      // Listing everything first costs nothing on a disk; in S3 it would be paid for twice.
      if (this.console.stderr.isTTY === true && !objects.isRemote) {
        // Progress goes without a total where it fails.
        measure(listAll(objects), () => isOver).then(
          (total) => (this.progress.total = total),
          () => undefined,
        );
      }
      if (!(await this.read(threads))) {
        // What a thread has found is lost with it.
        this.replay = new Replay(reading.rule, this.options.memory);
        this.skipped = new SkippedFiles();
        await this.pool?.close();
        await this.read(1);
      }
      return await finish(this);
    } finally {
      isOver = true;
      this.endProgress();
      await this.pool?.close();
    }
  }

  /** Clears the bar, before results are written to the same terminal. */
  endProgress(): void {
    this.progress.status.end();
  }

  /** What was read, and by which rule. */
  statement(): Promise<ReadStatement> {
    return statementOf(this.replay, this.options.reading.rule, this.skipped, turns());
  }

  /** All alerts, newest window first. */
  alerts(labels: Labels): Promise<Alert[]> {
    const { reading } = this.options;
    const turn = turns();
    const source: ObjectSource = {
      // What many objects have come in with is worked on without waiting.
      async *read(ref) {
        for await (const piece of reading.source.read(ref)) {
          for (let at = 0; at < piece.length; at += PIECE_BYTES) {
            await turn();
            yield piece.subarray(at, at + PIECE_BYTES);
          }
        }
        await turn();
      },
    };
    this.progress.phase = 'evidence';
    let isTimeUp = false;
    const timeUp = interruption(this.console.interrupted)
      .then(() => sleep(GRACE_MS, undefined, { ref: false }))
      .then(() => {
        isTimeUp = true;
      });
    return this.replay.alerts({
      reading: { ...reading, source, records: this.pool?.records },
      ...{ concurrency: OBJECTS_AT_A_TIME, turn, timeUp, isTimeUp: () => isTimeUp },
      ...labels,
    });
  }

  /** @returns false where a thread was lost */
  private async read(threads: number): Promise<boolean> {
    const { objects, reading, memory } = this.options;
    const { interrupted, now } = this.console;
    const writeLine = (line: string) => this.progress.status.line(line);
    const onObject = (object: ObjectRef, { failure, faults }: ReadObject) => {
      if (failure !== undefined) this.skipped.name(failure, writeLine);
      for (const { index, offset, reason } of faults) {
        const where = `${objectName(object)}: record ${index} at byte ${offset}`;
        writeLine(`skipped: ${sanitize(`${where}: ${reason}`, 1000)}`);
      }
    };
    this.pool = new ReadingPool({
      ...{ reading, threads, interrupted, now, onObject },
      startsAll: this.options.threads !== undefined,
      addsAll: memory !== undefined,
      onTrouble: (line) => writeLine(sanitize(line, 1000)),
    });
    this.slowness = this.pool.slowness;
    const others: StoredObject[] = [];
    if (!(await this.pool.read(this.files(others, writeLine), this.replay))) return false;
    if (others.length === 0 && !objects.isRemote) return true;
    const { skipped } = this;
    const rest = async function* () {
      yield* others;
      yield* skipped.logs(untilInterrupted(objects.remote(), interrupted), interrupted, writeLine);
    };
    const here = new Set(others.map(({ object }) => object));
    // A request may stall; what is here is read to its end.
    const source: ObjectSource = {
      read: (ref) => {
        const bytes = reading.source.read(ref);
        if (here.has(ref)) return bytes;
        return untilInterrupted(bytes, interrupted, new AbandonedError(`${objectName(ref)}: left at Ctrl-C`));
      },
    };
    const isStopped = () => interrupted.aborted || skipped.isDenied;
    await this.replay.read(rest(), {
      reading: { ...reading, source },
      concurrency: OBJECTS_AT_A_TIME,
      onObject,
      isStopped,
    });
    return true;
  }

  /** The local files to read. @param others is given what is no file: a pipe, standard input */
  private *files(others: StoredObject[], writeLine: (line: string) => void): Iterator<StoredObject> {
    for (const input of this.options.objects.local()) {
      if (!this.skipped.isLog(input, writeLine)) continue;
      if (input.isFile === true && Ring.fits(input.object.key)) yield input;
      else others.push(input);
    }
  }

  private amount(): Amount {
    const { totals } = this.replay;
    const { objects, bytes } = this.pool?.amount ?? { objects: 0, bytes: 0 };
    return { objects: totals.objects + objects, bytes: totals.bytes + bytes };
  }
}

function exitCodeOf({ totals }: Replay, skipped: SkippedFiles, console: Console): ExitCode {
  if (console.interrupted.aborted) return ExitCode.Interrupted;
  if (totals.objects === 0 && skipped.unread === 0) console.stderr.write(`${NOTHING_FOUND}\n`);
  return isComplete({ totals }, skipped) ? ExitCode.Ok : ExitCode.Incomplete;
}
