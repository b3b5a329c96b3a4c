import { progressKey, type ReplayProgress } from '../../lambda/pipeline/replay-progress';
import { type HistoryEntry, readHistory } from '../../lambda/state/history';
import type { StateStore } from '../../lambda/state/store';
import { sanitize } from '../../lambda/util/sanitize';
import { type Console, ExitCode, pause } from '../cli/io';
import { formatCount, formatDuration, formatMany, StatusLine } from '../cli/progress';
import { journalCounts, writeJournal } from './alerts';

/** A replay on its way through a deployed detector. */
export interface Underway {
  readonly stackName: string;
  readonly store: StateStore;
  readonly replayId: string;
  /** objects that were sent */
  readonly sent: number;
  /** UTC epoch second at which the first was */
  readonly startedAt: number;
}

/** What the ledger tells of a replay. */
interface Sight {
  readonly done: number;
  /** objects whose message is in the dead letters */
  readonly failed: readonly ReplayProgress[];
  /** objects that failed and are tried again */
  readonly retried: number;
  /** what was told, held back and followed up */
  readonly alerts: readonly HistoryEntry[];
}

/** A message that was handed out so often went to the dead letters; MAX_RECEIVES of lib/pipeline-queue.ts. */
export const RECEIVES_FOR_GOOD = 10;

const POLL_MS = 2_000;

/** Of a large replay one look takes long, and costs: it is at most this share of the time. */
const LOOKING_SHARE = 0.2;

/** Ten receives of a message that the queue hides for six minutes each, and as much again. */
const LONGEST_SILENCE_SECONDS = 2 * 3600;

/** The clocks of the function and of this computer differ by less. */
const CLOCK_SLACK_SECONDS = 3600;

const MAX_FAILURES_NAMED = 1000;

/**
 * Follows a replay until each object is done or failed for good; then lists its alerts.
 * @throws LedgerError
 */
export async function followReplay(replay: Underway, console: Console): Promise<ExitCode> {
  let sight = await look(replay, console.time());
  let changedAt = console.now();
  const silence = () => (console.now() - changedAt) / 1000;
  const status = new StatusLine(console, () => statusText(sight, replay, silence()));
  try {
    let took = 0;
    while (!isOver(sight, replay) && silence() < LONGEST_SILENCE_SECONDS) {
      await pause(Math.max(POLL_MS, took / LOOKING_SHARE), console.interrupted);
      if (console.interrupted.aborted) return interrupted(replay, console);
      const begunAt = console.now();
      const next = await look(replay, console.time());
      took = console.now() - begunAt;
      if (JSON.stringify(next) !== JSON.stringify(sight)) changedAt = console.now();
      sight = next;
    }
  } finally {
    status.end();
  }
  return told(sight, replay, console);
}

async function look({ store, replayId, startedAt }: Underway, now: number): Promise<Sight> {
  const key = progressKey(replayId);
  const failures = new Map<string, ReplayProgress>();
  // Failures first: what is done by the time the rest is read has left them.
  for await (const { sortKey, value } of store.entries(key, 'failed/', 'failed0')) {
    failures.set(sortKey.slice('failed/'.length), JSON.parse(value) as ReplayProgress);
  }
  let done = 0;
  for await (const { sortKey } of store.entries(key, 'done/', 'done0')) {
    done += 1;
    failures.delete(sortKey.slice('done/'.length));
  }
  const alerts = new Map<string, HistoryEntry>();
  const from = startedAt - CLOCK_SLACK_SECONDS;
  for await (const entry of readHistory(store, from, now + CLOCK_SLACK_SECONDS, { replayId })) {
    alerts.set(`${entry.kind}/${entry.alertId}`, entry);
  }
  const failed = [...failures.values()].filter(({ receives }) => receives >= RECEIVES_FOR_GOOD);
  return { done, failed, retried: failures.size - failed.length, alerts: [...alerts.values()] };
}

function isOver({ done, failed }: Sight, { sent }: Underway): boolean {
  return done + failed.length >= sent;
}

function statusText({ done, failed, retried, alerts }: Sight, { sent }: Underway, silence: number): string {
  return [
    `${formatCount(done)} of ${formatMany(sent, 'object')} done`,
    ...(retried === 0 ? [] : [`${formatCount(retried)} to be tried again`]),
    ...(failed.length === 0 ? [] : [`${formatCount(failed.length)} failed for good`]),
    journalCounts(alerts),
    ...(silence < 60 ? [] : [`nothing new for ${formatDuration(silence)}`]),
  ].join(', ');
}

function told(sight: Sight, replay: Underway, console: Console): ExitCode {
  const { failed, done, alerts } = sight;
  for (const { object, reason } of failed.slice(0, MAX_FAILURES_NAMED)) {
    console.stderr.write(`failed for good: ${sanitize(`${object}: ${reason ?? 'no reason noted'}`, 2000)}\n`);
  }
  writeJournal(alerts, undefined, console);
  console.stderr.write(
    `replay ${replay.replayId}: ${formatMany(done, 'object')} done, ${formatCount(failed.length)} failed for good, ${journalCounts(alerts)}\n`,
  );
  if (isOver(sight, replay)) return failed.length > 0 ? ExitCode.Incomplete : ExitCode.Ok;
  console.stderr.write(
    `${formatMany(replay.sent - done - failed.length, 'object')} not heard of for ${formatDuration(LONGEST_SILENCE_SECONDS)}: look at the function's log and the dead letters of ${replay.stackName}\n`,
  );
  return ExitCode.Incomplete;
}

function interrupted({ replayId, stackName }: Underway, console: Console): ExitCode {
  console.stderr.write(
    `replay ${replayId} goes on without being followed; later: regionsweep alerts --stack ${stackName} --replay ${replayId}\n`,
  );
  return ExitCode.Interrupted;
}
