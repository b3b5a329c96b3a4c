import { alertIdOf, type Detection, detectionOf } from '../detection/detections';
import {
  accountOfArn,
  type Bucket,
  bucketKey,
  bucketOf,
  bucketSeconds,
  partitionKey,
  type Scope,
} from '../detection/keys';
import { crossesBuckets, type RuleParameters, slowRule } from '../detection/rule';
import { type Activity, mergeTallies } from '../detection/tally';
import {
  type Burst,
  firstBurstsOf,
  joinBursts,
  longestBurst,
  overlaps,
  type Span,
  slowSpansOf,
  spansOf,
} from '../detection/windows';
import { reasonOf } from '../errors';
import type { HistoryEntry } from '../state/history';
import { type ItemKey, type JsonItem, type StatePage, updateItem } from '../state/store';
import { readBucket } from '../state/tallies';
import { sanitize } from '../util/sanitize';
import { hashHex } from '../util/values';
import type { Invocation, Uses } from './context';
import { clearLease, endLease, isHolder, isLeaseFree, type Leasable, type Lease, leaseFor } from './lease';

/**
 * The alerts of one window, or in sliding mode of one actor: the value of an item, and its transitions, which are pure.
 * Seconds are UTC epoch.
 */
export interface AlertState {
  /** by the time they were first claimed */
  readonly alerts: readonly StoredAlert[];
}

/** The lease of a sent one is that of its follow-up. */
export interface StoredAlert extends Leasable {
  readonly alertId: string;
  /** the time it stands for; it may grow, the id stays */
  readonly from: number;
  readonly until: number;
  readonly decidedAt: number;
  readonly state: 'claimed' | 'sent' | 'held';
  /** regions and calls as published */
  readonly regions?: number | undefined;
  /** their names, for the follow-up; of the last alerts only */
  readonly regionNames?: readonly string[] | undefined;
  readonly calls?: number | undefined;
  readonly messageId?: string | undefined;
  readonly publishedAt?: number | undefined;
  /** regions as published in the follow-up */
  readonly followedUp?: number | undefined;
}

export const NO_ALERTS: AlertState = { alerts: [] };

/** Alerts that one item holds; of an endless scanner the oldest are dropped, long after they were published. */
const MAX_ALERTS = 1000;

/** Alerts with a follow-up ahead; region names of all of them would not fit into one item. */
const MAX_WITH_NAMES = 50;

interface ClaimRequest {
  /** all that is known of the actor around `seen` */
  readonly spans: readonly Span[];
  /** times that are another rule's alerts */
  readonly found: readonly Span[];
  readonly actor: string;
  readonly rule: RuleParameters;
  readonly lease: Lease;
  readonly invocation: Invocation;
  /** the time of which the claimant knows everything; what lies outside is left to those who do */
  readonly seen: Burst;
}

/**
 * Claims what these spans show and nobody has published or is publishing. The claimant keeps what it holds already: its
 * write may have succeeded though the answer was lost.
 * @returns the next value, `undefined` where it would be the same; `isLeased` where another invocation is at work
 */
function claimIn(
  { alerts }: AlertState,
  { spans, found, actor, rule, lease, invocation, seen }: ClaimRequest,
): { next: AlertState | undefined; isLeased: boolean } {
  const now = invocation.now();
  const isSeen = ({ from, until }: Burst) => overlaps({ start: from, end: until }, seen);
  const isForeign = (alert: StoredAlert) => alert.state === 'claimed' && !isLeaseFree(alert, lease.claimId, now);
  // Who takes over an alert must know why it is one.
  const isKnown = ({ from, until }: Burst) => spans.some(({ start, end }) => start >= from && end <= until);
  const mayTake = (alert: StoredAlert) => alert.state === 'claimed' && !isForeign(alert) && isSeen(alert);
  // Later calls can make the first window's what the slow one found. A claim that was not published is made anew then, of
  // the spans left: it must neither repeat an alert of the first window nor stand in the way of what follows.
  const outdated = alerts.filter((alert) => mayTake(alert) && found.some((span) => overlaps(span, alert)));
  const standing = alerts.filter((alert) => !outdated.includes(alert));
  const joined = joinBursts(spans, standing, longestBurst(rule));
  const taken = joined.known.map((alert) => (mayTake(alert) && isKnown(alert) ? { ...alert, ...lease } : alert));
  const fresh = joined.fresh
    .filter((span) => overlaps(span, seen) || outdated.some((alert) => overlaps(span, alert)))
    .map(({ start, end, decidedAt }): StoredAlert => {
      const alertId = alertIdOf(rule, start, actor);
      return { alertId, from: start, until: end, decidedAt, state: 'claimed', ...lease };
    });
  const next = withoutOldNames([...taken, ...fresh].slice(-MAX_ALERTS));
  return {
    next: JSON.stringify(next) === JSON.stringify(alerts) ? undefined : { alerts: next },
    isLeased: joined.known.some((alert) => isForeign(alert) && isSeen(alert) && !isHolder(invocation, alert)),
  };
}

