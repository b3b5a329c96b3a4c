import { alertIdOf, type Detection, detectionOf } from '../detection/detections';
import { crossesBuckets, type RuleParameters, slowRule } from '../detection/rule';
import {
  accountOfArn,
  type Bucket,
  bucketKey,
  bucketOf,
  bucketSeconds,
  partitionKey,
  type Scope,
} from '../detection/store-keys';
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
import { type ItemKey, type JsonItem, readBucket, updateItem } from '../state/store';
import { sanitize } from '../util/sanitize';
import { hashHex } from '../util/values';
import type { Invocation, Stateful, Uses } from './context';
import { clearLease, endLease, isHolder, isLeaseFree, type Leasable, type Lease, leaseFor } from './lease';

/**
 * The alerts of one window, or in sliding mode of one actor: the value of an item, and its transitions, which are pure.
 * Seconds are UTC epoch.
 */
export interface AlertState {
  /** in the order of their first claims */
  readonly alerts: readonly StoredAlert[];
}

/** Once it is sent, its lease is that of the follow-up. */
export interface StoredAlert extends Leasable {
  readonly alertId: string;
  /** its interval; it may grow, the id stays */
  readonly from: number;
  readonly until: number;
  readonly decidedAt: number;
  readonly state: 'claimed' | 'sent' | 'held';
  /** regions and calls as published */
  readonly regions?: number | undefined;
  /** names of regions, for the follow-up; only of the last alerts */
  readonly regionNames?: readonly string[] | undefined;
  readonly calls?: number | undefined;
  readonly messageId?: string | undefined;
  readonly publishedAt?: number | undefined;
  /** regions as published in the follow-up */
  readonly followedUp?: number | undefined;
}

/** Alerts per item. An endless scanner's oldest are dropped, long after they were published. */
const MAX_ALERTS = 1000;

/** Alerts that keep region names for their follow-up; those of all would not fit into one item. */
const MAX_WITH_NAMES = 50;

interface ClaimRequest {
  /** all that is known of the actor around `seen` */
  readonly spans: readonly Span[];
  /** intervals of the other window's alerts */
  readonly found: readonly Span[];
  readonly actor: string;
  readonly rule: RuleParameters;
  readonly lease: Lease;
  readonly invocation: Invocation;
  /** the interval that the claimant knows completely; detections outside it are left to others */
  readonly seen: Burst;
}

/**
 * Claims the detections in these spans that nobody has published or is publishing. The claimant keeps what it holds: an
 * earlier write may have succeeded although the answer was lost.
 * @returns the next value, `undefined` if unchanged; `isLeased` if another invocation holds one
 */
