import { alertIdOf } from '../detection/detections';
import { type Bucket, bucketKey, bucketSeconds, partitionKey, type Scope } from '../detection/keys';
import type { RuleParameters } from '../detection/rule';
import { type Activity, decodeTally, mergeTallies } from '../detection/tally';
import { type Burst, joinBursts, longestBurst, type Span, spansOf } from '../detection/windows';
import { reasonOf } from '../errors';
import { type ItemKey, type StatePage, updateItem, type VersionedItem } from '../state/store';
import { sanitize } from '../util/sanitize';
import { hashHex } from '../util/values';
import { ALERT_SECONDS, type Detector, LEASE_SLACK_SECONDS } from './context';

/**
 * Alerts claimed of one bucket by one invocation: each asks the ledger several times, and whoever makes up identities by
 * the thousand must not keep those of others waiting until the time is up.
 */
export const MAX_CLAIMS = 200;

/** An alert that this invocation, and nobody else for as long as its lease runs, is to tell. */
export interface Claimed {
  readonly alert: StoredAlert;
  readonly claimId: string;
  readonly place: ItemKey;
  readonly activity: Activity;
  readonly bucket: Bucket;
  readonly scope: Scope;
}

/**
 * Finds the hits of a bucket and claims those that nobody has told, some MOST_CLAIMS of them.
 * @returns the claimed alerts, whether another invocation is at work on one of the bucket, and whether there may be more
 * @throws LedgerError
 */
export async function claimDetections(
  bucket: Bucket,
  scope: Scope,
  detector: Detector,
): Promise<{ claimed: Claimed[]; leased: boolean; isCut: boolean }> {
  const { rule } = detector.reading;
  const { activities, items } = await readActivities(bucket, scope, detector);
  const claimed: Claimed[] = [];
  let leased = false;
  for (const activity of activities) {
    const spans = spansOf(activity.cells, rule);
    for (const { place, spans: here } of placesOf(spans, activity.actor, bucket, scope, rule)) {
      if (claimed.length >= MAX_CLAIMS) return { claimed, leased, isCut: true };
      const known = rule.windowing === 'tumbling' ? { item: items.get(place.sortKey) } : undefined;
      const outcome = await claimAt(place, here, activity.actor, bucket, detector, known);
      leased ||= outcome.leased;
      claimed.push(...outcome.alerts.map((alert) => ({ ...outcome, alert, place, activity, bucket, scope })));
    }
  }
  return { claimed, leased, isCut: false };
}

/** What is known of the bucket's actors; in sliding mode also of the times next to it, where they go on there. */
export async function readActivities(
  bucket: Bucket,
  scope: Scope,
  { store, reading: { rule } }: Detector,
): Promise<{ activities: Activity[]; items: StatePage['items'] }> {
  const page = await store.read(bucketKey(bucket, rule, scope));
  const tallies = page.parts.map(decodeTally);
  const activities = mergeTallies(tallies);
  if (rule.windowing === 'tumbling') return { activities, items: page.items };
  const neighbours = neighboursOf(bucket, activities, rule);
  for (const neighbour of neighbours) {
    const { parts } = await store.read(bucketKey(neighbour, rule, scope));
    tallies.push(...parts.map(decodeTally));
  }
  if (neighbours.length === 0) return { activities, items: page.items };
  const actors = new Set(activities.map(({ actor }) => actor));
  return {
    activities: mergeTallies(tallies).filter(({ actor }) => actors.has(actor)),
    items: page.items,
  };
}

/** The buckets beside this one that a call less than a window from its edge may form a hit with. */
function neighboursOf(bucket: Bucket, activities: readonly Activity[], rule: RuleParameters): Bucket[] {
  const length = bucketSeconds(rule);
  const isNear = (near: (second: number) => boolean) =>
    activities.some(({ cells }) => cells.some(({ second }) => near(second)));
  const starts = [
    ...(isNear((second) => second - bucket.start < rule.windowSeconds) ? [bucket.start - length] : []),
    ...(isNear((second) => bucket.start + length - second < rule.windowSeconds) ? [bucket.start + length] : []),
  ];
  return starts.map((start) => ({ partition: bucket.partition, start }));
}

