/** What the records say of what was requested, and with what result. */

import { lastCallOf } from '../../detection/detections';
import { plural } from '../../util/values';
import { outcomeOf } from '../evidence/actions';
import { type Outcome, valuesOf } from '../evidence/model';
import { aroundText, type Checks, type Sweep } from '../model';
import { amount, commaList, join, type Text, text, trusted, untrusted } from '../text';
import { duration, isWhole, portion, share } from './quantify';

const MAX_NAMED = 3;

/** What the organization closes it closes to everybody, so that it says little of the caller. */
const CLOSED = {
  verdict: 'context' as const,
  why: 'The organization closes this to the account, whoever calls. Check whether the caller should know.',
};

export const RESULT_CHECKS: Checks = {
  'all-denied': {
    verdict: 'suspicious',
    headline: 'all denied',
    why: 'A legitimate job would have the permission. This looks like someone testing what a key can do; check what it called next.',
    field: 'errorCode',
    find: (sweep) => {
      const { refused, outcomes } = sweep.evidence;
      if (!isAllDenied(sweep)) return undefined;
      return {
        ...(refused === outcomes.denied_by_organization.calls ? CLOSED : {}),
        text: text`${share(sweep, refused)} were denied${byOrganization(sweep)}, and no other call of this identity within ${aroundText(sweep)} was seen to succeed.`,
      };
    },
  },
  'partly-denied': {
    verdict: 'suspicious',
    headline: 'partly denied',
    why: 'The caller does not know what it may do. Closed regions look the same: check whether a policy restricts them.',
    field: 'errorCode',
    find: (sweep) => {
      const { refused, outcomes, around, allowedDryRuns } = sweep.evidence;
      const were = allowedDryRuns === outcomes.allowed.calls ? 'would have been' : 'were';
      const closed = sweep.regions.filter((region) => region.refused > 0).length;
      if (refused === 0 || isAllDenied(sweep)) return undefined;
      const isClosed = refused === outcomes.denied_by_organization.calls;
      const inWindow = text`${portion(sweep, refused)} in the window were denied${byOrganization(sweep)}`;
      const others =
        outcomes.allowed.calls === 0
          ? text`${notAllowed(sweep)}${afterwards(sweep, around)}`
          : text`, in ${amount(closed, 'region')}; ${outcomes.allowed.calls} ${trusted(were)} allowed, in ${amount(outcomes.allowed.regions, 'region')}`;
      return {
        ...(outcomes.allowed.calls === 0 ? { headline: 'denied in the window' } : {}),
        ...(isClosed ? { ...CLOSED, headline: undefined } : {}),
        text: text`${inWindow}${others}.`,
      };
    },
  },
  'denied-then-allowed': {
    verdict: 'suspicious',
    why: 'Either a permission was granted in between, or the later call met a condition that the first did not (other credentials, another address, MFA): check for a changed policy.',
    field: 'errorCode, awsRegion',
    find: ({ evidence: { reopened } }) => {
      const named = reopened.map((region) => untrusted(region, 30));
      if (named.length === 0) return undefined;
      return text`In ${amount(named.length, 'region')} the call was first denied, then allowed: ${commaList(named, MAX_NAMED)}.`;
    },
  },
  'region-not-enabled': {
    verdict: 'context',
    why: 'A region that the account has not enabled does not know its credentials (AuthFailure). Invalid credentials are answered alike, but then in every region. OptInRequired is of an account that is not signed up there.',
    field: 'errorCode',
    calls: ({ evidence }) => evidence.outcomes.not_enabled.calls,
    says: (sweep) => {
      const { calls, outcomes, errorCodes } = sweep.evidence;
      const { regions, calls: failed } = outcomes.not_enabled;
      // A region that is not enabled does not know the credentials, as none does that are not valid.
      const mayBeInvalid = failed === calls && errorCodes.every(({ value }) => !/OptInRequired/i.test(value));
      const as = mayBeInvalid ? 'with credentials that are not valid, or in' : 'in';
      return text`failed in ${amount(regions, 'region')}, as ${trusted(as)} regions not enabled for the account${codesOf(sweep, ['not_enabled'])}`;
    },
  },
  failed: {
    verdict: 'context',
    why: 'Throttling means too many calls too fast; an expired token or request a session or a clock that ran out; other codes a malformed request or a service error.',
    field: 'errorCode',
    calls: ({ evidence: { outcomes } }) => outcomes.throttled.calls + outcomes.other.calls,
    says: (sweep) => {
      const { calls } = sweep.evidence.outcomes.throttled;
      const throttled = trusted(calls === 0 ? '' : `, ${calls} of them throttled`);
      return text`failed for another reason than permissions${throttled}${codesOf(sweep, ['throttled', 'other'])}`;
    },
  },
  'dry-run': {
    verdict: 'suspicious',
    headline: 'dry runs',
    why: 'A dry run returns no instances, only whether the call would be allowed: someone is mapping permissions.',
    field: 'requestParameters.dryRun, errorCode',
    calls: ({ evidence: { dryRuns, allowedDryRuns } }) => Math.max(dryRuns, allowedDryRuns),
    says: ({ evidence: { allowedDryRuns: allowed } }) =>
      text`asked for a dry run${trusted(allowed === 0 ? '' : `; ${allowed} would have been allowed`)}`,
  },
  'no-filters': {
    verdict: 'context',
    why: 'Programs that look for their own instances filter by tag or state. Inventories and intruders ask for everything.',
    field: 'requestParameters.filterSet, instancesSet',
    calls: ({ evidence: { unfiltered, calls } }) => (unfiltered === calls ? calls : 0),
    says: () => text`had no filter and named no instance`,
  },
};

/** All the identity tried was denied, as far as was seen, and every call of the window was read. */
function isAllDenied(sweep: Sweep): boolean {
  const { refused, around } = sweep.evidence;
  return isWhole(sweep, refused) && around.allowed === 0 && around.othersAllowed === 0;
}

function byOrganization({ evidence: { refused, outcomes } }: Sweep): Text {
  const { calls } = outcomes.denied_by_organization;
  if (calls === 0) return [];
  return text`${trusted(calls === refused ? '' : `, ${calls} of them`)} by a policy of the organization`;
}

/** Of the rest where no call was allowed. */
function notAllowed({ evidence: { calls, refused } }: Sweep): Text {
  return refused === calls ? [] : text`, and ${amount(calls - refused, 'other')} not allowed for other reasons`;
}

/** What the same call, and others, got outside of the window. */
function afterwards(sweep: Sweep, { allowed, firstAllowed, othersAllowed }: Sweep['evidence']['around']): Text {
  const within = `within ${aroundText(sweep)}`;
  const [were, which] = allowed === 1 ? ['was', ''] : ['were', 'the first '];
  const later = firstAllowed === undefined ? undefined : duration(firstAllowed - lastCallOf(sweep.regions));
  const when = later === undefined ? '' : `, ${which}${later} after the last call`;
  const same = allowed === 0 ? '' : `; ${allowed} more ${within} ${were} allowed${when}`;
  const others = `; ${plural(othersAllowed, 'call')} of other actions ${within} succeeded`;
  return trusted(same + (othersAllowed === 0 ? '' : others));
}

function codesOf({ evidence: { errorCodes } }: Sweep, outcomes: readonly Outcome[]): Text {
  const codes = valuesOf(errorCodes).filter((code) => outcomes.includes(outcomeOf(code)));
  const named = codes.slice(0, MAX_NAMED).map((code) => untrusted(code, 80));
  return named.length === 0 ? [] : text` (${join(named, ', ')})`;
}
