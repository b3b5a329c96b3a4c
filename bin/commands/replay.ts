import { type Command, Option } from 'commander';
import { chooseInflate } from '../../lambda/adapters/inflate-choice';
import { CLI_OUTPUT_LIMIT } from '../../lambda/adapters/inflate-limits';
import { MemoryLedger } from '../../lambda/adapters/memory-ledger';
import { inert } from '../../lambda/alert/inert';
import { type ReplayResult, replay, type StoredObject } from '../../lambda/detect/replay';
import { UsageError } from '../../lambda/errors';
import { objectName } from '../../lambda/ports';
import type { Reading } from '../../lambda/trail/object-reader';
import { FORMATS, type Format, openOutput } from '../alert-output';
import type { Console } from '../console';
import { ExitCode } from '../exit-code';
import { type LocalObjects, openLocalObjects } from '../local-objects';
import { byteSize, instant, positiveInteger, type RuleOptions, ruleOf } from '../options';
import { Progress } from '../progress';
import { PassedOverFiles, summaryLines } from '../replay-summary';

export interface ReplayCommandOptions extends RuleOptions {
  readonly format?: Format;
  readonly out?: string;
  readonly since?: number;
  readonly until?: number;
  readonly inflateLimit?: number;
}

export function addReplayCommand(
  program: Command,
  run: (paths: string[], options: ReplayCommandOptions) => Promise<void>,
): void {
  program
    .command('replay')
    .description('Run the detector over CloudTrail files and tell every hit.')
    .argument('<paths...>', 'folders, files or globs of .json.gz and .json, or - for standard input')
    .addOption(
      new Option(
        '--format <format>',
        'form of the result (default: table on a terminal, else ndjson)',
      ).choices(FORMATS),
    )
    .option('--out <file>', 'write the result to a file instead of standard output')
    .addOption(
      new Option('--windowing <how>', 'fixed windows, or any window of that length')
        .choices(['tumbling', 'sliding'])
        .default('tumbling'),
    )
    .option('--min-regions <n>', 'distinct regions that make a hit (default: 10)', positiveInteger)
    .option(
      '--min-calls <n>',
      'distinct calls that make a hit (default: as many as regions)',
      positiveInteger,
    )
    .option('--window <seconds>', 'length of a window (default: 30)', positiveInteger)
    .option('--since <time>', 'count only calls from this day or time on, UTC', instant)
    .option('--until <time>', 'count only calls before this day or time, UTC', instant)
    .addOption(
      new Option('--group-by <what>', 'count sessions of a role apart, or together')
        .choices(['arn', 'issuer'])
        .default('arn'),
    )
    .option('--inflate-limit <size>', 'most bytes one object may inflate to (default: 1G)', byteSize)
    .action(run);
}

/** Runs the command. Results go to the output, all else to stderr. */
export async function runReplay(
  paths: readonly string[],
  options: ReplayCommandOptions,
  console: Console,
): Promise<ExitCode> {
  if (options.since !== undefined && options.until !== undefined && options.since >= options.until) {
    throw new UsageError('--since must be before --until');
  }
  const inflate = chooseInflate(console.env.REGIONSWEEP_INFLATE);
  const output = await openOutput(console, options.format, options.out);
  const objects = await openLocalObjects(paths, console);
  try {
    const reading: Reading = {
      source: objects.source,
      inflate: inflate.engine,
      limit: options.inflateLimit ?? CLI_OUTPUT_LIMIT,
      rule: ruleOf(options),
      since: options.since,
      until: options.until,
    };
    const { result, passedOver, seconds } = await replayWithProgress(objects, reading, console);
    await output.write(result.alerts);
    for (const line of summaryLines(result, passedOver, inflate.reason, seconds))
      console.stderr.write(`${line}\n`);
    return exitCodeOf(result, passedOver, console);
  } finally {
    await objects[Symbol.asyncDispose]();
  }
}

async function replayWithProgress(objects: LocalObjects, reading: Reading, console: Console) {
  const progress = new Progress(console);
  const passedOver = new PassedOverFiles();
  const startedAt = console.now();
  try {
    if (console.stderr.isTTY === true) objects.measure().then((amount) => progress.expect(amount));
    const result = await replay(logsOf(objects, passedOver, progress), {
      reading,
      ledger: new MemoryLedger(),
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
    progress.end();
  }
}

async function* logsOf(
  objects: LocalObjects,
  passedOver: PassedOverFiles,
  progress: Progress,
): AsyncIterable<StoredObject> {
  for await (const found of objects.find()) {
    switch (found.kind) {
      case 'log':
        yield found;
        break;
      case 'passed-over':
        passedOver.add(found.as);
        break;
      case 'failure':
        passedOver.failures += 1;
        progress.line(`failed: ${inert(found.error.message, 1000)}`);
        break;
    }
  }
}

function exitCodeOf({ totals }: ReplayResult, passedOver: PassedOverFiles, console: Console): ExitCode {
  if (console.interrupted.aborted) return ExitCode.Interrupted;
  if (totals.objects === 0) {
    console.stderr.write(
      'nothing to read was found: give a folder, file or glob of .json.gz or .json files\n',
    );
    return ExitCode.Incomplete;
  }
  return totals.failedObjects + passedOver.failures > 0 ? ExitCode.Incomplete : ExitCode.Ok;
}