function withoutOldNames(alerts: readonly StoredAlert[]): StoredAlert[] {
  return alerts.map((alert, index) => {
    if (index >= alerts.length - MAX_WITH_NAMES || alert.regionNames === undefined) return alert;
    const { regionNames: _, ...rest } = alert;
    return rest;
  });
}

/**
 * Ends a claim, so that the next invocation that sees the alert may take it. One that was not published stays claimed: it
 * may have reached the topic after all, and a repeat must carry the same id.
 */
function released(alert: StoredAlert, claimId: string): StoredAlert {
  if (alert.claimId !== claimId) return alert;
  return alert.state === 'claimed' ? endLease(alert) : clearLease(alert);
}

/** Where the alerts of some spans are stored, and the rule that these meet. */
interface AlertPlace extends Pick<ClaimRequest, 'spans' | 'found' | 'rule'> {
  readonly key: ItemKey;
}

/** The items of an actor's alerts: one a tumbling window, under the key of its tallies; of other windows one for all times. */
function placesOf({ actor, cells }: Activity, bucket: Bucket, scope: Scope, rule: RuleParameters): AlertPlace[] {
  const spans = spansOf(cells, rule);
  const slow = { spans: slowSpansOf(cells, rule), key: slowKey(actor, bucket.partition, scope, rule) };
  const places = slow.spans.length === 0 ? [] : [{ ...slow, found: firstBurstsOf(cells, rule), rule: slowRule(rule)! }];
  if (spans.length === 0) return places;
  if (rule.windowing === 'sliding') {
    return [{ key: slidingKey(actor, bucket.partition, scope, rule), spans, found: [], rule }, ...places];
  }
  const partitionKey = bucketKey(bucket, rule, scope);
  const hash = hashHex(16, actor);
  // The slow window looks into the neighbouring buckets, whose windows have items of their own.
  const own = spans.filter(({ start }) => bucketOf(actor, start, rule).start === bucket.start);
  return [
    ...own.map((span) => ({
      key: { partitionKey, sortKey: `alert/${span.start}/${hash}` },
      spans: [span],
      found: [],
      rule,
    })),
    ...places,
  ];
}

/** Persisted: its last word never changes. */
export function slidingKey(actor: string, partition: string, scope: Scope, rule: RuleParameters): ItemKey {
  return { partitionKey: `${partitionKey(partition, rule, scope)}/told`, sortKey: hashHex(16, actor) };
}

export function slowKey(actor: string, partition: string, scope: Scope, rule: RuleParameters): ItemKey {
  return { partitionKey: `${partitionKey(partition, rule, scope)}/slow`, sortKey: hashHex(16, actor) };
}

export function alertItem(key: ItemKey): JsonItem<AlertState> {
  return { key, absent: NO_ALERTS };
}

/** What is known of the bucket's actors; in sliding mode also of the neighbouring times, where they go on there. */
export async function readActivities(
  bucket: Bucket,
  scope: Scope,
  { store, reading: { rule } }: Uses<'store' | 'reading'>,
): Promise<{ activities: Activity[]; items: StatePage['items'] }> {
  const read = (of: Bucket) => readBucket(store, bucketKey(of, rule, scope));
  let own = await read(bucket);
  for (let attempt = 1; ; attempt += 1) {
    const tallies = [...own.tallies];
    const activities = mergeTallies(tallies);
    const neighbours = crossesBuckets(rule) ? neighboursOf(bucket, activities, rule) : [];
    if (neighbours.length === 0) return { activities, items: own.items };
    for (const neighbour of neighbours) tallies.push(...(await read(neighbour)).tallies);
    // Where it grew meanwhile, what was read stood in the store at no time: one burst would look like two.
    const again = await read(bucket);
    if (again.tallies.length === own.tallies.length || attempt === MAX_READINGS) {
      const actors = new Set(activities.map(({ actor }) => actor));
      return { activities: mergeTallies(tallies).filter(({ actor }) => actors.has(actor)), items: own.items };
    }
    own = again;
  }
}

/** Readings of a bucket that grows each time; then two bursts that are one may be published apart. */
const MAX_READINGS = 5;

