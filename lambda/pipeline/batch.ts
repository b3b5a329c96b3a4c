import { type Bucket, bucketKey, partitionKey, partitionOf, type Scope } from '../detection/keys';
import { ObjectGoneError } from '../errors';
import { type Claim, claimDetections } from '../notify/claims';
import { type Detector, EVIDENCE_SECONDS, type Invocation, PUBLISH_SECONDS } from '../notify/context';
import { METRICS, objectName, type Telemetry } from '../ports';
import { tallyObject } from '../state/tallies';
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
  const { objects, control } = await sortMessages(messages, telemetry, failures);
  const touched = await readObjects(objects, detector, failures);
  await evaluate(touched, detector, failures, onLease);
  for (const { message, messageId } of control) {
    await failures.guard([messageId], message.kind, async () => {
      requireTime(invocation, RESERVE_SECONDS);
      const { handleControlMessage } = await alerting();
      await handleControlMessage(message, detector);
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

/** Puts the tallies of the objects into the state store, as many as there is time for. */
async function readObjects(
  jobs: readonly ObjectJob[],
  { reading, store, concurrency, invocation, telemetry }: Detector,
  failures: Failures,
): Promise<TouchedBucket[]> {
  const touched = new Map<string, TouchedBucket>();
  await inParallel(jobs, concurrency, ({ object, scope, messageIds, receiveCount }) =>
    failures.guard(messageIds, objectName(object), async () => {
      requireTime(invocation, RESERVE_SECONDS);
      const { parts, reading: read } = await tallyObject(object, reading, store, invocation.now(), scope);
      for (const { bucket } of parts) {
        const known = getOrInsert(touched, bucketKey(bucket, reading.rule, scope), (): TouchedBucket => {
          return { bucket, scope, messageIds: new Set(), repeated: new Set() };
        });
        for (const id of messageIds) {
          known.messageIds.add(id);
          if (receiveCount > 1) known.repeated.add(id);
        }
      }
      report(read, scope, telemetry, invocation.now());
      if (read.error !== undefined && !(read.error instanceof ObjectGoneError)) throw read.error;
    }),
  );
  return [...touched.values()];
}

/** Evaluates each touched bucket once, and publishes what was detected. */
async function evaluate(
  touched: readonly TouchedBucket[],
  detector: Detector,
  failures: Failures,
  onLease: 'acknowledge' | 'fail',
): Promise<void> {
  const { rule } = detector.reading;
  const claimed: Claim[] = [];
  for (const { bucket, scope, messageIds, repeated } of touched) {
    const where = bucketKey(bucket, rule, scope);
    await failures.guard(messageIds, where, async () => {
      requireTime(detector.invocation, 2 * PUBLISH_SECONDS);
      const { claims, isLeased, isCut } = await claimDetections(bucket, scope, detector);
      claimed.push(...claims);
      if (isCut) throw new DeferredError('deferred: more detections in one bucket than are published at a time');
      if (!isLeased) return;
      // The lease may be for the very same message, received twice: nothing else would come back if its holder died.
      const returned = onLease === 'fail' ? messageIds : repeated;
      const reason = 'deferred: another invocation is publishing one of its alerts, and may fail';
      if (returned.size > 0) failures.add(returned, where, new DeferredError(reason));
    });
  }
  if (claimed.length === 0) return;
  const all = (error: unknown) => new Map(claimed.map((claim) => [claim, error]));
  const failed = await alerting()
    .then(({ publishClaims }) => publishClaims(claimed, detector))
    .catch(all);
  for (const [claim, error] of failed) {
    // Every message that touched the claim's partition: the alert may be due to any of them.
    const key = partitionKey(partitionOf(claim.detection.actor, rule), rule, claim.scope);
    const due = touched.filter(({ bucket, scope }) => partitionKey(bucket.partition, rule, scope) === key);
    failures.add(new Set(due.flatMap(({ messageIds }) => [...messageIds])), claim.alert.alertId, error);
  }
}

/** @throws DeferredError where less than `seconds` are left */
function requireTime({ deadline, now }: Invocation, seconds: number): void {
  if (deadline - now() < seconds) throw new DeferredError('deferred: not enough time left');
}

/** Faults logged of one object; each says how many there are. */
const MAX_FAULTS_LOGGED = 20;

/**
 * Counts and logs what was read of one object. Objects of replays do not count as read: the silence alarm would take them
 * for a sign that the trail is still written.
 */
function report(
  { object, records, matchedCalls, faults, skipped, exceptedBy, error }: ObjectReading,
  { replayId }: Scope,
  telemetry: Telemetry,
  now: number,
): void {
  const name = sanitize(objectName(object), 1100);
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
    telemetry.count(METRICS.objectsSkipped, 1);
    telemetry.warn('object gone', { object: name });
  } else if (error === undefined) {
    if (replayId === undefined) telemetry.count(METRICS.objectsRead, 1);
    const by = [...exceptedBy].map(([exception, count]) => `${exception}: ${count}`);
    telemetry.info('object read', {
      ...{ object: name, replayId, records, matchedCalls: matchedCalls.length },
      ...skipped,
      exceptedBy: by.length === 0 ? undefined : by,
    });
  }
}
