import { describeException, type Exception } from '../../lambda/detection/exceptions';
import { type NearMiss, nearMissesOf, type RuleChange } from '../../lambda/detection/near-misses';
import type { RuleParameters } from '../../lambda/detection/rule';
import { accountOfArn } from '../../lambda/detection/store-keys';
import {
  type Failure,
  failureOf,
  type Replay,
  type ReplayTotals,
  type StoredObject,
} from '../../lambda/pipeline/replay';
import { type ObjectRef, objectName } from '../../lambda/ports';
import type { Turn } from '../../lambda/util/concurrency';
import { sanitize } from '../../lambda/util/sanitize';
import { formatInstant, plural } from '../../lambda/util/values';
import { PARTIAL } from '../cli/interruption';
import type { ReadStatement } from '../cli/output';
import { formatBytes, formatCount, formatDuration, formatMany } from '../cli/progress';
import type { InputObject, SkipReason } from '../inputs/model';

export const NOTHING_FOUND =
  'no log files found: give a folder with .json or .json.gz files, a file of any name, or the S3 prefix of a trail';

/** Inputs that were not read: numbers of those skipped by reason, archived, or not listed. */
export class SkippedFiles {
  private readonly byReason = new Map<SkipReason, number>();
  private readonly archived: Named = { count: 0 };
  private readonly foreign: Named = { count: 0 };
  private readonly unnamed: Named = { count: 0 };
  /** paths that could not be listed */
  failures = 0;
  /** whether the credentials were refused, so that nothing more can be read */
  isDenied = false;

  /** Whether an input is a log file to read; the others are counted. */
  isLog(input: InputObject, writeLine: (line: string) => void): input is Extract<InputObject, { kind: 'log' }> {
    switch (input.kind) {
      case 'log':
        return true;
      case 'skipped':
        this.byReason.set(input.reason, (this.byReason.get(input.reason) ?? 0) + 1);
        if (input.reason === 'other' && input.object !== undefined) add(this.foreign, input.object);
        if (input.reason === 'other' && input.path !== undefined) add(this.unnamed, { bucket: '', key: input.path });
        return false;
      case 'archived':
        add(this.archived, input.object);
        return false;
      case 'failure':
        this.failures += 1;
        this.name(failureOf(input.error), writeLine);
        return false;
    }
  }

  /** Yields the log files among inputs, until Ctrl-C or a fault of the credentials. */
  async *logs(
    inputs: AsyncIterable<InputObject>,
    interrupted: AbortSignal,
    writeLine: (line: string) => void,
  ): AsyncIterable<StoredObject> {
    for await (const input of inputs) {
      if (interrupted.aborted) return;
      if (this.isLog(input, writeLine)) yield input;
      if (this.isDenied) return;
    }
  }

  /** Reports what cannot be read. A fault of the credentials concerns every object, and is reported once. */
  name({ message, isOfCredentials }: Failure, writeLine: (line: string) => void): void {
    if (!(this.isDenied && isOfCredentials)) writeLine(`failed: ${sanitize(message, 1000)}`);
    this.isDenied ||= isOfCredentials;
  }

  /** The number of inputs that should have been read. */
  get unread(): number {
    return this.failures + this.archived.count;
  }

  /** No lines if nothing was skipped. */
  lines(more: readonly string[] = []): string[] {
    const files = [...this.byReason].map(([reason, count]) => `${formatMany(count, 'file')} (${reason})`);
    const { foreign, unnamed, archived } = this;
    return [
      ...listed('skipped', [...files, ...more]),
      ...named(foreign, "not of CloudTrail's layout, as", '; --any-key reads them, and s3://BUCKET/KEY a single one'),
      ...named(
        unnamed,
        'not .json, .jsonl or .ndjson, as',
        '; a file that is named, also by a pattern such as *.log, is read',
      ),
      ...named(archived, 'failed: archived, as', '; restore them with aws s3api restore-object, then run this again'),
    ];
  }
}

/** A number of objects, and the name of the first. */
interface Named {
  count: number;
  first?: ObjectRef;
}

function add(to: Named, object: ObjectRef): void {
  to.count += 1;
  to.first ??= object;
}

function named({ count, first }: Named, what: string, end: string): string[] {
  if (first === undefined) return [];
  const others = count === 1 ? '' : ` and ${formatMany(count - 1, 'other')}`;
  return [`${what} ${sanitize(objectName(first), 1000)}${others}${end}`];
}

