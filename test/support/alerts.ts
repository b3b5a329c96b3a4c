import type { Alert } from '../../lambda/alert/model';
import { document, type SweepRecords, sweep } from './records';
import { objectsOf, type ReplaySettings, replayed } from './replay';

/** The alert of a sweep, by the production path. It must be the only one. */
export async function alertOf(spec: Partial<SweepRecords> = {}, settings: ReplaySettings = {}): Promise<Alert> {
  const { alerts } = await replayed(objectsOf(document(sweep({ regions: 10, ...spec }))), settings);
  if (alerts.length !== 1) throw new Error(`expected one alert, got ${alerts.length}`);
  return alerts[0]!;
}
