import { inert } from '../alert/inert';
import { ObjectGoneError } from '../errors';
import { METRICS } from '../metric-names';
import { objectName } from '../ports';
import type { ObjectReading } from '../trail/object-reader';
import type { Scope } from '../window/bucket-key';
import type { Detector } from './detector';

/** Faults logged of one object; each says how many there are. */
const MOST_FAULTS_LOGGED = 20;

/**
 * Counts and logs what was read of one object. Objects of replays do not count as read: the silence alarm would take them
 * for a sign that the trail still writes.
 */
export function report(
  { object, records, sightings, faults, passedOver, exceptedBy, error }: ObjectReading,
  { replayId }: Scope,
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
  } else if (error === undefined) {
    if (replayId === undefined) telemetry.count(METRICS.objectsRead, 1);
    telemetry.info('object read', {
      object: name,
      replayId,
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
