import { type Bucket, bucketKey, partitionKey, type Scope } from '../detection/keys';
import { ObjectGoneError } from '../errors';
import type { ControlJob } from '../messages/control-message';
import { type Claimed, claimDetections } from '../notify/claims';
import { type Detector, EVIDENCE_SECONDS, PUBLISH_SECONDS, TALLY_SECONDS } from '../notify/context';
import { METRICS, objectName } from '../ports';
import { tallyObject } from '../state/tallies';
import type { ObjectReading } from '../trail/object-reader';
import { inParallel } from '../util/concurrency';
import { sanitize } from '../util/sanitize';
import { getOrInsert } from '../util/values';
import { alerting } from './lazy';
import { Failures, type ObjectJob, OutOfTimeError, type QueueMessage, sortMessages } from './messages';
import { noteProgress } from './replay-progress';

/** No object is begun with less time than this left: what was read must still be evaluated and told. */
const RESERVE_SECONDS = EVIDENCE_SECONDS + 10;

/** A bucket that something was told of, and the messages that stand or fall with it. */
interface TouchedBucket {
  readonly bucket: Bucket;
  readonly scope: Scope;
  readonly messageIds: Set<string>;
  /** those among them that were handed out before */
  readonly repeated: Set<string>;
}

/**
 * Handles a batch. A message succeeds when every tally it stands for is stored, and every hit seen in the buckets it
 * touched is sent, held, or leased to an invocation whose own message is still in flight.
 * @param onLease `acknowledge`; or `fail` where no message would come back if that invocation died, as when S3 invokes
 * @returns why each failed message failed, by its id; nothing else is thrown
 */
export async function handleBatch(
  messages: readonly QueueMessage[],
  detector: Detector,
  onLease: 'acknowledge' | 'fail' = 'acknowledge',
): Promise<ReadonlyMap<string, string>> {
  const failures = new Failures(detector.telemetry);
  const { objects, own } = await sortMessages(messages, detector.telemetry, failures);
  const touched = await readObjects(objects, detector, failures);
  await evaluate(touched, detector, failures, onLease);
  await handleOwn(own, detector, failures);
  await noteReplays(objects, detector, failures);
  detector.telemetry.count(METRICS.objectsFailed, objectsInTrouble(objects, failures));
  return failures.byMessage;
}

/** Whether the object, the ledger or the topic is at fault: nothing else would tell before the dead letters. */
function objectsInTrouble(jobs: readonly ObjectJob[], { inTrouble }: Failures): number {
  return jobs.filter(({ messageIds }) => [...messageIds].some((id) => inTrouble.has(id))).length;
}

/** Reads the objects into the ledger, as many as there is time for. */
async function readObjects(
  jobs: readonly ObjectJob[],
  detector: Detector,
  failures: Failures,
): Promise<TouchedBucket[]> {
  const touched = new Map<string, TouchedBucket>();
  const { reading, store, now, concurrency } = detector;
  await inParallel(jobs, concurrency, async ({ object, scope, messageIds, receives }) => {
    if (!hasTime(detector, RESERVE_SECONDS)) {
      const reason = new OutOfTimeError('not begun, for want of time; it comes back');
      failures.add(messageIds, objectName(object), reason);
      return;
    }
    await failures.guard(messageIds, objectName(object), async () => {
      const read = await tallyObject(object, reading, store, now() + TALLY_SECONDS, scope);
      for (const { bucket } of read.parts) {
        const key = bucketKey(bucket, reading.rule, scope);
        const known = getOrInsert(touched, key, (): TouchedBucket => {
          return { bucket, scope, messageIds: new Set(), repeated: new Set() };
        });
        for (const id of messageIds) {
          known.messageIds.add(id);
          if (receives > 1) known.repeated.add(id);
        }
      }
      report(read.reading, scope, detector);
      const { error } = read.reading;
      if (error !== undefined && !(error instanceof ObjectGoneError)) throw error;
    });
  });
  return [...touched.values()];
}