/** Where hits are told: each tumbling window has a register beside its tallies, each sliding actor one for all times. */
function placesOf(
  spans: readonly Span[],
  actor: string,
  bucket: Bucket,
  scope: Scope,
  rule: RuleParameters,
): { place: ItemKey; spans: readonly Span[] }[] {
  if (spans.length === 0) return [];
  if (rule.windowing === 'sliding') return [{ place: slidingKey(actor, bucket.partition, scope, rule), spans }];
  return spans.map((span) => ({
    place: tumblingKey(actor, span.start, bucket, scope, rule),
    spans: [span],
  }));
}

function tumblingKey(actor: string, windowStart: number, bucket: Bucket, scope: Scope, rule: RuleParameters): ItemKey {
  return {
    partitionKey: bucketKey(bucket, rule, scope),
    sortKey: `alert/${windowStart}/${hashHex(16, actor)}`,
  };
}

export function slidingKey(actor: string, partition: string, scope: Scope, rule: RuleParameters): ItemKey {
  return { partitionKey: `${partitionKey(partition, rule, scope)}/told`, sortKey: hashHex(16, actor) };
}

async function claimAt(
  place: ItemKey,
  spans: readonly Span[],
  actor: string,
  bucket: Bucket,
  { store, reading, now, deadline, invocationId }: Detector,
  known: { readonly item: VersionedItem | undefined } | undefined,
): Promise<{ alerts: StoredAlert[]; claimId: string; leased: boolean }> {
  // One invocation may claim at one place twice, from two buckets; each time is a claim of its own, and what the one
  // holds is not the other's to tell.
  const claimId = `${invocationId}/${hashHex(8, place.partitionKey, place.sortKey, String(bucket.start))}`;
  const mine = { claimId, leaseUntil: deadline + LEASE_SLACK_SECONDS };
  const seen = { from: bucket.start, until: bucket.start + bucketSeconds(reading.rule) };
  let leased = false;
  const change = (value: string | undefined) => {
    const outcome = claim(readAlertState(value), spans, actor, reading.rule, mine, now(), seen);
    leased = outcome.leased;
    return outcome.next === undefined ? undefined : JSON.stringify(outcome.next);
  };
  const value = await updateItem(store, place, now() + ALERT_SECONDS, change, known);
  return { alerts: claimedBy(readAlertState(value), claimId), claimId, leased };
}

/** Changes the alert a claim is about. @throws LedgerError */
export async function changeClaimed(
  { place, alert }: Pick<Claimed, 'place' | 'alert'>,
  { store, now }: Detector,
  change: (alert: StoredAlert) => StoredAlert,
): Promise<void> {
  await updateItem(store, place, now() + ALERT_SECONDS, (value) =>
    value === undefined ? undefined : JSON.stringify(changeAlert(readAlertState(value), alert.alertId, change)),
  );
}

export async function releaseClaim(claim: Claimed, detector: Detector): Promise<void> {
  try {
    await changeClaimed(claim, detector, released(claim.claimId));
  } catch (error) {
    // The lease ends by itself before the message is seen again.
    detector.telemetry.warn('a claim could not be given up', {
      alertId: claim.alert.alertId,
      reason: sanitize(reasonOf(error), 400),
    });
  }
}

export function readAlertState(value: string | undefined): AlertState {
  return value === undefined ? NO_ALERTS : (JSON.parse(value) as AlertState);
}

/**
 * What was told of one window, or in sliding mode of one actor: the value of a ledger register, and its transitions.
 * Pure; whoever applies one writes it under the register's version. Seconds are UTC epoch.
 */
export interface AlertState {
  /** by the time they were first claimed */
  readonly alerts: readonly StoredAlert[];
}

export interface StoredAlert {
  readonly alertId: string;
  /** the time it stands for; it may grow, the id stays */
  readonly from: number;
  readonly until: number;
  readonly decidedAt: number;
  readonly state: 'claimed' | 'sent' | 'held';
  /** who is at work on it, and until when nobody else may be; for a sent one that is its follow-up */
  readonly claimId?: string | undefined;
  readonly leaseUntil?: number | undefined;
  /** regions and calls as published */
  readonly regions?: number | undefined;
  /** their names, for the follow-up; of the last alerts only */
  readonly regionNames?: readonly string[] | undefined;
  readonly calls?: number | undefined;
  readonly messageId?: string | undefined;
  readonly publishedAt?: number | undefined;
  /** regions as told in the follow-up */
  readonly followedUp?: number | undefined;
}

