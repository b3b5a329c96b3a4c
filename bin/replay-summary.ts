import { entry } from '../lambda/collections';
import type { ReplayResult } from '../lambda/detect/replay';
import type { PassedOverKind } from '../lambda/trail/object-key';
import { formatBytes, formatCount, formatDuration, formatMany } from './units';

/** Files that were not read: by kind those passed over on purpose, and how many places could not be looked at. */
export class PassedOverFiles {
  readonly byKind = new Map<PassedOverKind, number>();
  failures = 0;

  add(kind: PassedOverKind): void {
    this.byKind.set(kind, entry(this.byKind, kind, () => 0) + 1);
  }
}

/** What a replay did, for stderr. What did not occur is left out. */
export function summaryLines(
  { alerts, totals, partial }: ReplayResult,
  files: PassedOverFiles,
  inflate: string,
  seconds: number,
): string[] {
  const failed = totals.failedObjects + files.failures;
  const passedOver = [
    ...[...files.byKind].map(([kind, count]) => `${formatMany(count, 'file')} (${kind})`),
    ...counted(totals.unattributed, 'call', 'without an identity'),
    ...counted(totals.outsideTime, 'call', 'outside --since and --until'),
    ...counted(totals.ignoredRegion, 'call', 'in ignored regions'),
    ...counted(totals.faults, 'record', 'with a fault'),
  ];
  return [
    `${partial ? 'PARTIAL, stopped before the end: ' : ''}${formatMany(alerts.length, 'alert')}`,
    `read ${formatMany(totals.objects, 'object')} (${formatBytes(totals.bytes)}, ${formatMany(totals.records, 'record')}, ${formatCount(totals.sightings)} DescribeInstances) in ${formatDuration(seconds)}`,
    ...(passedOver.length === 0 ? [] : [`passed over: ${passedOver.join(', ')}`]),
    ...(failed === 0
      ? []
      : [`failed: ${formatMany(failed, 'object')}, each named above; what came before a fault counted`]),
    inflate,
  ];
}

function counted(count: number, noun: string, what: string): string[] {
  return count === 0 ? [] : [`${formatMany(count, noun)} ${what}`];
}
