import type { MatchedCall } from '../../lambda/detection/classify';
import type { RuleParameters } from '../../lambda/detection/rule';
import type { AlertState } from '../../lambda/notify/claims';
import { type RateLimit, rateLimitItem } from '../../lambda/notify/rate-limit';
import type { HistoryEntry } from '../../lambda/state/history';
import { getOrInsert } from '../../lambda/util/values';
import type { History, Run } from './history';
import { namedObjects, type Plan } from './plan';
import { replayIdOf } from './ports';

/** What judges look at: what was planned, what happened, and for each scope what was published and what is true. */
export interface Trial {
  readonly plan: Plan;
  readonly history: History;
  readonly scopes: readonly ScopeTrial[];
}

/** One scope of a world: the live state, or a replay. */
export interface ScopeTrial {
  readonly replayId: string | undefined;
  readonly truth: Truth;
  readonly alerts: readonly PublishedAlert[];
  readonly followUps: readonly PublishedAlert[];
  readonly notices: readonly PublishedNotice[];
  readonly summaries: readonly PublishedSummary[];
  /** the alerts that were suppressed, each with its last entry in the history */
  readonly suppressed: readonly HeldAlert[];
  /** the alerts that the rate limit held, each with its last entry in the history */
  readonly held: readonly HeldAlert[];
  /** entries of held alerts, in the order in which they were written */
  readonly heldEntries: readonly HistoryEntry[];
  /** the intervals of the rate limit as they ended */
  readonly limits: readonly { readonly from: number; readonly limit: RateLimit }[];
}

interface Published {
  readonly at: number;
  readonly run: Run;
}

export interface PublishedAlert extends Published {
  readonly alertId: string;
  readonly actor: string;
  readonly start: number;
  readonly end: number;
  readonly regions: readonly string[];
  readonly calls: number;
  readonly isLowerBound: boolean;
  /** whether the slow window found it */
  readonly isSlow: boolean;
}

export interface PublishedNotice extends Published {
  readonly from: number;
  readonly heldCount: number;
}

export interface PublishedSummary extends Published {
  readonly actor: string;
  readonly from: number;
  readonly until: number;
  readonly repeatCount: number;
  readonly alertIds: readonly string[];
}

export interface HeldAlert {
  readonly alertId: string;
  readonly actor: string;
  readonly start: number;
  readonly end: number;
  /** by the holder's clock; NaN where no entry says so */
  readonly at: number;
  readonly isSlow: boolean;
}

/** What a scope was ever given, and what of it was in the state store at some time. */
export interface Truth {
  /** all there is, in the end */
  readonly calls: readonly MatchedCall[];
  /** when an object's tally with the call was stored first, or never */
  readonly stored: (call: MatchedCall) => number;
}

export function trialOf(plan: Plan, history: History): Trial {
  const seen = history.published.map(({ message }) => message.attributes.replay_id);
  const stored = [...history.items.values()].map(({ key }) => replayIdOf(key.partitionKey));
  const ids = new Set([undefined, ...plan.notices.map(({ replayId }) => replayId), ...seen, ...stored]);
  return { plan, history, scopes: [...ids].map((replayId) => scopeTrial(plan, history, replayId)) };
}