/** The summary of a replay for stderr, without zero counts. */
export function summaryLines(
  { totals, isPartial }: Replay,
  found: string,
  files: SkippedFiles,
  seconds?: number,
): string[] {
  const failed = totals.failedObjects + files.failures;
  const counts =
    `${formatBytes(totals.bytes)}, ${formatMany(totals.records, 'record')}, ` +
    `${formatCount(totals.matchedCalls)} DescribeInstances`;
  return [
    `${isPartial ? `${PARTIAL}: ` : ''}${found}`,
    `read ${formatMany(totals.objects, 'object')} (${counts})${seconds === undefined ? '' : ` in ${formatDuration(seconds)}`}`,
    ...files.lines([
      ...counted(totals.unattributed, 'call', 'without an identity'),
      ...counted(totals.outsideTime, 'call', 'outside --since and --until'),
      ...counted(totals.ignoredRegion, 'call', 'in ignored regions'),
      ...counted(totals.faults, 'invalid record', ''),
    ]),
    ...listed('excluded', counted(totals.excepted, 'call', 'by exceptions')),
    ...(areAllUnplaceable(totals)
      ? [`failed: none of the ${totals.unplaceable} DescribeInstances could be placed`]
      : []),
    ...listed('failed', counted(failed, 'object', '(named on standard error; records before a fault were counted)')),
  ];
}

type Extent = ReturnType<typeof extentOf>;

/** The interval, regions and accounts of the matched calls; undefined without calls. */
function extentOf({ calls: { length, first, last, regions, actors } }: Replay) {
  if (length === 0) return undefined;
  const accounts = new Set(actors.map((actor) => accountOfArn(actor) ?? 'unknown'));
  const span = { first: formatInstant(first), last: formatInstant(last) };
  return { ...span, regions: regions.length, accounts: accounts.size };
}

function extentLine(extent: Extent): string {
  if (extent === undefined) return 'no DescribeInstances was read';
  const where = `${formatMany(extent.regions, 'region')} and ${formatMany(extent.accounts, 'account')}`;
  return `calls from ${extent.first} to ${extent.last} in ${where}`;
}

/** The lines of a replay without alerts: what was read, the rule, and the near misses. */
export async function statementOf(
  replay: Replay,
  rule: RuleParameters,
  files: SkippedFiles,
  turn: Turn,
): Promise<ReadStatement> {
  const { totals, isPartial } = replay;
  const extent = extentOf(replay);
  const nearMisses = await nearMissesOf(replay.calls, rule, turn);
  const { minRegions, minCalls, windowSeconds, windowing, slowWindowSeconds, groupBy } = rule;
  const slow = slowWindowSeconds === 0 ? '' : `, and within any ${slowWindowSeconds} s`;
  const near = extent === undefined ? [] : nearMissLines(nearMisses);
  return {
    isComplete: !isPartial && isComplete(replay, files),
    lines: [
      ...(isPartial ? [PARTIAL] : []),
      `rule: ${plural(minRegions, 'region')} within ${windowSeconds} s (${windowing})${slow}, by ${groupBy}`,
      extentLine(extent),
      ...summaryLines(replay, '', files).slice(1),
      ...near,
    ],
    nearMisses: near,
    content: {
      rule: { minRegions, minCalls, windowSeconds, windowing, slowWindowSeconds, groupBy },
      read: {
        ...{ objects: totals.objects, unread: totals.failedObjects + files.unread, bytes: totals.bytes },
        ...{ records: totals.records, calls: totals.matchedCalls, faults: totals.faults, partial: isPartial },
        ...extent,
      },
      nearMisses: nearMisses.map(({ actor, regions, start, end, change }) => {
        const window = { start: formatInstant(start), end: formatInstant(end) };
        return { actor, regionCount: regions, window, foundWith: change };
      }),
    },
  };
}

function nearMissLines(nearMisses: readonly NearMiss[]): string[] {
  if (nearMisses.length === 0) return ['no near misses: no identity called in two regions within one window'];
  const lines = nearMisses.map(({ actor, regions, start, end, change }) => {
    const when = `${plural(regions, 'region')} within ${end - start} s from ${formatInstant(start)}`;
    const sessions = change.groupBy === undefined ? '' : ', all its sessions';
    return `  ${when}, found with ${optionsOf(change)}: ${sanitize(actor, 300)}${sessions}`;
  });
  return ['nearest misses:', ...lines];
}

/** The command-line options for a change of the rule. */
function optionsOf({ minRegions, minCalls, windowing, slowWindowSeconds, groupBy }: RuleChange): string {
  const options = Object.entries({
    ...{ '--min-regions': minRegions, '--min-calls': minCalls, '--windowing': windowing },
    ...{ '--slow-window': slowWindowSeconds, '--group-by': groupBy },
  });
  return options.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`])).join(' ');
}

/** Whether there were inputs, and all of them were read. */
export function isComplete({ totals }: Pick<Replay, 'totals'>, { unread }: SkippedFiles): boolean {
  return totals.objects > 0 && totals.failedObjects + unread === 0 && !areAllUnplaceable(totals);
}

/** Whether all matched calls are invalid or a service's, so that nothing was searched. */
function areAllUnplaceable(totals: ReplayTotals): boolean {
  const { matchedCalls, ignoredRegion, outsideTime, excepted, unplaceable } = totals;
  return unplaceable > 0 && matchedCalls + ignoredRegion + outsideTime + excepted === 0;
}

/** One line for each exception, even if it matched nothing: it may be out of date or mistyped. */
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
