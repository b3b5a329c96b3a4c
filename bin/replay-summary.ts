import { inert } from '../lambda/alert/inert';
import { entry } from '../lambda/collections';
import type { ReplayResult } from '../lambda/detect/replay';
import type { ReplayTotals } from '../lambda/detect/replay-totals';
import type { RegionsweepError } from '../lambda/errors';
import { describeException } from '../lambda/rule/exception-list';
import type { Exception } from '../lambda/rule/exceptions';
import type { NotRead } from './objects/found';
import { formatBytes, formatCount, formatDuration, formatMany } from './units';

export const NOTHING_FOUND =
  'nothing to read was found: give a folder, file or glob of .json.gz or .json files, or a prefix of a trail in S3';

/** Files that were not read: by kind those passed over on purpose, and how many places could not be looked at. */
export class PassedOverFiles {
  readonly byKind = new Map<NotRead, number>();
  failures = 0;

  add(kind: NotRead): void {
    this.byKind.set(kind, entry(this.byKind, kind, () => 0) + 1);
  }

  fail(error: RegionsweepError, tell: (line: string) => void): void {
    this.failures += 1;
    tell(`failed: ${inert(error.message, 1000)}`);
  }

  counts(): string[] {
    return [...this.byKind].map(([kind, count]) => `${formatMany(count, 'file')} (${kind})`);
  }

  /** The same as lines of a text: none where nothing was passed over. */
  lines(): string[] {
    return passedOverLine(this.counts());
  }
}

/** What a replay did, for stderr. What did not occur is left out. */
export function summaryLines(
  { alerts, totals, partial }: ReplayResult,
  files: PassedOverFiles,
  notes: readonly string[],
  seconds: number,
): string[] {
  const failed = totals.failedObjects + files.failures;
  const passedOver = [
    ...files.counts(),
    ...counted(totals.unattributed, 'call', 'without an identity'),
    ...counted(totals.outsideTime, 'call', 'outside --since and --until'),
    ...counted(totals.ignoredRegion, 'call', 'in ignored regions'),
    ...counted(totals.excepted, 'call', 'of an exception'),
    ...counted(totals.faults, 'record', 'with a fault'),
  ];
  return [
    `${partial ? 'PARTIAL, stopped before the end: ' : ''}${formatMany(alerts.length, 'alert')}`,
    `read ${formatMany(totals.objects, 'object')} (${formatBytes(totals.bytes)}, ${formatMany(totals.records, 'record')}, ${formatCount(totals.sightings)} DescribeInstances) in ${formatDuration(seconds)}`,
    ...passedOverLine(passedOver),
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

function passedOverLine(counts: readonly string[]): string[] {
  return counts.length === 0 ? [] : [`passed over: ${counts.join(', ')}`];
}

function counted(count: number, noun: string, what: string): string[] {
  return count === 0 ? [] : [`${formatMany(count, noun)} ${what}`];
}
