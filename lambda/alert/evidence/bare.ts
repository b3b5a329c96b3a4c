/** What is left to tell of a hit where gathering its evidence met a fault of our own. */
import { reasonOf } from '../../errors';
import type { Hit } from '../../window/hits';
import { Collector } from './collector';
import type { Evidence, Search } from './evidence';
import type { Beside } from './neighbourhood';

const NONE: Beside = { listed: [], count: 0 };

const NOWHERE: Search = {
  ...{ named: 0, told: 0, beside: 0, lists: 0 },
  ...{ arrived: undefined, missing: [], notSearched: [] },
};

/** Evidence that nothing was found, and why. */
export function bareEvidence(hit: Hit, gap: string): Evidence {
  const collector = new Collector(hit);
  collector.gap(gap);
  return collector.evidence({ neighbours: NONE, siblings: NONE, search: NOWHERE });
}

export function ownFault(error: unknown): string {
  return `a fault of regionsweep's own (${reasonOf(error)}) ended the search; report it`;
}
