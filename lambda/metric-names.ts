/** The function's CloudWatch metrics, in one list for the code that emits them and the stack that watches them. */

export const METRIC_NAMESPACE = 'regionsweep';

/** The only dimension: its value is the detector's name, so that several detectors in one account stay apart. */
export const METRIC_DIMENSION = 'detector';

/** What each metric counts; the lags are seconds, all others counts. */
export const METRICS = {
  /** of the live trail, not of replays */
  objectsRead: 'ObjectsRead',
  objectsSkipped: 'ObjectsSkipped',
  /** not read, not stored, or not told of: tried again, and at last in the dead letters */
  objectsFailed: 'ObjectsFailed',
  recordsRead: 'RecordsRead',
  sightings: 'Sightings',
  unattributed: 'Unattributed',
  /** sightings of an exception */
  excepted: 'Excepted',
  alerts: 'Alerts',
  /** live ones, not those of replays */
  alertsHeldBack: 'AlertsHeldBack',
  /** repeats of an actor that was told of shortly before */
  alertsSuppressed: 'AlertsSuppressed',
  /** from the time of an object's newest record to its reading */
  deliveryLag: 'DeliveryLagSeconds',
  /** from the time of the deciding call to the publishing of its alert */
  detectionLag: 'DetectionLagSeconds',
} as const;

export type MetricName = (typeof METRICS)[keyof typeof METRICS];