export const NO_ALERTS: AlertState = { alerts: [] };

/** A claimant's name, `{invocation}/…`, and the second its lease ends. */
export interface Claim {
  readonly claimId: string;
  readonly leaseUntil: number;
}

/** Alerts one register keeps apart; of a scanner that never stops the oldest are dropped, long after they were told. */
const MAX_ALERTS = 1000;

/** So many of them may have their follow-up ahead; names for all of them would not go into one item of the ledger. */
const MAX_WITH_NAMES = 50;

/**
 * Claims what these spans show and nobody has told or is telling. What the claimant holds already it keeps: its write may
 * have been done though its answer was lost.
 * @param spans all that is known of the actor around `seen`
 * @param seen the time the claimant knows all of; what lies outside is left to those who do
 * @returns the next value, and `undefined` where it would be the same; `leased` where another invocation is at work
 */
export function claim(
  told: AlertState,
  spans: readonly Span[],
  actor: string,
  rule: RuleParameters,
  mine: Claim,
  now: number,
  seen: Burst,
): { next: AlertState | undefined; leased: boolean } {
  const joined = joinBursts(spans, told.alerts, longestBurst(rule));
  const isSeen = ({ from, until }: Burst) => from < seen.until && until > seen.from;
  const isLeased = ({ state, claimId, leaseUntil }: StoredAlert) =>
    state === 'claimed' && claimId !== mine.claimId && (leaseUntil ?? 0) > now;
  // Whoever takes an alert over must know why it is one.
  const isKnown = ({ from, until }: Burst) => spans.some(({ start, end }) => start >= from && end <= until);
  const taken = joined.told.map((alert) =>
    alert.state === 'claimed' && !isLeased(alert) && isSeen(alert) && isKnown(alert) ? { ...alert, ...mine } : alert,
  );
  const fresh = joined.fresh
    .filter(({ start, end }) => isSeen({ from: start, until: end }))
    .map(
      (span): StoredAlert => ({
        alertId: alertIdOf(rule, span.start, actor),
        from: span.start,
        until: span.end,
        decidedAt: span.decidedAt,
        state: 'claimed',
        ...mine,
      }),
    );
  const alerts = withoutOldNames([...taken, ...fresh].slice(-MAX_ALERTS));
  const same = JSON.stringify(alerts) === JSON.stringify(told.alerts);
  const isForeign = ({ claimId }: StoredAlert) => invocationOf(claimId) !== invocationOf(mine.claimId);
  return {
    next: same ? undefined : { alerts },
    leased: joined.told.some((alert) => isLeased(alert) && isSeen(alert) && isForeign(alert)),
  };
}

function withoutOldNames(alerts: readonly StoredAlert[]): StoredAlert[] {
  const isOld = (index: number) => index < alerts.length - MAX_WITH_NAMES;
  return alerts.map((alert, index) => {
    if (!isOld(index) || alert.regionNames === undefined) return alert;
    const { regionNames: _, ...rest } = alert;
    return rest;
  });
}

/** A claim's name begins with that of its invocation. */
function invocationOf(claimId: string | undefined): string | undefined {
  return claimId?.split('/', 1)[0];
}

/** The alerts a claimant holds and has not told. */
export function claimedBy(told: AlertState, claimId: string): StoredAlert[] {
  return told.alerts.filter((alert) => alert.state === 'claimed' && alert.claimId === claimId);
}

/** Changes one alert; without it the value stays as it is. */
export function changeAlert(
  told: AlertState,
  alertId: string,
  change: (alert: StoredAlert) => StoredAlert,
): AlertState {
  return { alerts: told.alerts.map((alert) => (alert.alertId === alertId ? change(alert) : alert)) };
}

/**
 * Gives a claim up, so that the next to see the alert may take it. One that was not told stays claimed with its lease
 * over: it may have reached the topic after all, and a repeat must carry the same id.
 */
export function released(claimId: string): (alert: StoredAlert) => StoredAlert {
  return (alert) => {
    if (alert.claimId !== claimId) return alert;
    return alert.state === 'claimed' ? { ...alert, leaseUntil: 0 } : clearClaim(alert);
  };
}

export function clearClaim({ claimId: _claimId, leaseUntil: _leaseUntil, ...alert }: StoredAlert): StoredAlert {
  return alert;
}