function claimIn(
  { alerts }: AlertState,
  { spans, found, actor, rule, lease, invocation, seen }: ClaimRequest,
): { next: AlertState | undefined; isLeased: boolean } {
  const now = invocation.now();
  const isSeen = ({ from, until }: Burst) => overlaps({ start: from, end: until }, seen);
  const isForeign = (alert: StoredAlert) => alert.state === 'claimed' && !isLeaseFree(alert, lease.claimId, now);
  // Whoever takes over an alert must know all its calls.
  const isKnown = ({ from, until }: Burst) => spans.some(({ start, end }) => start >= from && end <= until);
  const mayTake = (alert: StoredAlert) => alert.state === 'claimed' && !isForeign(alert) && isSeen(alert);
  // Later calls can turn what the slow window found into a detection of the first. An unpublished claim is then
  // replaced, from the remaining spans, so that it neither repeats an alert of the first window nor hides what follows.
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

/** The item that holds the alerts of some spans, and the rule that the spans meet. */
interface AlertPlace extends Pick<ClaimRequest, 'spans' | 'found' | 'rule'> {
  readonly key: ItemKey;
}

/** One for each tumbling window, under the key of its tallies; a single one for sliding windows, and for the slow. */
function placesOf({ actor, cells }: Activity, bucket: Bucket, scope: Scope, rule: RuleParameters): AlertPlace[] {
  const spans = spansOf(cells, rule);
  const slow = slowSpansOf(cells, rule);
  const place = { actor, partition: bucket.partition, scope, rule };
  const places: AlertPlace[] = [];
  if (rule.windowing === 'tumbling') {
    const partitionKey = bucketKey(bucket, rule, scope);
    for (const span of spans) {
      // The slow window reaches into the neighbouring buckets, whose windows have their own items.
      if (bucketOf(actor, span.start, rule).start !== bucket.start) continue;
      const key = { partitionKey, sortKey: `alert/${span.start}/${hashHex(16, actor)}` };
      places.push({ key, spans: [span], found: [], rule });
    }
  } else if (spans.length > 0) {
    places.push({ key: actorKey('told', place), spans, found: [], rule });
  }
  if (slow.length > 0) {
    const found = firstBurstsOf(cells, rule);
    places.push({ key: actorKey('slow', place), spans: slow, found, rule: slowRule(rule)! });
  }
  return places;
}

interface ActorPlace {
  readonly actor: string;
  readonly partition: string;
  readonly scope: Scope;
  readonly rule: RuleParameters;
}

/** Key of an actor's sliding (`told`) or slow alerts. Persisted: the suffix never changes. */
export function actorKey(suffix: 'told' | 'slow', { actor, partition, scope, rule }: ActorPlace): ItemKey {
  return { partitionKey: `${partitionKey(partition, rule, scope)}/${suffix}`, sortKey: hashHex(16, actor) };
}

export function alertItem(key: ItemKey): JsonItem<AlertState> {
  return { key, absent: { alerts: [] } };
}

/** The activity of the bucket's actors; in sliding mode also that in neighbouring buckets, if it continues there. */
export async function readActivities(bucket: Bucket, scope: Scope, { store, reading }: Uses<'store' | 'reading'>) {
  const { rule } = reading;
  const read = (of: Bucket) => readBucket(store, bucketKey(of, rule, scope));
  let own = await read(bucket);
  for (let attempt = 1; ; attempt += 1) {
    const tallies = [...own.tallies];
    const activities = mergeTallies(tallies);
    const neighbours = crossesBuckets(rule) ? neighboursOf(bucket, activities, rule) : [];
    if (neighbours.length === 0) return { activities, items: own.items };
    for (const neighbour of neighbours) tallies.push(...(await read(neighbour)).tallies);
    // If the bucket grew meanwhile, the reads are inconsistent, and one burst would look like two.
    const again = await read(bucket);
    if (again.tallies.length === own.tallies.length || attempt === MAX_READINGS) {
      const actors = new Set(activities.map(({ actor }) => actor));
      return { activities: mergeTallies(tallies).filter(({ actor }) => actors.has(actor)), items: own.items };
    }
    own = again;
  }
}

/** Attempts to read a bucket that keeps growing; after these, one burst may be published as two. */
const MAX_READINGS = 5;

/** The neighbouring buckets with calls less than a window from a call of this one. */
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

/** An alert that only this invocation may publish while its lease lasts. */
export interface Claim {
  readonly alert: StoredAlert;
  readonly detection: Detection;
  readonly key: ItemKey;
  readonly claimId: string;
  readonly scope: Scope;
  /** the rule that it met: the slow window's, if that found it */
  readonly rule: RuleParameters;
}

export function claimOf(alert: StoredAlert, activity: Activity, rest: Omit<Claim, 'alert' | 'detection'>): Claim {
  const span = { start: alert.from, end: alert.until, decidedAt: alert.decidedAt };
  return { alert, detection: detectionOf(activity, span), ...rest };
}

export function historyEntryOf(kind: HistoryEntry['kind'], claim: Claim, { now }: Invocation): HistoryEntry {
  const { actor, start, end, regions } = claim.detection;
  const { alertId } = claim.alert;
  const at = Math.floor(now());
  return { kind, alertId, at, actor, account: accountOfArn(actor), start, end, regions: regions.length };
}

type Claiming = Stateful & Uses<'reading'>;

/**
 * Finds a bucket's detections and claims the unpublished ones.
 * @param most maximum number of claims: each takes several requests, and thousands of invented identities must not
 * delay other alerts until the invocation ends
 * @returns the claims; `isLeased` if another invocation holds one of the bucket; `isCut` if there may be more
 * @throws ServiceError
 */
export async function claimDetections(bucket: Bucket, scope: Scope, most: number, detector: Claiming) {
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
      // Two buckets may claim the same item; neither publishes the other's claim.
      const lease = leaseFor(hashHex(8, key.partitionKey, key.sortKey, String(bucket.start)), invocation);
      const known = own.windowing === 'tumbling' ? { item: items.get(key.sortKey) } : undefined;
      let isLeased = false;
      const { alerts } = await updateItem(store, { ...alertItem(key), known }, invocation.now(), (state) => {
        const outcome = claimIn(state, { spans, found, actor, rule: own, lease, invocation, seen });
        isLeased = outcome.isLeased;
        return outcome.next;
      });
      isAnyLeased ||= isLeased;
      const { claimId } = lease;
      const mine = alerts.filter((alert) => alert.state === 'claimed' && alert.claimId === claimId);
      for (const alert of mine) claims.push(claimOf(alert, activity, { key, claimId, scope, rule: own }));
    }
  }
  return { claims, isLeased: isAnyLeased, isCut: false };
}

/** Updates the alert of a claim. @throws ServiceError */
export async function changeClaimed(claim: Claim, detector: Stateful, change: (alert: StoredAlert) => StoredAlert) {
  const { alertId } = claim.alert;
  await updateItem(detector.store, alertItem(claim.key), detector.invocation.now(), ({ alerts }) => {
    const next = alerts.map((alert) => (alert.alertId === alertId ? change(alert) : alert));
    return next.length === 0 ? undefined : { alerts: next };
  });
}

/** Leaves a claim to the next invocation. */
export async function releaseClaim(claim: Claim, detector: Stateful & Uses<'telemetry'>): Promise<void> {
  try {
    await changeClaimed(claim, detector, (alert) => {
      if (alert.claimId !== claim.claimId) return alert;
      // It keeps its id: it may have reached the topic after all, and a repeat must carry the same one.
      return alert.state === 'claimed' ? endLease(alert) : clearLease(alert);
    });
  } catch (error) {
    // The lease expires before the message is visible again.
    const reason = sanitize(reasonOf(error), 400);
    detector.telemetry.warn('claim not released', { alertId: claim.alert.alertId, reason });
  }
}
