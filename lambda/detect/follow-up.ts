import { buildAlert } from '../alert/alert';
import { journalPlace } from '../alert/journal';
import { type ToldAlert, withoutClaim } from '../alert/told';
import type { LedgerPage, Place } from '../ports';
import { changeRegister } from '../register';
import { type OwnMessageOf, writeOwnMessage } from '../trail/own-message';
import { bucketKey, type Scope } from '../window/bucket-key';
import { joinBursts, longestBurst } from '../window/bursts';
import type { Hit } from '../window/hits';
import type { Activity } from '../window/merge';
import type { Bucket } from '../window/partition';
import { spansOf } from '../window/spans';
import { type Claimed, changeClaimed, giveUp, readActivities, readTold, slidingPlace } from './claims';
import { ALERT_SECONDS, type Detector, LEASE_SLACK_SECONDS } from './detector';
import { evidenceOf, hitOfClaim, journalEntryOf, publish } from './telling';

/** Longer than most leases still run. */
const PUT_OFF_SECONDS = 60;

/**
 * Tells the final extent of an alert, once and only if a region was added since it was published.
 * @throws LedgerError, SendError: the message shall come back
 */
export async function followUp(message: OwnMessageOf<'follow-up'>, detector: Detector): Promise<void> {
  const { ledger, now } = detector;
  const scope = { replayId: message.replayId };
  const bucket = { partition: message.partition, start: message.bucketStart };
  const { activities, registers } = await readActivities(bucket, scope, detector);
  const activity = activities.find(({ actor }) => actor === message.actor);
  if (activity === undefined) return;
  const place = placeOf(message, bucket, scope, registers, detector);
  if (place === undefined) return;
  const claimId = `${detector.invocationId}/follow-up/${message.alertId}`;
  let grown: { alert: ToldAlert; joinedWith: string[] } | undefined;
  let isBeingTold = false;
  await changeRegister(ledger, place, now() + ALERT_SECONDS, (value) => {
    const told = readTold(value);
    isBeingTold = told.alerts.some(
      ({ alertId, state, leaseUntil }) =>
        alertId === message.alertId && state === 'claimed' && (leaseUntil ?? 0) > now(),
    );
    grown = growthOf(told.alerts, message.alertId, activity, detector, claimId);
    if (grown === undefined) return undefined;
    const mine = { claimId, leaseUntil: detector.deadline + LEASE_SLACK_SECONDS };
    const { alert } = grown;
    return JSON.stringify({
      alerts: told.alerts.map((one) => (one.alertId === alert.alertId ? { ...alert, ...mine } : one)),
    });
  });
  // Whoever tells it is slow to say that it is told. Should that one have died, the alert is told again, with a follow-up
  // of its own.
  if (isBeingTold) await detector.queue.send(writeOwnMessage(message), PUT_OFF_SECONDS);
  if (grown === undefined) return;
  const claim: Claimed = { alert: grown.alert, claimId, place, activity, bucket, scope };
  try {
    await tellGrowth(claim, grown.joinedWith, detector);
  } catch (error) {
    await giveUp(claim, detector);
    throw error;
  }
}

/** The alert as far as it reaches now, if it is told, has more regions than it had, and nobody else tells that. */
function growthOf(
  alerts: readonly ToldAlert[],
  alertId: string,
  activity: Activity,
  { reading: { rule }, now }: Detector,
  claimId: string,
): { alert: ToldAlert; joinedWith: string[] } | undefined {
  const spans = spansOf(activity.cells, rule);
  const { told } = joinBursts(spans, alerts, longestBurst(rule));
  const alert = told.find((one) => one.alertId === alertId);
  if (alert?.state !== 'sent' || alert.followedUp !== undefined) return undefined;
  if (alert.claimId !== claimId && (alert.leaseUntil ?? 0) > now()) return undefined;
  const regions = regionsWithin(activity, alert);
  if (regions <= (alert.regions ?? 0)) return undefined;
  const joinedWith = told
    .filter((one) => one !== alert && one.from <= alert.until && one.until >= alert.from)
    .map((one) => one.alertId);
  return { alert, joinedWith };
}

function regionsWithin({ cells }: Activity, { from, until }: ToldAlert): number {
  return new Set(cells.filter(({ second }) => second >= from && second < until).map(({ region }) => region))
    .size;
}

/** Where the alert was told; in tumbling mode the register beside the tallies that has its id. */
function placeOf(
  message: OwnMessageOf<'follow-up'>,
  bucket: Bucket,
  scope: Scope,
  registers: LedgerPage['registers'],
  { reading: { rule } }: Detector,
): Place | undefined {
  if (rule.windowing === 'sliding') return slidingPlace(message.actor, bucket.partition, scope, rule);
  for (const [sortKey, { value }] of registers) {
    if (readTold(value).alerts.some(({ alertId }) => alertId === message.alertId)) {
      return { partitionKey: bucketKey(bucket, rule, scope), sortKey };
    }
  }
  return undefined;
}

async function tellGrowth(claim: Claimed, joinedWith: string[], detector: Detector): Promise<void> {
  const hit: Hit = hitOfClaim(claim);
  const evidence = (await evidenceOf([hit], detector)).get(hit)!;
  const alert = { ...buildAlert(hit, evidence, detector.reading.rule, false), alertId: claim.alert.alertId };
  const { regions: regionsBefore = 0, regionNames } = claim.alert;
  const added = regionNames && alert.regions.filter(({ name }) => !regionNames.includes(name));
  const telling = { kind: 'follow-up', alert, regionsBefore, added, joinedWith } as const;
  const messageId = await publish(telling, claim, detector);
  const entry = { ...journalEntryOf('follow-up', claim, hit, detector), messageId };
  await detector.ledger.putEntry(
    journalPlace(entry, claim.scope),
    JSON.stringify(entry),
    entry.at + ALERT_SECONDS,
  );
  await changeClaimed(claim, detector, (told) => ({
    ...withoutClaim(told),
    followedUp: hit.regions.length,
  }));
}
