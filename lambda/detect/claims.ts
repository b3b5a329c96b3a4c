import { inert } from '../alert/inert';
import {
  changeAlert,
  claim,
  claimedBy,
  NOTHING_TOLD,
  released,
  type Told,
  type ToldAlert,
} from '../alert/told';
import { reasonOf } from '../errors';
import { hashHex } from '../hash';
import type { LedgerPage, Place, Register } from '../ports';
import { changeRegister } from '../register';
import type { RuleParameters } from '../rule/rule';
import { bucketKey, partitionKey, type Scope } from '../window/bucket-key';
import { type Activity, mergeTallies } from '../window/merge';
import { type Bucket, bucketSeconds } from '../window/partition';
import { type Span, spansOf } from '../window/spans';
import { decodeTally } from '../window/tally-encoding';
import { ALERT_SECONDS, type Detector, LEASE_SLACK_SECONDS } from './detector';

/**
 * Alerts claimed of one bucket by one invocation: each asks the ledger several times, and whoever makes up identities by
 * the thousand must not keep those of others waiting until the time is up.
 */
export const MOST_CLAIMS = 200;

/** An alert that this invocation, and nobody else for as long as its lease runs, is to tell. */
export interface Claimed {
  readonly alert: ToldAlert;
  readonly claimId: string;
  readonly place: Place;
  readonly activity: Activity;
  readonly bucket: Bucket;
  readonly scope: Scope;
}

/**
 * Finds the hits of a bucket and claims those that nobody has told, some MOST_CLAIMS of them.
 * @returns the claimed alerts, whether another invocation is at work on one of the bucket, and whether there may be more
 * @throws LedgerError
 */
export async function claimHits(
  bucket: Bucket,
  scope: Scope,
  detector: Detector,
): Promise<{ claimed: Claimed[]; leased: boolean; isCut: boolean }> {
  const { rule } = detector.reading;
  const { activities, registers } = await readActivities(bucket, scope, detector);
  const claimed: Claimed[] = [];
  let leased = false;
  for (const activity of activities) {
    const spans = spansOf(activity.cells, rule);
    for (const { place, spans: here } of placesOf(spans, activity.actor, bucket, scope, rule)) {
      if (claimed.length >= MOST_CLAIMS) return { claimed, leased, isCut: true };
      const known = rule.windowing === 'tumbling' ? { register: registers.get(place.sortKey) } : undefined;
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
  { ledger, reading: { rule } }: Detector,
): Promise<{ activities: Activity[]; registers: LedgerPage['registers'] }> {
  const page = await ledger.read(bucketKey(bucket, rule, scope));
  const tallies = page.parts.map(decodeTally);
  const activities = mergeTallies(tallies);
  if (rule.windowing === 'tumbling') return { activities, registers: page.registers };
  const neighbours = neighboursOf(bucket, activities, rule);
  for (const neighbour of neighbours) {
    const { parts } = await ledger.read(bucketKey(neighbour, rule, scope));
    tallies.push(...parts.map(decodeTally));
  }
  if (neighbours.length === 0) return { activities, registers: page.registers };
  const actors = new Set(activities.map(({ actor }) => actor));
  return {
    activities: mergeTallies(tallies).filter(({ actor }) => actors.has(actor)),
    registers: page.registers,
  };
}

/** The buckets beside this one that a call less than a window from its edge may form a hit with. */
function neighboursOf(bucket: Bucket, activities: readonly Activity[], rule: RuleParameters): Bucket[] {
  const length = bucketSeconds(rule);
  const isNear = (near: (second: number) => boolean) =>
    activities.some(({ cells }) => cells.some(({ second }) => near(second)));
  const starts = [
    ...(isNear((second) => second - bucket.start < rule.windowSeconds) ? [bucket.start - length] : []),
    ...(isNear((second) => bucket.start + length - second < rule.windowSeconds)
      ? [bucket.start + length]
      : []),
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
): { place: Place; spans: readonly Span[] }[] {
  if (spans.length === 0) return [];
  if (rule.windowing === 'sliding')
    return [{ place: slidingPlace(actor, bucket.partition, scope, rule), spans }];
  return spans.map((span) => ({
    place: tumblingPlace(actor, span.start, bucket, scope, rule),
    spans: [span],
  }));
}

function tumblingPlace(
  actor: string,
  windowStart: number,
  bucket: Bucket,
  scope: Scope,
  rule: RuleParameters,
): Place {
  return {
    partitionKey: bucketKey(bucket, rule, scope),
    sortKey: `alert/${windowStart}/${hashHex(16, actor)}`,
  };
}

export function slidingPlace(actor: string, partition: string, scope: Scope, rule: RuleParameters): Place {
  return { partitionKey: `${partitionKey(partition, rule, scope)}/told`, sortKey: hashHex(16, actor) };
}

async function claimAt(
  place: Place,
  spans: readonly Span[],
  actor: string,
  bucket: Bucket,
  { ledger, reading, now, deadline, invocationId }: Detector,
  known: { readonly register: Register | undefined } | undefined,
): Promise<{ alerts: ToldAlert[]; claimId: string; leased: boolean }> {
  // One invocation may claim at one place twice, from two buckets; each time is a claim of its own, and what the one
  // holds is not the other's to tell.
  const claimId = `${invocationId}/${hashHex(8, place.partitionKey, place.sortKey, String(bucket.start))}`;
  const mine = { claimId, leaseUntil: deadline + LEASE_SLACK_SECONDS };
  const seen = { from: bucket.start, until: bucket.start + bucketSeconds(reading.rule) };
  let leased = false;
  const change = (value: string | undefined) => {
    const outcome = claim(readTold(value), spans, actor, reading.rule, mine, now(), seen);
    leased = outcome.leased;
    return outcome.next === undefined ? undefined : JSON.stringify(outcome.next);
  };
  const value = await changeRegister(ledger, place, now() + ALERT_SECONDS, change, known);
  return { alerts: claimedBy(readTold(value), claimId), claimId, leased };
}

/** Changes the alert a claim is about. @throws LedgerError */
export async function changeClaimed(
  { place, alert }: Pick<Claimed, 'place' | 'alert'>,
  { ledger, now }: Detector,
  change: (alert: ToldAlert) => ToldAlert,
): Promise<void> {
  await changeRegister(ledger, place, now() + ALERT_SECONDS, (value) =>
    value === undefined ? undefined : JSON.stringify(changeAlert(readTold(value), alert.alertId, change)),
  );
}

export async function giveUp(claim: Claimed, detector: Detector): Promise<void> {
  try {
    await changeClaimed(claim, detector, released(claim.claimId));
  } catch (error) {
    // The lease ends by itself before the message is seen again.
    detector.telemetry.warn('a claim could not be given up', {
      alertId: claim.alert.alertId,
      reason: inert(reasonOf(error), 400),
    });
  }
}

export function readTold(value: string | undefined): Told {
  return value === undefined ? NOTHING_TOLD : (JSON.parse(value) as Told);
}
