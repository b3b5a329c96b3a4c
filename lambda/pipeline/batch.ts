import { type Bucket, bucketKey, partitionKey, partitionOf, type Scope } from '../detection/keys';
import type { RuleParameters } from '../detection/rule';
import { ObjectGoneError } from '../errors';
import { type Claim, claimDetections } from '../notify/claims';
import { type Detector, EVIDENCE_SECONDS, type Invocation, PUBLISH_SECONDS, secondsLeft } from '../notify/context';
import { addDue, sendDue } from '../notify/due';
import { METRICS, objectName, type Telemetry } from '../ports';
import { tallyObject } from '../state/tallies';
import { trailFileOf } from '../trail/object-key';
import type { ObjectReading } from '../trail/object-reader';
import { inParallel } from '../util/concurrency';
import { sanitize } from '../util/sanitize';
import { getOrInsert, maxOf } from '../util/values';
import { alerting } from './lazy';
import { DeferredError, Failures, type ObjectJob, type QueueMessage, sortMessages } from './messages';
import { recordProgress } from './replay-progress';

/** No object is read with less time than this left: its detections must still be evaluated and published. */
const RESERVE_SECONDS = EVIDENCE_SECONDS + 10;

/** A bucket that the batch added to, and the messages that succeed or fail with it. */
interface TouchedBucket {
  readonly bucket: Bucket;
  readonly scope: Scope;
  readonly messageIds: Set<string>;
  /** those that were received before */
  readonly repeated: Set<string>;
}

/**
 * Handles a batch. A message succeeds when every tally it stands for is stored, and every detection in the buckets it
 * touched is sent, held, or leased to an invocation whose own message is still in flight.
 * @param onLease `acknowledge`; or `fail` where no message would come back if that invocation died, as when S3 invokes
 * @returns why each failed message failed, by its id; nothing else is thrown
 */
export async function handleBatch(
  messages: readonly QueueMessage[],
  detector: Detector,
  onLease: 'acknowledge' | 'fail' = 'acknowledge',
): Promise<ReadonlyMap<string, string>> {
  const { store, telemetry, invocation } = detector;
  const failures = new Failures(telemetry);
  const { objects, buckets, notifications, wakeUps } = await sortMessages(messages, detector, failures);
  // First, since it takes little time: what is due must not wait for what fills every batch.
  if (wakeUps.length > 0) await failures.guard(wakeUps, 'wake-up', () => sendDue(detector));
  const touched = new TouchedBuckets(detector.reading.rule);
  for (const { bucket, scope, message } of buckets) touched.add(bucket, scope, [message.id], message.receiveCount);
  await readObjects(objects, touched, detector, failures);
  await evaluate(touched.all, detector, failures, onLease);
  for (const { message, id } of notifications) {
    await failures.guard([id], message.kind, async () => {
      if (secondsLeft(invocation) < RESERVE_SECONDS) return addDue(message, invocation.now(), detector);
      return (await alerting()).handleDueNotification(message, detector);
    });
  }
  for (const job of objects) {
    const [reason] = [...job.messageIds].flatMap((id) => failures.byMessage.get(id) ?? []);
    const record = () => recordProgress(job, reason, store, invocation.now());
    await failures.guard(job.messageIds, objectName(job.object), record);
  }
  // The object, the state store or the topic is at fault: nothing else would say so before the dead-letter queue.
  const inTrouble = objects.filter(({ messageIds }) => [...messageIds].some((id) => failures.inTrouble.has(id)));
  telemetry.count(METRICS.objectsFailed, inTrouble.length);
  return failures.byMessage;
}

class TouchedBuckets {
  private readonly byKey = new Map<string, TouchedBucket>();

  constructor(private readonly rule: RuleParameters) {}

  get all(): TouchedBucket[] {
    return [...this.byKey.values()];
  }

  add(bucket: Bucket, scope: Scope, messageIds: Iterable<string>, receiveCount: number): void {
    const fresh = { bucket, scope, messageIds: new Set<string>(), repeated: new Set<string>() };
    const known = getOrInsert(this.byKey, bucketKey(bucket, this.rule, scope), () => fresh);
    for (const id of messageIds) {
      known.messageIds.add(id);
      if (receiveCount > 1) known.repeated.add(id);
    }
  }
}

/** Puts the tallies of the objects into the state store, as many as there is time for. */
async function readObjects(
  jobs: readonly ObjectJob[],
  touched: TouchedBuckets,
  { reading, store, concurrency, invocation, telemetry }: Detector,
  failures: Failures,
): Promise<void> {
  await inParallel(jobs, concurrency, ({ object, scope, messageIds, receiveCount }) =>
    failures.guard(messageIds, objectName(object), async () => {
      requireTime(invocation, RESERVE_SECONDS);
      const { parts, reading: read } = await tallyObject(object, reading, store, invocation.now(), scope);
      for (const { bucket } of parts) touched.add(bucket, scope, messageIds, receiveCount);
      report(read, scope, telemetry, invocation.now());
      if (read.error !== undefined && !(read.error instanceof ObjectGoneError)) throw read.error;
    }),
  );
}

/** Alerts claimed of one bucket before any is published. */
export const MAX_CLAIMS = 200;

/** The same of all buckets. */
const MAX_CLAIMS_IN_ALL = 2 * MAX_CLAIMS;

/**
 * Evaluates each bucket, and publishes what was detected. What there is no time for is put on the due list: thousands of
 * made-up identities in one bucket keep no message of another object waiting until it is taken for a dead letter.
 */
