import { inert } from '../alert/inert';
import { entry } from '../collections';
import { ObjectGoneError, RegionsweepError } from '../errors';
import { METRICS } from '../metric-names';
import { inParallel } from '../parallel';
import { objectName } from '../ports';
import type { ObjectReading } from '../trail/object-reader';
import { bucketKey, partitionKey, type Scope } from '../window/bucket-key';
import type { Bucket } from '../window/partition';
import { tellHeldBack } from './cap-notice';
import { type Claimed, claimHits } from './claims';
import { type Detector, EVIDENCE_SECONDS, TALLY_SECONDS } from './detector';
import { Failures } from './failures';
import { followUp } from './follow-up';
import { type ObjectJob, type OwnJob, type QueueMessage, sortMessages } from './jobs';
import { noteProgress } from './replay-progress';
import { tallyObject } from './tallies';
import { tellClaimed } from './telling';

/** No object is begun with less time than this left: what was read must still be evaluated and told. */
const RESERVE_SECONDS = EVIDENCE_SECONDS + 10;

/** A bucket that something was told of, and the messages that stand or fall with it. */
interface TouchedBucket {
  readonly bucket: Bucket;
  readonly scope: Scope;
  readonly messageIds: Set<string>;
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
  return failures.byMessage;
}

/** Reads the objects into the ledger, as many as there is time for. */
async function readObjects(
  jobs: readonly ObjectJob[],
  detector: Detector,
  failures: Failures,
): Promise<TouchedBucket[]> {
  const touched = new Map<string, TouchedBucket>();
  const { reading, ledger, now, concurrency } = detector;
  await inParallel(jobs, concurrency, async ({ object, scope, messageIds }) => {
    if (!hasTime(detector, RESERVE_SECONDS)) {
      failures.add(messageIds, objectName(object), 'not begun, for want of time; it comes back');
      return;
    }
    await failures.guard(messageIds, objectName(object), async () => {
      const read = await tallyObject(object, reading, ledger, now() + TALLY_SECONDS, scope);
      for (const bucket of read.buckets) {
        const key = bucketKey(bucket, reading.rule, scope);
        const known = entry(touched, key, (): TouchedBucket => ({ bucket, scope, messageIds: new Set() }));
        for (const id of messageIds) known.messageIds.add(id);
      }
      report(read.reading, detector);
      const { error } = read.reading;
      if (error !== undefined && !(error instanceof ObjectGoneError)) throw error;
    });
  });
  return [...touched.values()];
}

function report(
  { object, records, sightings, faults, passedOver, exceptedBy, error }: ObjectReading,
  { telemetry, now }: Detector,
) {
  const name = inert(objectName(object), 1100);
  telemetry.count(METRICS.recordsRead, records);
  telemetry.count(METRICS.sightings, sightings.length);
  telemetry.count(METRICS.unattributed, passedOver.unattributed);
  telemetry.count(METRICS.excepted, passedOver.excepted);
  if (sightings.length > 0) {
    const newest = sightings.reduce((latest, { second }) => Math.max(latest, second), 0);
    telemetry.observe(METRICS.deliveryLag, now() - newest);
  }
  for (const { index, offset, reason } of faults.slice(0, MOST_FAULTS_LOGGED)) {
    telemetry.warn('record passed over', {
      object: name,
      index,
      offset,
      reason: inert(reason),
      faults: faults.length,
    });
  }
  if (error instanceof ObjectGoneError) {
    telemetry.count(METRICS.objectsSkipped, 1);
    telemetry.warn('object gone', { object: name });
  } else if (error !== undefined) {
    telemetry.count(METRICS.objectsFailed, 1);
  } else {
    telemetry.count(METRICS.objectsRead, 1);
    telemetry.info('object read', {
      object: name,
      records,
      sightings: sightings.length,
      ...passedOver,
      exceptedBy:
        exceptedBy.size === 0
          ? undefined
          : [...exceptedBy].map(([exception, count]) => `${exception}: ${count}`),
    });
  }
}

/** Faults logged of one object; each says how many there are. */
const MOST_FAULTS_LOGGED = 20;

/** Looks once at each bucket that was touched, and tells what is to be told. */
async function evaluate(
  touched: readonly TouchedBucket[],
  detector: Detector,
  failures: Failures,
  onLease: 'acknowledge' | 'fail',
): Promise<void> {
  const claimed: Claimed[] = [];
  for (const { bucket, scope, messageIds } of touched) {
    const where = bucketKey(bucket, detector.reading.rule, scope);
    await failures.guard(messageIds, where, async () => {
      if (!hasTime(detector, EVIDENCE_SECONDS / 2))
        throw new OutOfTimeError('not evaluated, for want of time; it comes back');
      const outcome = await claimHits(bucket, scope, detector);
      claimed.push(...outcome.claimed);
      if (outcome.leased && onLease === 'fail') {
        throw new OutOfTimeError(
          'another invocation is telling an alert of it; tried again in case that one dies',
        );
      }
    });
  }
  for (const [claim, error] of await tellClaimed(claimed, detector)) {
    failures.add(messagesTouching(claim, touched, detector), claim.alert.alertId, error);
  }
}

/** Nothing is wrong with the message: it shall only come back. */
class OutOfTimeError extends RegionsweepError {}

/** Every message that told something of the claim's partition: the alert may be due to any of them. */
function messagesTouching(
  claim: Claimed,
  touched: readonly TouchedBucket[],
  { reading }: Detector,
): Set<string> {
  const keyOf = ({ bucket, scope }: Pick<TouchedBucket, 'bucket' | 'scope'>) =>
    partitionKey(bucket.partition, reading.rule, scope);
  const key = keyOf(claim);
  return new Set(touched.filter((one) => keyOf(one) === key).flatMap(({ messageIds }) => [...messageIds]));
}

async function handleOwn(jobs: readonly OwnJob[], detector: Detector, failures: Failures): Promise<void> {
  for (const { message, messageId } of jobs) {
    await failures.guard([messageId], message.kind, async () => {
      if (!hasTime(detector, RESERVE_SECONDS))
        throw new OutOfTimeError('not begun, for want of time; it comes back');
      if (message.kind === 'follow-up') await followUp(message, detector);
      else await tellHeldBack(message, detector);
    });
  }
}

async function noteReplays(
  jobs: readonly ObjectJob[],
  detector: Detector,
  failures: Failures,
): Promise<void> {
  for (const job of jobs) {
    const reasons = [...job.messageIds].flatMap((id) => failures.byMessage.get(id) ?? []);
    await failures.guard(job.messageIds, objectName(job.object), () =>
      noteProgress(job, reasons[0], detector.ledger, detector.now()),
    );
  }
}

function hasTime({ deadline, now }: Detector, seconds: number): boolean {
  return deadline - now() >= seconds;
}
