/** What is told by what was asked for and what came of it. */

import { formatInstant, plural } from '../../util/values';
import { isAllowedDryRun, isRefusal } from '../evidence/call';
import type { Check } from '../model';
import { text, trusted } from '../text';

const denials: Check = ({ evidence }) => {
  const { refused, calls, firstRefused, firstAllowed } = evidence;
  if (refused === 0 || firstRefused === undefined) return undefined;
  const field = 'errorCode';
  if (refused === calls) {
    return {
      id: 'all-denied',
      verdict: 'suspicious',
      headline: 'all denied',
      text: text`Every call was denied: it learned nothing of your instances.`,
      why: 'An identity that is meant to do this may do it. Somebody tries what a key is good for; the next calls may be others.',
      field,
    };
  }
  if (firstAllowed !== undefined && firstRefused < firstAllowed) {
    const [first, then] = [firstRefused, firstAllowed].map((second) => trusted(formatInstant(second).slice(11, 19)));
    return {
      id: 'denied-then-allowed',
      verdict: 'suspicious',
      text: text`First denied (${first!}), then allowed (${then!}); ${refused} of ${trusted(plural(calls, 'call'))} were denied.`,
      why: 'Either some regions are closed to it, or it got a permission in between: look for a policy that was changed.',
      field,
    };
  }
  return {
    id: 'partly-denied',
    verdict: 'suspicious',
    headline: 'partly denied',
    text: text`${refused} of ${trusted(plural(calls, 'call'))} were denied.`,
    why: 'It does not know where it may look. A tool set up for this identity would keep to the regions it may use; closed regions look so too.',
    field,
  };
};

const failures: Check = ({ evidence }) => {
  const failed = evidence.failed - evidence.refused - evidence.allowedDryRuns;
  if (failed === 0) return undefined;
  const code = evidence.errorCodes.find(({ value }) => !isRefusal(value) && !isAllowedDryRun(value));
  return {
    id: 'failed',
    verdict: 'context',
    text: text`${trusted(plural(failed, 'call'))} failed for another reason than a permission: ${code?.value ?? 'no code'}.`,
    why: 'Throttling comes from haste. Other codes mean a service that is busy or a request that is wrong.',
    field: 'errorCode',
  };
};

const unfiltered: Check = ({ evidence }) => {
  const { unfiltered: all, calls } = evidence;
  if (all === 0 || all < calls) return undefined;
  return {
    id: 'no-filters',
    verdict: 'context',
    text: text`No call had a filter: it asked for every instance there is.`,
    why: 'Programs that look for something of theirs filter by tag or state. Inventories, console pages and intruders take everything.',
    field: 'requestParameters.filterSet, instancesSet',
  };
};

const dryRuns: Check = ({ evidence }) => {
  const { dryRuns, allowedDryRuns } = evidence;
  if (dryRuns === 0 && allowedDryRuns === 0) return undefined;
  const allowed = allowedDryRuns === 0 ? '' : `; ${allowedDryRuns} would have been allowed`;
  return {
    id: 'dry-run',
    verdict: 'suspicious',
    headline: 'dry runs',
    text: text`${trusted(plural(Math.max(dryRuns, allowedDryRuns), 'call'))} asked for a dry run${trusted(allowed)}.`,
    why: 'A dry run returns no instance, only whether one may ask: somebody maps permissions.',
    field: 'requestParameters.dryRun, errorCode',
  };
};

export const RESULT_CHECKS: readonly Check[] = [denials, failures, dryRuns, unfiltered];