async function evaluate(
  touched: readonly TouchedBucket[],
  detector: Detector,
  failures: Failures,
  onLease: 'acknowledge' | 'fail',
): Promise<void> {
  let round = touched;
  while (round.length > 0) {
    const left = await evaluateOnce(round, detector, failures, onLease);
    round = secondsLeft(detector.invocation) < RESERVE_SECONDS ? [] : left;
    if (round.length > 0) continue;
    for (const { bucket, scope, messageIds } of left) {
      const { partition, start: bucketStart } = bucket;
      const rest = { kind: 'bucket', replayId: scope.replayId, partition, bucketStart } as const;
      await failures.guard(messageIds, 'due list', () => addDue(rest, detector.invocation.now(), detector));
    }
  }
}

/** @returns the buckets in which there may be more */
async function evaluateOnce(
  touched: readonly TouchedBucket[],
  detector: Detector,
  failures: Failures,
  onLease: 'acknowledge' | 'fail',
): Promise<TouchedBucket[]> {
  const { rule } = detector.reading;
  const most = Math.max(1, Math.min(MAX_CLAIMS, Math.floor(MAX_CLAIMS_IN_ALL / touched.length)));
  const claimed: Claim[] = [];
  const left = new Set<TouchedBucket>();
  for (const one of touched) {
    const { bucket, scope, messageIds, repeated } = one;
    const where = bucketKey(bucket, rule, scope);
    await failures.guard(messageIds, where, async () => {
      if (secondsLeft(detector.invocation) < 2 * PUBLISH_SECONDS) {
        left.add(one);
        return;
      }
      const { claims, isLeased, isCut } = await claimDetections(bucket, scope, most, detector);
      claimed.push(...claims);
      if (isCut) left.add(one);
      if (!isLeased) return;
      // The lease may be for the very same message, received twice: nothing else would come back if its holder died.
      const returned = onLease === 'fail' ? messageIds : repeated;
      const reason = 'deferred: another invocation is publishing one of its alerts, and may fail';
      if (returned.size > 0) failures.add(returned, where, new DeferredError(reason));
    });
  }
  if (claimed.length === 0) return [...left];
  const all = (error: unknown) => ({ failed: new Map(claimed.map((claim) => [claim, error])), late: [] });
  const { failed, late } = await alerting()
    .then(({ publishClaims }) => publishClaims(claimed, detector))
    .catch(all);
  const bucketsOf = (claim: Claim) => {
    const key = partitionKey(partitionOf(claim.detection.actor, rule), rule, claim.scope);
    return touched.filter(({ bucket, scope }) => partitionKey(bucket.partition, rule, scope) === key);
  };
  for (const claim of late) for (const one of bucketsOf(claim)) left.add(one);
  for (const [claim, error] of failed) {
    // Every message that touched the claim's partition: the alert may be due to any of them. All will come back.
    const due = bucketsOf(claim);
    failures.add(new Set(due.flatMap(({ messageIds }) => [...messageIds])), claim.alert.alertId, error);
    for (const one of due) left.delete(one);
  }
  return [...left];
}

/** @throws DeferredError where less than `seconds` are left */
function requireTime(invocation: Invocation, seconds: number): void {
  if (secondsLeft(invocation) < seconds) throw new DeferredError('deferred: not enough time left');
}

/** Faults logged of one object; each says how many there are. */
const MAX_FAULTS_LOGGED = 20;

/** After this an object is old: longer than any silence that is alarmed. */
const OLD_SECONDS = 86_400;

/**
 * Counts and logs what was read of one object. Objects of replays, and old ones that were announced again, do not count
 * as read: the silence alarm would take them for a sign that the trail is still written.
 */
function report(
  { object, records, matchedCalls, faults, skipped, exceptedBy, error }: ObjectReading,
  { replayId }: Scope,
  telemetry: Telemetry,
  now: number,
): void {
  const name = sanitize(objectName(object), 1100);
  const isLive = replayId === undefined;
  telemetry.count(METRICS.recordsRead, records);
  telemetry.count(METRICS.matchedCalls, matchedCalls.length);
  telemetry.count(METRICS.unattributed, skipped.unattributed);
  telemetry.count(METRICS.excepted, skipped.excepted);
  if (matchedCalls.length > 0) {
    telemetry.observe(METRICS.deliveryLag, now - maxOf(matchedCalls.map(({ second }) => second)));
  }
  for (const { index, offset, reason } of faults.slice(0, MAX_FAULTS_LOGGED)) {
    const fault = { object: name, index, offset, reason: sanitize(reason), faults: faults.length };
    telemetry.warn('record skipped', fault);
  }
  if (error instanceof ObjectGoneError) {
    if (isLive) telemetry.count(METRICS.objectsGone, 1);
    telemetry.warn('object gone', { object: name, replayId });
  } else if (error === undefined) {
    const isOld = (trailFileOf(object.key)?.slot ?? now) < now - OLD_SECONDS;
    if (isLive) telemetry.count(isOld ? METRICS.oldObjectsRead : METRICS.objectsRead, 1);
    const by = [...exceptedBy].map(([exception, count]) => `${exception}: ${count}`);
    const hasCalls = matchedCalls.length + Object.values(skipped).reduce((sum, count) => sum + count, 0) > 0;
    // Most objects have none: their lines would be a quarter of the bill.
    telemetry[hasCalls ? 'info' : 'debug']('object read', {
      ...{ object: name, replayId, records, matchedCalls: matchedCalls.length },
      ...skipped,
      exceptedBy: by.length === 0 ? undefined : by,
    });
  }
}
