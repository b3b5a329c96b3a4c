import { assess } from '../../lambda/alert/assemble';
import type { Alert, Sweep } from '../../lambda/alert/model';
import { document, type SweepRecords, sweep } from './records';
import { objectsOf, type ReplaySettings, replayed } from './replay';

/** The alert of a sweep, by the production path. It must be the only one. */
export async function alertOf(spec: Partial<SweepRecords> = {}, settings: ReplaySettings = {}): Promise<Alert> {
  const { alerts } = await replayed(objectsOf(document(sweep({ regions: 10, ...spec }))), settings);
  if (alerts.length !== 1) throw new Error(`expected one alert, got ${alerts.length}`);
  return alerts[0]!;
}

/** The alert with other fields, assessed by those. */
export function changed(alert: Alert, fields: Partial<Sweep>): Alert {
  const sweep = { ...alert, ...fields };
  return { ...sweep, assessment: assess(sweep) };
}
