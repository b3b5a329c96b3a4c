import { assess } from '../../lambda/alert/assemble';
import type { Alert, NotificationStyle, Sweep } from '../../lambda/alert/model';
import { document, type SweepRecords, sweep } from './records';
import { objectsOf, type ReplaySettings, replayed } from './replay';

export const STYLE: NotificationStyle = {
  detector: 'security',
  severityText: 'low',
  chatAsDefault: false,
  replayId: undefined,
};

/** The alert of a sweep, by the production path. It must be the only one. */
export function alertOf(spec: Partial<SweepRecords> = {}, settings: ReplaySettings = {}): Promise<Alert> {
  return alertIn([sweep({ regions: 10, ...spec })], settings);
}

/** The only alert of records, in one object for each list. */
export async function alertIn(lists: readonly (readonly unknown[])[], settings: ReplaySettings = {}): Promise<Alert> {
  const { alerts } = await replayed(objectsOf(...lists.map(document)), settings);
  if (alerts.length !== 1) throw new Error(`expected one alert, got ${alerts.length}`);
  return alerts[0]!;
}

/** The alert with other fields, assessed by those. */
export function changed(alert: Alert, fields: Partial<Sweep>): Alert {
  const sweep = { ...alert, ...fields };
  return { ...sweep, assessment: assess(sweep) };
}