/** The neighbouring buckets that hold calls less than a window away from a call of this one. */
function neighboursOf({ partition, start }: Bucket, activities: readonly Activity[], rule: RuleParameters): Bucket[] {
  const end = start + bucketSeconds(rule);
  const window = Math.max(rule.windowing === 'tumbling' ? 0 : rule.windowSeconds, rule.slowWindowSeconds);
  const isNear = (near: (second: number) => boolean) =>
    activities.some(({ cells }) => cells.some(({ second }) => near(second)));
  return [
    ...(isNear((second) => second - start < window) ? [start - bucketSeconds(rule)] : []),
    ...(isNear((second) => end - second < window) ? [end] : []),
  ].map((neighbour) => ({ partition, start: neighbour }));
}

/** An alert that this invocation, and nobody else while its lease lasts, is to publish. */
export interface Claim {
  readonly alert: StoredAlert;
  readonly detection: Detection;
  readonly key: ItemKey;
  readonly claimId: string;
  readonly scope: Scope;
  /** that of the slow window, for what that found */
  readonly rule: RuleParameters;
}

export function claimOf(alert: StoredAlert, activity: Activity, rest: Omit<Claim, 'alert' | 'detection'>): Claim {
  const span = { start: alert.from, end: alert.until, decidedAt: alert.decidedAt };
  return { alert, detection: detectionOf(activity, span), ...rest };
}

/** An entry of the history about a claim, dated now. */
export function historyEntryOf(
  kind: HistoryEntry['kind'],
  { alert: { alertId }, detection: { actor, start, end, regions } }: Claim,
  { now }: Invocation,
): HistoryEntry {
  const at = Math.floor(now());
  return { kind, alertId, at, actor, account: accountOfArn(actor), start, end, regions: regions.length };
}

/**
 * Finds the detections of a bucket and claims those that were not published.
 * @param most alerts claimed: each takes several requests, and an attacker with thousands of made-up identities must not
 * delay the alerts of others until the time is up
 * @returns the claims; `isLeased` where another invocation is at work on one of the bucket; `isCut` where there may be more
 * @throws StateStoreError
 */
export async function claimDetections(
  bucket: Bucket,
  scope: Scope,
  most: number,
  detector: Uses<'store' | 'reading' | 'invocation'>,
): Promise<{ claims: Claim[]; isLeased: boolean; isCut: boolean }> {
  const { store, reading, invocation } = detector;
  const { rule } = reading;
  const { activities, items } = await readActivities(bucket, scope, detector);
  const seen = { from: bucket.start, until: bucket.start + bucketSeconds(rule) };
  const claims: Claim[] = [];
  let isAnyLeased = false;
  for (const activity of activities) {
    const { actor } = activity;
    for (const { key, spans, found, rule: own } of placesOf(activity, bucket, scope, rule)) {
      if (claims.length >= most) return { claims, isLeased: isAnyLeased, isCut: true };
      // An item may be claimed twice, from two buckets: each is a claim of its own, which the other does not publish.
      const lease = leaseFor(hashHex(8, key.partitionKey, key.sortKey, String(bucket.start)), invocation);
      const known = own.windowing === 'tumbling' ? { item: items.get(key.sortKey) } : undefined;
      let isLeased = false;
      const { alerts } = await updateItem(store, { ...alertItem(key), known }, invocation.now(), (state) => {
        const outcome = claimIn(state, { spans, found, actor, rule: own, lease, invocation, seen });
        isLeased = outcome.isLeased;
        return outcome.next;
      });
      isAnyLeased ||= isLeased;
      const mine = alerts.filter(({ state, claimId }) => state === 'claimed' && claimId === lease.claimId);
      for (const alert of mine)
        claims.push(claimOf(alert, activity, { key, claimId: lease.claimId, scope, rule: own }));
    }
  }
  return { claims, isLeased: isAnyLeased, isCut: false };
}

/** Changes the alert a claim is about. @throws StateStoreError */
export async function changeClaimed(
  { key, alert: { alertId } }: Claim,
  { store, invocation }: Uses<'store' | 'invocation'>,
  change: (alert: StoredAlert) => StoredAlert,
): Promise<void> {
  await updateItem(store, alertItem(key), invocation.now(), ({ alerts }) => {
    const next = alerts.map((alert) => (alert.alertId === alertId ? change(alert) : alert));
    return next.length === 0 ? undefined : { alerts: next };
  });
}

export async function releaseClaim(claim: Claim, detector: Uses<'store' | 'invocation' | 'telemetry'>): Promise<void> {
  try {
    await changeClaimed(claim, detector, (alert) => released(alert, claim.claimId));
  } catch (error) {
    // The lease ends by itself before the message is visible again.
    const reason = sanitize(reasonOf(error), 400);
    detector.telemetry.warn('claim not released', { alertId: claim.alert.alertId, reason });
  }
}
