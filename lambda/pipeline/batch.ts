import type { RuleParameters } from '../detection/rule';
import { type Bucket, bucketKey, LIVE, partitionKey, partitionOf, type Scope } from '../detection/store-keys';
import { encodeTally, tallyCalls } from '../detection/tally';
import { DeferredError, DocumentError, ObjectGoneError } from '../errors';
import { type Claim, claimDetections } from '../notify/claims';
import { type Detector, EVIDENCE_SECONDS, PUBLISH_SECONDS, secondsLeft } from '../notify/context';
import { addDue, sendDue } from '../notify/due';
import { METRICS, type ObjectRef, objectName, type Telemetry } from '../ports';
import { recordProgress } from '../state/history';
import { type StateStore, TALLY_SECONDS } from '../state/store';
import { trailFileOf } from '../trail/object-key';
import { type ObjectReading, type ReadOptions, readObject } from '../trail/object-reader';
import { inParallel } from '../util/concurrency';
import { sanitize } from '../util/sanitize';
import { getOrInsert, maxOf } from '../util/values';
import { alerting } from './lazy';
import { Failures, type ObjectJob, type QueueMessage, sortMessages } from './messages';

/** Seconds that must be left to read an object, since its detections must still be evaluated and published. */
const RESERVE_SECONDS = EVIDENCE_SECONDS + 10;

/** A bucket to which the batch added tallies, and the messages that succeed or fail with it. */
interface TouchedBucket {
  readonly bucket: Bucket;
  readonly scope: Scope;
  readonly messageIds: Set<string>;
  /** those of them that were received before */
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
  // First, since it is quick, and due messages must not wait while objects fill every batch.
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
  // The object, state store or topic is at fault, which would otherwise show only in the dead-letter queue.
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

/** Adds the objects' tallies to the state store, as time allows. */
async function readObjects(
  jobs: readonly ObjectJob[],
  touched: TouchedBuckets,
  { reading, store, concurrency, invocation, telemetry }: Detector,
  failures: Failures,
): Promise<void> {
  await inParallel(jobs, concurrency, ({ object, scope, messageIds, receiveCount }) =>
    failures.guard(messageIds, objectName(object), async () => {
      if (secondsLeft(invocation) < RESERVE_SECONDS) throw new DeferredError('deferred: not enough time left');
      const { parts, reading: read } = await tallyObject(object, reading, store, invocation.now(), scope);
      for (const { bucket } of parts) touched.add(bucket, scope, messageIds, receiveCount);
      report(read, scope, telemetry, invocation.now());
      if (read.error !== undefined && !(read.error instanceof ObjectGoneError)) throw read.error;
    }),
  );
}

/** Most identities with matched calls in one object: a hundred times what a trail has. */
export const MAX_ACTORS = 10_000;

/**
 * Reads an object and adds its tallies to the state store.
 * @param now UTC epoch second; tallies expire TALLY_SECONDS later
 * @throws ServiceError; DocumentError for more identities than a bucket can be evaluated with
 */
export async function tallyObject(
  object: ObjectRef,
  options: ReadOptions,
  store: StateStore,
  now: number,
  scope = LIVE,
) {
  const reading = await readObject(object, { ...options, maxActors: MAX_ACTORS });
  if (new Set(reading.matchedCalls.map(({ actor }) => actor)).size > MAX_ACTORS) {
    throw new DocumentError(`${objectName(object)}: more than ${MAX_ACTORS} identities made the call in it`);
  }
  const tallies = tallyCalls(object, reading.matchedCalls, options.rule);
  const parts = tallies.flatMap((tally) => encodeTally(tally));
  for (const part of parts) {
    await store.putTally(bucketKey(part.bucket, options.rule, scope), part, now + TALLY_SECONDS);
  }
  return { reading, parts };
}

/** Most alerts of one bucket claimed by one invocation. */
export const MAX_CLAIMS = 200;

/** Most alerts of all buckets claimed by one invocation. */
const MAX_CLAIMS_IN_ALL = 2 * MAX_CLAIMS;

/**
 * Evaluates each bucket, and publishes its detections. Those for which there is no time go on the due list, so that
 * thousands of invented identities in one bucket do not turn messages of other objects into dead letters.
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

/** @returns the buckets that may have more */
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
      // The lease may be for this very message, received twice: if its holder died, no other message would come back.
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
    // Fail every message that touched the claim's partition, since any of them may have caused the alert.
    const due = bucketsOf(claim);
    failures.add(new Set(due.flatMap(({ messageIds }) => [...messageIds])), claim.alert.alertId, error);
    for (const one of due) left.delete(one);
  }
  return [...left];
}

/** Most faults logged per object; each line has their number. */
const MAX_FAULTS_LOGGED = 20;

/** Age in seconds from which an object is old: longer than the silence alarm can be set to. */
const OLD_SECONDS = 86_400;

/**
 * Counts and logs the result of one object. Objects of replays, and old ones announced again, do not count as read: for the
 * silence alarm they are no sign that the trail is alive.
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
    // Most objects have no matched call: their lines would be a quarter of the bill.
    telemetry[hasCalls ? 'info' : 'debug']('object read', {
      ...{ object: name, replayId, records, matchedCalls: matchedCalls.length },
      ...skipped,
      exceptedBy: by.length === 0 ? undefined : by,
    });
  }
}
