/** What the records say of what was requested, and with what result. */

import { formatTime } from '../../util/values';
import { isAllowedDryRun, isRefusal } from '../evidence/call';
import type { Check } from '../model';
import { amount, text, trusted } from '../text';

const denials: Check = ({ evidence }) => {
  const { refused, calls, firstRefused, firstAllowed } = evidence;
  if (refused === 0 || firstRefused === undefined) return undefined;
  const common = { verdict: 'suspicious', field: 'errorCode' } as const;
  if (refused === calls) {
    return {
      ...common,
      id: 'all-denied',
      headline: 'all denied',
      text: text`All ${amount(calls, 'call')} in this window were denied.`,
      why: 'A legitimate job would have the permission. This looks like someone testing what a key can do; check what it called next.',
    };
  }
  const some = text`${refused} of ${amount(calls, 'call')} were denied`;
  if (firstAllowed !== undefined && firstRefused < firstAllowed) {
    return {
      ...common,
      id: 'denied-then-allowed',
      text: text`First denied (${trusted(formatTime(firstRefused))}), then allowed (${trusted(formatTime(firstAllowed))}); ${some}.`,
      why: 'Either some regions are closed to the identity, or it was granted a permission in between: check for a changed policy.',
    };
  }
  return {
    ...common,
    id: 'partly-denied',
    headline: 'partly denied',
    text: text`${some}.`,
    why: 'The caller does not know which regions it may use. A region-restricting SCP looks the same.',
  };
};

const failures: Check = ({ evidence }) => {
  const failed = evidence.failed - evidence.refused - evidence.allowedDryRuns;
  if (failed === 0) return undefined;
  const code = evidence.errorCodes.find(({ value }) => !isRefusal(value) && !isAllowedDryRun(value));
  return {
    id: 'failed',
    verdict: 'context',
    text: text`${amount(failed, 'call')} failed for a reason other than permissions: ${code?.value ?? 'no error code'}.`,
    why: 'Throttling means too many calls too fast; other codes mean a malformed request or a service error.',
    field: 'errorCode',
  };
};

const dryRuns: Check = ({ evidence: { dryRuns: asked, allowedDryRuns } }) => {
  if (asked === 0 && allowedDryRuns === 0) return undefined;
  const allowed = trusted(allowedDryRuns === 0 ? '' : `; ${allowedDryRuns} would have been allowed`);
  return {
    id: 'dry-run',
    verdict: 'suspicious',
    headline: 'dry runs',
    text: text`${amount(Math.max(asked, allowedDryRuns), 'call')} asked for a dry run${allowed}.`,
    why: 'A dry run returns no instances, only whether the call would be allowed: someone is mapping permissions.',
    field: 'requestParameters.dryRun, errorCode',
  };
};

const unfiltered: Check = ({ evidence: { unfiltered: count, calls } }) => {
  if (count === 0 || count < calls) return undefined;
  return {
    id: 'no-filters',
    verdict: 'context',
    text: text`No call had a filter: each asked for every instance.`,
    why: 'Programs that look for their own instances filter by tag or state. Inventories, console pages and intruders ask for everything.',
    field: 'requestParameters.filterSet, instancesSet',
  };
};

export const RESULT_CHECKS: readonly Check[] = [denials, failures, dryRuns, unfiltered];
