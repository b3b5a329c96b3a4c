import { entry } from '../collections';
import type { ObjectCounts } from './replay-objects';

export interface ReplayTotals extends ObjectCounts {
  readonly objects: number;
  /** objects that could not be read, or not to their end */
  readonly failedObjects: number;
  readonly bytes: number;
}

/** What a replay counts, summed up over its objects. */
export class Totals implements ReplayTotals {
  objects = 0;
  failedObjects = 0;
  bytes = 0;
  records = 0;
  sightings = 0;
  faults = 0;
  unattributed = 0;
  ignoredRegion = 0;
  outsideTime = 0;
  excepted = 0;
  readonly exceptedBy = new Map<string, number>();

  /** @param bytes of the object, as stored */
  add(counts: ObjectCounts, bytes: number, failed: boolean): void {
    this.objects += 1;
    this.failedObjects += failed ? 1 : 0;
    this.bytes += bytes;
    this.records += counts.records;
    this.sightings += counts.sightings;
    this.faults += counts.faults;
    this.unattributed += counts.unattributed;
    this.ignoredRegion += counts.ignoredRegion;
    this.outsideTime += counts.outsideTime;
    this.excepted += counts.excepted;
    for (const [name, count] of counts.exceptedBy) {
      this.exceptedBy.set(name, entry(this.exceptedBy, name, () => 0) + count);
    }
  }
}
