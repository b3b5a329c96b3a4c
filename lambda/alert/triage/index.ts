import { type Check, type Checks, type Finding, type FindingId, type Sweep, VERDICTS } from '../model';
import { text } from '../text';
import { AGENT_CHECKS } from './agent-checks';
import { CONTEXT_CHECKS } from './context-checks';
import { IDENTITY_CHECKS } from './identity-checks';
import { isWhole, share } from './quantify';
import { RECURRENCE_CHECKS } from './recurrence-checks';
import { RESULT_CHECKS } from './result-checks';

const CHECKS: Checks = {
  ...IDENTITY_CHECKS,
  ...AGENT_CHECKS,
  ...RESULT_CHECKS,
  ...CONTEXT_CHECKS,
  ...RECURRENCE_CHECKS,
};

const UNREAD: Finding = {
  id: 'no-evidence',
  verdict: 'context',
  headline: 'evidence not readable',
  text: ['The evidence could not be read: who called, with what, from where and with what result is unknown.'],
  why: 'The records were counted, but could not be read a moment later. Check whether someone deleted them or removed the permission to read them.',
  field: 'none; the notes below say what failed',
};

/** What the evidence shows, the suspicious first. A pure function of the sweep. */
export function triage(sweep: Sweep): Finding[] {
  // Without a record nothing else is known.
  if (sweep.evidence.calls === 0) return [UNREAD];
  const checks = Object.entries(CHECKS) as [FindingId, Check][];
  const findings = checks.flatMap(([id, check]) => findingOf(id, check, sweep) ?? []);
  return VERDICTS.flatMap((verdict) => findings.filter((finding) => finding.verdict === verdict));
}

function findingOf(id: FindingId, check: Check, sweep: Sweep): Finding | undefined {
  if ('calls' in check) {
    const { calls: callsOf, says, inPart = {}, ...finding } = check;
    const calls = callsOf(sweep);
    if (calls === 0) return undefined;
    const differs = isWhole(sweep, calls) ? {} : inPart;
    return { id, ...finding, ...differs, text: text`${share(sweep, calls)} ${says(sweep)}.` };
  }
  const { find, ...finding } = check;
  const found = find(sweep);
  return found ? { id, ...finding, ...('text' in found ? found : { text: found }) } : undefined;
}

/** What findings say in a few words: a console page first, since it closes most alerts. */
export function headlineOf(findings: readonly Finding[]): string[] {
  const isConsolePage = ({ id }: Finding) => id === 'console-page';
  const ordered = [...findings.filter(isConsolePage), ...findings.filter((finding) => !isConsolePage(finding))];
  return ordered.flatMap(({ headline }) => headline ?? []);
}
