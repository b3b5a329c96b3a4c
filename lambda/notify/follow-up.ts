import { buildAlert } from '../alert/assemble';
import type { Detection } from '../detection/detections';
import { type Bucket, bucketKey, type Scope } from '../detection/keys';
import type { Activity } from '../detection/tally';
import { joinBursts, longestBurst, spansOf } from '../detection/windows';
import { type ControlMessageOf, writeControlMessage } from '../messages/control-message';
import { historyKey } from '../state/history';
import { type ItemKey, type StatePage, updateItem } from '../state/store';
import {
  type Claimed,
  changeClaimed,
  clearClaim,
  readActivities,
  readAlertState,
  releaseClaim,
  type StoredAlert,
  slidingKey,
} from './claims';
import { ALERT_SECONDS, type Detector, LEASE_SLACK_SECONDS } from './context';
import { detectionOfClaim, evidenceOf, journalEntryOf } from './publish-claims';
import { publish } from './send';

/** Longer than most leases still run. */
const PUT_OFF_SECONDS = 60;

/**
 * Tells the final extent of an alert, once and only if a region was added since it was published.
 * @throws LedgerError, SendError: the message shall come back
 */
export async function followUp(message: ControlMessageOf<'follow-up'>, detector: Detector): Promise<void> {
  const { store, now } = detector;
  const scope = { replayId: message.replayId };
  const bucket = { partition: message.partition, start: message.bucketStart };
  const { activities, items } = await readActivities(bucket, scope, detector);
  const activity = activities.find(({ actor }) => actor === message.actor);
  if (activity === undefined) return;
  const place = placeOf(message, bucket, scope, items, detector);
  if (place === undefined) return;
  const claimId = `${detector.invocationId}/follow-up/${message.alertId}`;
  let grown: { alert: StoredAlert; joinedWith: string[] } | undefined;
  let isBeingTold = false;
  await updateItem(store, place, now() + ALERT_SECONDS, (value) => {
    const told = readAlertState(value);
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
  if (isBeingTold) await detector.queue.send(writeControlMessage(message), PUT_OFF_SECONDS);
  if (grown === undefined) return;
  const claim: Claimed = { alert: grown.alert, claimId, place, activity, bucket, scope };
  try {
    await publishGrowth(claim, grown.joinedWith, detector);
  } catch (error) {
    await releaseClaim(claim, detector);
    throw error;
  }
}

/** The alert as far as it reaches now, if it is told, has more regions than it had, and nobody else tells that. */
function growthOf(
  alerts: readonly StoredAlert[],
  alertId: string,
  activity: Activity,
  { reading: { rule }, now }: Detector,
  claimId: string,
): { alert: StoredAlert; joinedWith: string[] } | undefined {
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

function regionsWithin({ cells }: Activity, { from, until }: StoredAlert): number {
  return new Set(cells.filter(({ second }) => second >= from && second < until).map(({ region }) => region)).size;
}

/** Where the alert was told; in tumbling mode the register beside the tallies that has its id. */
function placeOf(
  message: ControlMessageOf<'follow-up'>,
  bucket: Bucket,
  scope: Scope,
  items: StatePage['items'],
  { reading: { rule } }: Detector,
): ItemKey | undefined {
  if (rule.windowing === 'sliding') return slidingKey(message.actor, bucket.partition, scope, rule);
  for (const [sortKey, { value }] of items) {
    if (readAlertState(value).alerts.some(({ alertId }) => alertId === message.alertId)) {
      return { partitionKey: bucketKey(bucket, rule, scope), sortKey };
    }
  }
  return undefined;
}

async function publishGrowth(claim: Claimed, joinedWith: string[], detector: Detector): Promise<void> {
  const detection: Detection = detectionOfClaim(claim);
  const evidence = (await evidenceOf([detection], detector)).get(detection)!;
  const alert = {
    ...buildAlert(detection, evidence, detector.reading.rule, false),
    alertId: claim.alert.alertId,
  };
  const { regions: regionsBefore = 0, regionNames } = claim.alert;
  const added = regionNames && alert.regions.filter(({ name }) => !regionNames.includes(name));
  const notification = { kind: 'follow-up', alert, regionsBefore, added, joinedWith } as const;
  const messageId = await publish(notification, claim, detector);
  const entry = { ...journalEntryOf('follow-up', claim, detection, detector), messageId };
  await detector.store.putEntry(historyKey(entry, claim.scope), JSON.stringify(entry), entry.at + ALERT_SECONDS);
  await changeClaimed(claim, detector, (told) => ({
    ...clearClaim(told),
    followedUp: detection.regions.length,
  }));
}
