import { describeException, type Exception } from '../../lambda/detection/exceptions';
import type { ReplayResult, ReplayTotals, StoredObject } from '../../lambda/pipeline/replay';
import { sanitize } from '../../lambda/util/sanitize';
import { formatBytes, formatCount, formatDuration, formatMany } from '../cli/progress';
import type { InputObject, SkipReason } from '../inputs/model';

export const NOTHING_FOUND =
  'no log files found: give a folder, file or glob of .json.gz or .json files, or the S3 prefix of a trail';

/** Inputs that were not read: how many were skipped by reason, and how many could not be listed. */
export class SkippedFiles {
  private readonly byReason = new Map<SkipReason, number>();
  failures = 0;

  /** The log files among inputs, until Ctrl-C; the others are counted. */
  async *logs(
    inputs: AsyncIterable<InputObject>,
    interrupted: AbortSignal,
    writeLine: (line: string) => void,
  ): AsyncIterable<StoredObject> {
    for await (const input of inputs) {
      if (interrupted.aborted) return;
      if (input.kind === 'log') yield input;
      else if (input.kind === 'skipped') {
        this.byReason.set(input.reason, (this.byReason.get(input.reason) ?? 0) + 1);
      } else {
        this.failures += 1;
        writeLine(`failed: ${sanitize(input.error.message, 1000)}`);
      }
    }
  }

  /** One line, or none where nothing was skipped. */
  lines(more: readonly string[] = []): string[] {
    const files = [...this.byReason].map(([reason, count]) => `${formatMany(count, 'file')} (${reason})`);
    return listed('skipped', [...files, ...more]);
  }
}

/** What a replay did, for stderr; what did not occur is omitted. */
export function summaryLines(
  { alerts, totals, partial }: ReplayResult,
  files: SkippedFiles,
  seconds: number,
): string[] {
  const failed = totals.failedObjects + files.failures;
  const counts =
    `${formatBytes(totals.bytes)}, ${formatMany(totals.records, 'record')}, ` +
    `${formatCount(totals.matchedCalls)} DescribeInstances`;
  return [
    `${partial ? 'PARTIAL, stopped before the end: ' : ''}${formatMany(alerts.length, 'alert')}`,
    `read ${formatMany(totals.objects, 'object')} (${counts}) in ${formatDuration(seconds)}`,
    ...files.lines([
      ...counted(totals.unattributed, 'call', 'without an identity'),
      ...counted(totals.outsideTime, 'call', 'outside --since and --until'),
      ...counted(totals.ignoredRegion, 'call', 'in ignored regions'),
      ...counted(totals.faults, 'invalid record', ''),
    ]),
    ...listed('excluded', counted(totals.excepted, 'call', 'by exceptions')),
    ...listed('failed', counted(failed, 'object', '(listed above; records before a fault were counted)')),
  ];
}

/** One line for each exception, also for one that matched nothing: it may be out of date, or mistyped. */
export function exceptionLines(exceptions: readonly Exception[], { exceptedBy }: ReplayTotals): string[] {
  return exceptions.map((exception) => {
    const count = exceptedBy.get(exception.name) ?? 0;
    return `${describeException(exception)}: ${count === 0 ? 'no calls' : formatMany(count, 'call')}`;
  });
}

function listed(what: string, counts: readonly string[]): string[] {
  return counts.length === 0 ? [] : [`${what}: ${counts.join(', ')}`];
}

function counted(count: number, noun: string, what: string): string[] {
  return count === 0 ? [] : [`${formatMany(count, noun)} ${what}`.trimEnd()];
}