/** Looks once at each bucket that was touched, and tells what is to be told. */
async function evaluate(
  touched: readonly TouchedBucket[],
  detector: Detector,
  failures: Failures,
  onLease: 'acknowledge' | 'fail',
): Promise<void> {
  const claimed: Claimed[] = [];
  for (const { bucket, scope, messageIds, repeated } of touched) {
    const where = bucketKey(bucket, detector.reading.rule, scope);
    await failures.guard(messageIds, where, async () => {
      if (!hasTime(detector, 2 * PUBLISH_SECONDS))
        throw new OutOfTimeError('not evaluated, for want of time; it comes back');
      const outcome = await claimDetections(bucket, scope, detector);
      claimed.push(...outcome.claimed);
      if (outcome.isCut) throw new OutOfTimeError('more alerts than are told at a time; it comes back');
      if (!outcome.leased) return;
      // The one at work may hold the very same message, handed out twice: then nothing else would come back if it died.
      const returned = onLease === 'fail' ? messageIds : repeated;
      const reason = 'another invocation is telling an alert of it; tried again in case that one dies';
      if (returned.size > 0) failures.add(returned, where, new OutOfTimeError(reason));
    });
  }
  if (claimed.length === 0) return;
  for (const [claim, error] of await publishAll(claimed, detector)) {
    failures.add(messagesTouching(claim, touched, detector), claim.alert.alertId, error);
  }
}

/** @returns those that could not be told, and why */
async function publishAll(claimed: readonly Claimed[], detector: Detector): Promise<Map<Claimed, unknown>> {
  try {
    const { publishClaims } = await alerting();
    return await publishClaims(claimed, detector);
  } catch (error) {
    return new Map(claimed.map((claim) => [claim, error]));
  }
}

/** Every message that told something of the claim's partition: the alert may be due to any of them. */
function messagesTouching(claim: Claimed, touched: readonly TouchedBucket[], { reading }: Detector): Set<string> {
  const keyOf = ({ bucket, scope }: Pick<TouchedBucket, 'bucket' | 'scope'>) =>
    partitionKey(bucket.partition, reading.rule, scope);
  const key = keyOf(claim);
  return new Set(touched.filter((one) => keyOf(one) === key).flatMap(({ messageIds }) => [...messageIds]));
}

async function handleOwn(jobs: readonly ControlJob[], detector: Detector, failures: Failures): Promise<void> {
  for (const { message, messageId } of jobs) {
    await failures.guard([messageId], message.kind, async () => {
      if (!hasTime(detector, RESERVE_SECONDS)) throw new OutOfTimeError('not begun, for want of time; it comes back');
      const { handleControlMessage } = await alerting();
      await handleControlMessage(message, detector);
    });
  }
}

async function noteReplays(jobs: readonly ObjectJob[], detector: Detector, failures: Failures): Promise<void> {
  for (const job of jobs) {
    const reasons = [...job.messageIds].flatMap((id) => failures.byMessage.get(id) ?? []);
    await failures.guard(job.messageIds, objectName(job.object), () =>
      noteProgress(job, reasons[0], detector.store, detector.now()),
    );
  }
}

function hasTime({ deadline, now }: Detector, seconds: number): boolean {
  return deadline - now() >= seconds;
}

/** Faults logged of one object; each says how many there are. */
const MAX_FAULTS_LOGGED = 20;

/**
 * Counts and logs what was read of one object. Objects of replays do not count as read: the silence alarm would take them
 * for a sign that the trail still writes.
 */
export function report(
  { object, records, matchedCalls, faults, skipped, exceptedBy, error }: ObjectReading,
  { replayId }: Scope,
  { telemetry, now }: Detector,
) {
  const name = sanitize(objectName(object), 1100);
  telemetry.count(METRICS.recordsRead, records);
  telemetry.count(METRICS.matchedCalls, matchedCalls.length);
  telemetry.count(METRICS.unattributed, skipped.unattributed);
  telemetry.count(METRICS.excepted, skipped.excepted);
  if (matchedCalls.length > 0) {
    const newest = matchedCalls.reduce((latest, { second }) => Math.max(latest, second), 0);
    telemetry.observe(METRICS.deliveryLag, now() - newest);
  }
  for (const { index, offset, reason } of faults.slice(0, MAX_FAULTS_LOGGED)) {
    telemetry.warn('record passed over', {
      object: name,
      index,
      offset,
      reason: sanitize(reason),
      faults: faults.length,
    });
  }
  if (error instanceof ObjectGoneError) {
    telemetry.count(METRICS.objectsSkipped, 1);
    telemetry.warn('object gone', { object: name });
  } else if (error === undefined) {
    if (replayId === undefined) telemetry.count(METRICS.objectsRead, 1);
    telemetry.info('object read', {
      object: name,
      replayId,
      records,
      matchedCalls: matchedCalls.length,
      ...skipped,
      exceptedBy:
        exceptedBy.size === 0 ? undefined : [...exceptedBy].map(([exception, count]) => `${exception}: ${count}`),
    });
  }
}
