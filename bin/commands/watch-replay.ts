import { MAX_RECEIVES } from '../../lambda/messages/control-message';
import { type HistoryEntry, progressKey, type ReplayProgress, readHistory } from '../../lambda/state/history';
import { sanitize } from '../../lambda/util/sanitize';
import { PARTIAL, pause, unlessInterrupted } from '../cli/interruption';
import { type Console, ExitCode } from '../cli/io';
import { formatCount, formatDuration, formatMany, StatusLine } from '../cli/progress';
import type { Deployed } from '../inputs/deployed-stack';
import { journalCounts, writeJournal } from './alerts';

interface RunningReplay extends Pick<Deployed, 'stackName' | 'store'> {
  readonly replayId: string;
  /** number of objects sent */
  readonly sent: number;
  /** UTC epoch second of the first */
  readonly startedAt: number;
}

const POLL_MS = 2_000;

/** Greatest share of the time spent reading the status, which costs money for a large replay. */
const POLL_SHARE = 0.2;

/** Seconds without news: twice ten receives of a message that is hidden for six minutes each. */
const MAX_SILENCE_SECONDS = 2 * 3600;

/** Most seconds between the clocks of the function and of this computer. */
const CLOCK_SKEW_SECONDS = 3600;

const MAX_FAILURES_LISTED = 1000;

/**
 * Follows a replay until each object is done or went to the dead-letter queue, then lists its alerts.
 * @throws ServiceError, AbandonedError at Ctrl-C
 */
export async function followReplay(replay: RunningReplay, console: Console): Promise<ExitCode> {
  const later = `regionsweep alerts --stack ${replay.stackName} --replay ${replay.replayId}`;
  const left = `${PARTIAL}: replay ${replay.replayId} continues; list its alerts later with: ${later}`;
  const ask = () => unlessInterrupted(() => statusOf(replay, console.time()), console.interrupted, left);
  let status = await ask();
  let changedAt = console.now();
  const silence = () => (console.now() - changedAt) / 1000;
  const line = new StatusLine(console, () => statusText(status, replay, silence()));
  try {
    let took = 0;
    while (!isOver(status, replay) && silence() < MAX_SILENCE_SECONDS) {
      await pause(Math.max(POLL_MS, took / POLL_SHARE), console.interrupted);
      const startedAt = console.now();
      const next = await ask();
      took = console.now() - startedAt;
      if (JSON.stringify(next) !== JSON.stringify(status)) changedAt = console.now();
      status = next;
    }
  } finally {
    line.end();
  }
  return writeOutcome(status, replay, console);
}

type Status = Awaited<ReturnType<typeof statusOf>>;

/** The state of a replay in the state store. */
async function statusOf({ store, replayId, startedAt }: RunningReplay, now: number) {
  const key = progressKey(replayId);
  const failures = new Map<string, ReplayProgress>();
  // Read failures first: an object that is done by the second read is removed from them.
  for await (const { sortKey, value } of store.entries(key, 'failed/', 'failed0')) {
    failures.set(sortKey.slice('failed/'.length), JSON.parse(value) as ReplayProgress);
  }
  let done = 0;
  for await (const { sortKey } of store.entries(key, 'done/', 'done0')) {
    done += 1;
    failures.delete(sortKey.slice('done/'.length));
  }
  const alerts = new Map<string, HistoryEntry>();
  const [since, until] = [startedAt - CLOCK_SKEW_SECONDS, now + CLOCK_SKEW_SECONDS];
  for await (const entry of readHistory(store, since, until, { replayId })) {
    alerts.set(`${entry.kind}/${entry.alertId}`, entry);
  }
  // Those whose message went to the dead-letter queue; the others will be retried.
  const failed = [...failures.values()].filter(({ receives }) => receives >= MAX_RECEIVES);
  return { done, failed, retried: failures.size - failed.length, alerts: [...alerts.values()] };
}

function isOver({ done, failed }: Status, { sent }: RunningReplay): boolean {
  return done + failed.length >= sent;
}

function statusText({ done, failed, retried, alerts }: Status, { sent }: RunningReplay, silence: number): string {
  return [
    `${formatCount(done)} of ${formatMany(sent, 'object')} done`,
    ...(retried === 0 ? [] : [`${formatCount(retried)} to be retried`]),
    ...(failed.length === 0 ? [] : [`${formatCount(failed.length)} failed`]),
    journalCounts(alerts),
    ...(silence < 60
      ? []
      : [`no change for ${formatDuration(silence)} (ends after ${formatDuration(MAX_SILENCE_SECONDS)})`]),
  ].join(', ');
}

function writeOutcome(status: Status, replay: RunningReplay, console: Console): ExitCode {
  const { failed, done, alerts } = status;
  for (const { object, reason } of failed.slice(0, MAX_FAILURES_LISTED)) {
    console.stderr.write(`failed: ${sanitize(`${object}: ${reason ?? 'no reason recorded'}`, 2000)}\n`);
  }
  writeJournal(alerts, undefined, console);
  const counts = [`${formatMany(done, 'object')} done`, `${formatCount(failed.length)} failed`, journalCounts(alerts)];
  console.stderr.write(`replay ${replay.replayId}: ${counts.join(', ')}\n`);
  if (isOver(status, replay)) return failed.length > 0 ? ExitCode.Incomplete : ExitCode.Ok;
  const missing = formatMany(replay.sent - done - failed.length, 'object');
  console.stderr.write(
    `${missing} without news for ${formatDuration(MAX_SILENCE_SECONDS)}: check the function's log and the dead-letter queue of ${replay.stackName}\n`,
  );
  return ExitCode.Incomplete;
}
