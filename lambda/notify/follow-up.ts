import { buildAlert } from '../alert/assemble';
import { type RuleParameters, slowRule } from '../detection/rule';
import { bucketKey } from '../detection/store-keys';
import type { Activity } from '../detection/tally';
import { joinBursts, longestBurst, spansOf } from '../detection/windows';
import type { ControlMessageOf } from '../messages/control-message';
import { type ItemKey, parseValue, readValue, type StatePage, updateItem } from '../state/store';
import type { AlertState, Claim } from './claims';
import {
  actorKey,
  alertItem,
  changeClaimed,
  claimOf,
  historyEntryOf,
  NO_ALERTS,
  readActivities,
  releaseClaim,
} from './claims';
import type { Detector, Uses } from './context';
import { clearLease, isLeaseFree, leaseFor } from './lease';
import { evidenceOf } from './publish-claims';
import { recall } from './recall';
import { noteHistory, publish } from './send';

/** How a published alert without a follow-up grew, and which alerts proved to be its burst; nothing if it did not. */
function growthOf({ alerts }: AlertState, alertId: string, { cells }: Activity, rule: RuleParameters) {
  const { known } = joinBursts(spansOf(cells, rule), alerts, longestBurst(rule));
  const alert = known.find((one) => one.alertId === alertId);
  if (alert?.state !== 'sent' || alert.followedUp !== undefined) return undefined;
  const { from, until } = alert;
  const inside = cells.filter(({ second }) => second >= from && second < until);
  if (new Set(inside.map(({ region }) => region)).size <= (alert.regions ?? 0)) return undefined;
  const joined = known.filter((one) => one !== alert && one.from <= until && one.until >= from);
  return { alert, joinedWith: joined.map((one) => one.alertId) };
}

/** Publishes an alert's final extent once, if a region was added. @throws StateStoreError, SendError, for a retry */
export async function followUp(message: ControlMessageOf<'follow-up'>, detector: Detector): Promise<void> {
  const { store, invocation } = detector;
  const { rule } = detector.reading;
  const { actor, alertId } = message;
  const bucket = { partition: message.partition, start: message.bucketStart };
  const scope = { replayId: message.replayId };
  const { activities, items } = await readActivities(bucket, scope, detector);
  const activity = activities.find((one) => one.actor === actor);
  const slow = await slowPlace(message, detector);
  const { rule: own, key } = slow ?? {
    rule,
    key:
      rule.windowing === 'sliding'
        ? actorKey('told', actor, bucket.partition, scope, rule)
        : itemWith(alertId, bucketKey(bucket, rule, scope), items),
  };
  if (activity === undefined || key === undefined) return;
  const lease = leaseFor(`follow-up/${alertId}`, invocation);
  const { claimId } = lease;
  let growth: ReturnType<typeof growthOf>;
  await updateItem(store, alertItem(key), invocation.now(), (state) => {
    const now = invocation.now();
    const stored = state.alerts.find((one) => one.alertId === alertId);
    growth = stored && isLeaseFree(stored, claimId, now) ? growthOf(state, alertId, activity, own) : undefined;
    if (growth === undefined) return undefined;
    const leased = { ...growth.alert, ...lease };
    return { alerts: state.alerts.map((one) => (one === stored ? leased : one)) };
  });
  // Whoever publishes the alert has a message that comes back.
  if (growth === undefined) return;
  const claim = claimOf(growth.alert, activity, { key, claimId, scope, rule: own });
  try {
    await publishGrowth(claim, growth.joinedWith, detector);
  } catch (error) {
    await releaseClaim(claim, detector);
    throw error;
  }
}

/** The item that holds the alert, if the slow window found it. */
async function slowPlace(message: ControlMessageOf<'follow-up'>, { store, reading }: Uses<'store' | 'reading'>) {
  const { actor, alertId, partition, replayId } = message;
  const { rule } = reading;
  const slow = slowRule(rule);
  if (slow === undefined) return undefined;
  const key = actorKey('slow', actor, partition, { replayId }, rule);
  const { alerts } = await readValue(store, alertItem(key));
  return alerts.some((alert) => alert.alertId === alertId) ? { rule: slow, key } : undefined;
}

function itemWith(alertId: string, partitionKey: string, items: StatePage['items']): ItemKey | undefined {
  for (const [sortKey, item] of items) {
    const { alerts } = parseValue({ partitionKey, sortKey }, item, NO_ALERTS);
    if (alerts.some((alert) => alert.alertId === alertId)) return { partitionKey, sortKey };
  }
  return undefined;
}

async function publishGrowth(claim: Claim, joinedWith: readonly string[], detector: Detector): Promise<void> {
  const { invocation, alerting } = detector;
  const { accountNames } = alerting;
  const { detection, scope, rule } = claim;
  const found = await evidenceOf([detection], detector);
  const evidence = found.get(detection)!;
  const recurrence = (await recall([claim], found, detector)).get(claim);
  const { alertId, regions: regionsBefore = 0, regionNames } = claim.alert;
  const alert = buildAlert({ detection, evidence, recurrence, rule, alertId, accountNames });
  const added = regionNames && alert.regions.filter(({ name }) => !regionNames.includes(name));
  const notification = { kind: 'follow-up', alert, regionsBefore, added, joinedWith } as const;
  const messageId = await publish(notification, scope, detector);
  // First of all: no other request that may fail comes between publishing and this.
  await changeClaimed(claim, detector, (stored) => ({ ...clearLease(stored), followedUp: detection.regions.length }));
  await noteHistory({ ...historyEntryOf('follow-up', claim, invocation), messageId }, scope, detector);
}