function scopeTrial(plan: Plan, history: History, replayId: string | undefined): ScopeTrial {
  const entries = history.entries
    .filter(({ key }) => key.partitionKey.includes('/journal/') && replayIdOf(key.partitionKey) === replayId)
    .map(({ value }) => JSON.parse(value) as HistoryEntry);
  const heldEntries = entries.filter(({ kind }) => kind === 'held');
  const items = [...history.items.values()].filter(({ key }) => replayIdOf(key.partitionKey) === replayId);
  const isLimit = ({ key }: (typeof items)[number]) => key.sortKey === 'cap';
  const limits = items.filter(isLimit).map(({ key, item }) => {
    const from = Number(key.partitionKey.split('/').at(-1));
    const expected = rateLimitItem(from, { replayId }).key.partitionKey;
    if (key.partitionKey !== expected || from % plan.limits.capSeconds !== 0)
      throw new Error(`not the key of a rate limit: ${key.partitionKey}`);
    return { from, limit: JSON.parse(item.value) as RateLimit };
  });
  const unpublished = items
    .flatMap(({ key, item }) => {
      const isSlow = key.partitionKey.endsWith('/slow');
      const { alerts = [] } = JSON.parse(item.value) as Partial<AlertState>;
      return alerts.filter(({ state }) => state === 'held').map((alert) => ({ ...alert, isSlow }));
    })
    .map(({ alertId, from: start, until: end, isSlow }) => {
      const last = entries.findLast((one) => one.alertId === alertId && ['held', 'suppressed'].includes(one.kind));
      const { actor = '', at = Number.NaN, kind } = last ?? {};
      return { alertId, actor, start, end, at, isSlow, kind };
    });
  const suppressed = unpublished.filter(({ kind }) => kind === 'suppressed');
  const held = unpublished.filter(({ kind }) => kind !== 'suppressed');
  const truth = truthOf(plan, history, replayId);
  return { replayId, truth, ...publishedIn(history, replayId), suppressed, held, heldEntries, limits };
}

/** Read from what was published to machines. */
function publishedIn(history: History, replayId: string | undefined) {
  const alerts: PublishedAlert[] = [];
  const followUps: PublishedAlert[] = [];
  const notices: PublishedNotice[] = [];
  const summaries: PublishedSummary[] = [];
  const secondOf = (iso: string) => Date.parse(iso) / 1000;
  for (const { at, run, message } of history.published) {
    const { kind, replay_id: of } = message.attributes;
    if (of !== replayId) continue;
    const { regionsweep: own } = JSON.parse(JSON.parse(message.body).sqs);
    if (kind === 'notice') {
      notices.push({ at, run, from: secondOf(own.interval.start), heldCount: own.held_count });
      continue;
    }
    if (kind === 'summary') {
      const { actor, interval, repeat_count: repeatCount, repeated_alert_ids: alertIds } = own;
      const [from, until] = [secondOf(interval.start), secondOf(interval.end)];
      summaries.push({ at, run, actor, from, until, repeatCount, alertIds });
      continue;
    }
    (kind === 'alert' ? alerts : followUps).push({
      ...{ at, run, alertId: own.alert_id, actor: own.actor },
      ...{ start: secondOf(own.window.start), end: secondOf(own.window.end) },
      regions: own.regions.map(({ name }: { name: string }) => name),
      ...{ calls: own.call_count, isLowerBound: own.call_count_is_lower_bound },
      isSlow: own.windowing === 'slow',
    });
  }
  return { alerts, followUps, notices, summaries };
}

function truthOf(plan: Plan, history: History, replayId: string | undefined): Truth {
  const firstPut = new Map<string, number>();
  for (const { at, key, object, cells } of history.puts) {
    if (replayIdOf(key) !== replayId) continue;
    for (const cell of cells) getOrInsert(firstPut, `${object} ${cell}`, () => at);
  }
  const calls = new Map<string, MatchedCall>();
  const stored = new Map<string, number>();
  for (const { key, calls: own } of namedObjects(plan, replayId)) {
    for (const { actor, region, second, id } of own) {
      if (actor === undefined || actor === plan.excepted) continue;
      const at = firstPut.get(`${key} ${actor} ${region} ${second}`) ?? Number.POSITIVE_INFINITY;
      stored.set(id, Math.min(stored.get(id) ?? at, at));
      calls.set(id, { actor, region, second, callId: id });
    }
  }
  return { calls: [...calls.values()], stored: ({ callId }) => stored.get(callId)! };
}

/** The rule that an alert must meet, as the oracle knows it. */
export function ruleOf({ isSlow }: { readonly isSlow: boolean }, rule: RuleParameters): RuleParameters {
  return isSlow ? { ...rule, windowing: 'sliding', windowSeconds: rule.slowWindowSeconds } : rule;
}

/** Whether a run was disturbed at or after a time, so that what it did then may have to be done again. */
export function isDisturbed(run: Run, since: number): boolean {
  return run.end === 'killed' || run.end === 'crashed' || run.faults.some(({ at }) => at >= since);
}
