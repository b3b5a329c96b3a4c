/** What earlier alerts of the same identity say. */

import { identityOfActor } from '../../state/earlier-alerts';
import { formatInstant, plural } from '../../util/values';
import type { Checks, Finding, Sweep } from '../model';
import type { Recurrence } from '../recurrence';
import { type Text, text, trusted, untrusted } from '../text';

const field = 'earlier alerts';

export const RECURRENCE_CHECKS: Checks = {
  'first-alert': {
    verdict: 'context',
    why: 'What an identity never did before deserves a second look; everything was new once.',
    field,
    find: (sweep) => {
      const { recurrence: past } = sweep;
      // Of less than a day nobody wants to hear.
      if (past === undefined || past.earlier > 0 || past.days < 1) return undefined;
      return {
        headline: `first in ${plural(past.days, 'day')}`,
        text: text`First alert for ${identityText(sweep)} ${trusted(periodOf(past))}.`,
      };
    },
  },
  usual: {
    verdict: 'likely-benign',
    why: 'It comes back on different days from the same place, and nothing about it is new. An intruder who was never noticed would look the same.',
    field,
    find: (sweep) => sweep.recurrence?.isUsual && repeatOf(sweep, sweep.recurrence),
  },
  changed: {
    verdict: 'suspicious',
    why: 'An identity that repeats itself was used another way: ask its owner what changed.',
    field,
    find: (sweep) => isChanged(sweep.recurrence) && repeatOf(sweep, sweep.recurrence),
  },
  repeated: {
    verdict: 'context',
    why: 'Compare it with the earlier alerts.',
    field,
    find: (sweep) => {
      const { recurrence: past } = sweep;
      if (past === undefined || past.earlier === 0 || past.isUsual || isChanged(past)) return undefined;
      return repeatOf(sweep, past);
    },
  },
};

/** One more region may be a region that was enabled. */
function isChanged(past: Recurrence | undefined): past is Recurrence {
  const { addresses = 0, agents = 0, hosts = 0, keys = 0, regions = 0 } = past?.added ?? {};
  return addresses + agents + hosts + keys > 0 || regions > 2;
}

function repeatOf(sweep: Sweep, past: Recurrence): Pick<Finding, 'headline' | 'text'> {
  const nth = ordinal(past.earlier + 1);
  const known = past.same.map((trait) => (trait === 'regions' ? trait : SINGULAR[trait]));
  const fresh = Object.entries(past.added).map(([trait, count]) =>
    plural(count, SINGULAR[trait as keyof typeof past.added]).replace('addresss', 'addresses'),
  );
  const same = known.length === 0 ? '' : `; same ${listed(known)}`;
  const added = fresh.length === 0 ? '' : `; new: ${listed(fresh)}`;
  return {
    headline: past.days >= 1 ? `${nth} in ${plural(past.days, 'day')}` : `${nth} alert`,
    text: text`${trusted(nth)} alert for ${identityText(sweep)} ${trusted(periodOf(past) + same + added)}.`,
  };
}

const SINGULAR = {
  regions: 'region',
  addresses: 'address',
  agents: 'user agent',
  hosts: 'host',
  keys: 'access key',
  hour: 'hour of the day',
} as const;

/** `in 30 days (state kept since 2026-09-01)`: never more than is remembered. */
function periodOf({ memory, since, days }: Recurrence): string {
  if (since === undefined) return 'in this replay so far';
  const day = formatInstant(since).slice(0, 10);
  const kept = memory === 'state' ? 'state kept' : 'records read';
  return days === 0 ? `since ${day} (${kept} since then)` : `in ${plural(days, 'day')} (${kept} since ${day})`;
}

function identityText({ actor }: Sweep): Text {
  const { name, isRole } = identityOfActor(actor);
  return isRole ? text`any session of ${untrusted(name, 300)}` : ['this identity'];
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function ordinal(n: number): string {
  const ending = n % 100 >= 11 && n % 100 <= 13 ? 'th' : ({ 1: 'st', 2: 'nd', 3: 'rd' }[n % 10] ?? 'th');
  return `${n}${ending}`;
}
