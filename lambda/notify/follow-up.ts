import { buildAlert } from '../alert/assemble';
import { type RuleParameters, slowRule } from '../detection/rule';
import { bucketKey } from '../detection/store-keys';
import type { Activity } from '../detection/tally';
import { joinBursts, longestBurst, spansOf } from '../detection/windows';
import type { ControlMessageOf } from '../messages/control-message';
import { parseValue, readValue, type StatePage, updateItem } from '../state/store';
import {
  type AlertState,
  actorKey,
  alertItem,
  type Claim,
  changeClaimed,
  claimOf,
  historyEntryOf,
  readActivities,
  releaseClaim,
} from './claims';
import type { Detector } from './context';
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

/** Publishes an alert's final extent once, if a region was added. @throws ServiceError, for a retry */
export async function followUp(message: ControlMessageOf<'follow-up'>, detector: Detector): Promise<void> {
  const { store, invocation } = detector;
  const { actor, alertId } = message;
  const bucket = { partition: message.partition, start: message.bucketStart };
  const scope = { replayId: message.replayId };
  const { activities, items } = await readActivities(bucket, scope, detector);
  const activity = activities.find((one) => one.actor === actor);
  const place = await placeOf(message, items, detector);
  if (activity === undefined || place === undefined) return;
  const { key, rule } = place;
  const lease = leaseFor(`follow-up/${alertId}`, invocation);
  const { claimId } = lease;
  let growth: ReturnType<typeof growthOf>;
  await updateItem(store, alertItem(key), invocation.now(), (state) => {
    const now = invocation.now();
    const stored = state.alerts.find((one) => one.alertId === alertId);
    growth = stored && isLeaseFree(stored, claimId, now) ? growthOf(state, alertId, activity, rule) : undefined;
    if (growth === undefined) return undefined;
    const leased = { ...growth.alert, ...lease };
    return { alerts: state.alerts.map((one) => (one === stored ? leased : one)) };
  });
  // Whoever publishes the alert has a message that comes back.
  if (growth === undefined) return;
  const claim = claimOf(growth.alert, activity, { key, claimId, scope, rule });
  try {
    await publishGrowth(claim, growth.joinedWith, detector);
  } catch (error) {
    await releaseClaim(claim, detector);
    throw error;
  }
}

/** The item that holds the alert, and the rule that the alert met. */
async function placeOf(message: ControlMessageOf<'follow-up'>, items: StatePage['items'], detector: Detector) {
  const { actor, alertId, partition, bucketStart, replayId } = message;
  const { rule } = detector.reading;
  const scope = { replayId };
  const place = { actor, partition, scope, rule };
  const isIn = ({ alerts }: AlertState) => alerts.some((alert) => alert.alertId === alertId);
  const slow = slowRule(rule);
  if (slow !== undefined) {
    const key = actorKey('slow', place);
    if (isIn(await readValue(detector.store, alertItem(key)))) return { rule: slow, key };
  }
  if (rule.windowing === 'sliding') return { rule, key: actorKey('told', place) };
  const partitionKey = bucketKey({ partition, start: bucketStart }, rule, scope);
  for (const [sortKey, item] of items) {
    const key = { partitionKey, sortKey };
    if (isIn(parseValue(key, item, alertItem(key).absent))) return { rule, key };
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
