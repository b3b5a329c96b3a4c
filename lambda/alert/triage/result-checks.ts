/** What the records say of what was requested, and with what result. */

import { formatTime } from '../../util/values';
import { isAllowedDryRun, isRefusal } from '../evidence/call';
import type { Evidence } from '../evidence/model';
import type { Check } from '../model';
import { amount, text, trusted } from '../text';

export const RESULT_CHECKS: readonly Check[] = [
  {
    id: 'all-denied',
    verdict: 'suspicious',
    headline: 'all denied',
    why: 'A legitimate job would have the permission. This looks like someone testing what a key can do; check what it called next.',
    field: 'errorCode',
    find: ({ evidence }) =>
      denialOf(evidence) === 'all' && text`All ${amount(evidence.calls, 'call')} in this window were denied.`,
  },
  {
    id: 'denied-then-allowed',
    verdict: 'suspicious',
    why: 'Either some regions are closed to the identity, or it was granted a permission in between: check for a changed policy.',
    field: 'errorCode',
    find: ({ evidence }) => {
      const { firstRefused = 0, firstAllowed = 0, refused, calls } = evidence;
      const times = `First denied (${formatTime(firstRefused)}), then allowed (${formatTime(firstAllowed)})`;
      const both = text`${trusted(times)}; ${refused} of ${amount(calls, 'call')} were denied.`;
      return denialOf(evidence) === 'first' && { text: both };
    },
  },
  {
    id: 'partly-denied',
    verdict: 'suspicious',
    headline: 'partly denied',
    why: 'The caller does not know which regions it may use. A region-restricting SCP looks the same.',
    field: 'errorCode',
    find: ({ evidence }) =>
      denialOf(evidence) === 'some' && text`${evidence.refused} of ${amount(evidence.calls, 'call')} were denied.`,
  },
  {
    id: 'failed',
    verdict: 'context',
    why: 'Throttling means too many calls too fast; other codes mean a malformed request or a service error.',
    field: 'errorCode',
    find: ({ evidence: { failed, refused, allowedDryRuns, errorCodes } }) => {
      const others = failed - refused - allowedDryRuns;
      const code =
        errorCodes.find(({ value }) => !isRefusal(value) && !isAllowedDryRun(value))?.value ?? 'no error code';
      return others > 0 && text`${amount(others, 'call')} failed for a reason other than permissions: ${code}.`;
    },
  },
  {
    id: 'dry-run',
    verdict: 'suspicious',
    headline: 'dry runs',
    why: 'A dry run returns no instances, only whether the call would be allowed: someone is mapping permissions.',
    field: 'requestParameters.dryRun, errorCode',
    find: ({ evidence: { dryRuns, allowedDryRuns } }) => {
      const count = Math.max(dryRuns, allowedDryRuns);
      const allowed = trusted(allowedDryRuns === 0 ? '' : `; ${allowedDryRuns} would have been allowed`);
      return count > 0 && text`${amount(count, 'call')} asked for a dry run${allowed}.`;
    },
  },
  {
    id: 'no-filters',
    verdict: 'context',
    why: 'Programs that look for their own instances filter by tag or state. Inventories, console pages and intruders ask for everything.',
    field: 'requestParameters.filterSet, instancesSet',
    find: ({ evidence: { unfiltered, calls } }) =>
      unfiltered === calls && text`No call had a filter: each asked for every instance.`,
  },
];

/** Which of the calls were denied: all, the first, or some. */
function denialOf({ refused, calls, firstRefused, firstAllowed }: Evidence): 'all' | 'first' | 'some' | undefined {
  if (refused === 0 || firstRefused === undefined) return undefined;
  if (refused === calls) return 'all';
  return firstAllowed !== undefined && firstRefused < firstAllowed ? 'first' : 'some';
}
