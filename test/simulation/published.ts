import type { AlertState } from '../../lambda/notify/claims';
import { type RateLimit, rateLimitItem } from '../../lambda/notify/rate-limit';
import type { HistoryEntry } from '../../lambda/state/history';
import type { Run } from './history';
import type { Plan } from './plan';
import type { Lived } from './world';

/** What was said on the topic, read from what was published, and what the ledger says was held back. */

export interface TopicAlert {
  readonly kind: 'alert' | 'follow-up';
  readonly at: number;
  readonly run: Run;
  readonly replayId: string | undefined;
  readonly alertId: string;
  readonly actor: string;
  readonly start: number;
  readonly end: number;
  readonly regions: readonly string[];
  readonly calls: number;
  readonly isLowerBound: boolean;
}

export interface TopicNotice {
  readonly at: number;
  readonly run: Run;
  readonly replayId: string | undefined;
  readonly from: number;
  readonly heldCount: number;
}

export interface HeldAlert {
  readonly replayId: string | undefined;
  readonly alertId: string;
  readonly actor: string;
  readonly start: number;
  readonly end: number;
  /** by the holder's clock */
  readonly at: number;
}

export interface Topic {
  readonly alerts: readonly TopicAlert[];
  readonly followUps: readonly TopicAlert[];
  readonly notices: readonly TopicNotice[];
}

export function readTopic({ history }: Lived): Topic {
  const topic = { alerts: [] as TopicAlert[], followUps: [] as TopicAlert[], notices: [] as TopicNotice[] };
  for (const published of history.published) {
    const json = JSON.parse((JSON.parse(published.message.body) as { sqs: string }).sqs);
    const { kind, replay_id: replayId } = published.message.attributes;
    const head = { at: published.at, run: published.run, replayId };
    if (kind === 'notice') {
      const { interval, held_count: heldCount } = json.regionsweep;
      topic.notices.push({ ...head, from: secondOf(interval.start), heldCount });
    } else {
      const alert = { ...head, kind: kind as TopicAlert['kind'], ...alertOf(json.regionsweep) };
      (kind === 'alert' ? topic.alerts : topic.followUps).push(alert);
    }
  }
  return topic;
}

interface OwnFields {
  readonly alert_id: string;
  readonly actor: string;
  readonly window: { readonly start: string; readonly end: string };
  readonly regions: readonly { readonly name: string }[];
  readonly call_count: number;
  readonly call_count_is_lower_bound: boolean;
}

function alertOf(own: OwnFields) {
  return {
    alertId: own.alert_id,
    actor: own.actor,
    start: secondOf(own.window.start),
    end: secondOf(own.window.end),
    regions: own.regions.map(({ name }) => name),
    calls: own.call_count,
    isLowerBound: own.call_count_is_lower_bound,
  };
}

function secondOf(iso: string): number {
  return Date.parse(iso) / 1000;
}

/** The alerts that ended as held, each with its last entry in the journal. */
export function readHeld({ history }: Lived): HeldAlert[] {
  const held: HeldAlert[] = [];
  for (const { place, item } of history.items.values()) {
    if (place.sortKey === 'cap') continue;
    for (const { alertId, state, from, until } of (JSON.parse(item.value) as AlertState).alerts) {
      if (state !== 'held') continue;
      const replayId = /^replay\/([^/]+)\//.exec(place.partitionKey)?.[1];
      const entry = journal({ history }, 'held').findLast(
        (one) => one.alertId === alertId && one.replayId === replayId,
      );
      held.push({
        replayId,
        alertId,
        actor: entry?.actor ?? '',
        start: from,
        end: until,
        at: entry?.at ?? Number.NaN,
      });
    }
  }
  return held;
}

/** The journal's entries of a kind, in the order in which they were written. */
export function journal(
  { history }: Pick<Lived, 'history'>,
  kind: HistoryEntry['kind'],
): (HistoryEntry & { readonly replayId: string | undefined })[] {
  return history.entries
    .filter(({ place }) => place.partitionKey.includes('/journal/'))
    .map(({ place, value }) => ({
      ...(JSON.parse(value) as HistoryEntry),
      replayId: /^replay\/([^/]+)\//.exec(place.partitionKey)?.[1],
    }))
    .filter((entry) => entry.kind === kind);
}

/** The cap's intervals as they ended. */
export function readCaps(
  { history }: Lived,
  plan: Plan,
): { from: number; replayId: string | undefined; cap: RateLimit }[] {
  return [...history.items.values()]
    .filter(({ place }) => place.sortKey === 'cap')
    .map(({ place, item }) => {
      const replayId = /^replay\/([^/]+)\//.exec(place.partitionKey)?.[1];
      const from = Number(place.partitionKey.split('/').at(-1));
      if (
        rateLimitItem(from, { replayId }).key.partitionKey !== place.partitionKey ||
        from % plan.limits.capSeconds !== 0
      )
        throw new Error(`not a cap's place: ${place.partitionKey}`);
      return { from, replayId, cap: JSON.parse(item.value) as RateLimit };
    });
}

/** Whether a run was disturbed at or after a time, so that what it did then may have to be done again. */
export function isDisturbed(run: Run, since: number): boolean {
  return run.end === 'killed' || run.end === 'crashed' || run.faults.some(({ at }) => at >= since);
}
