import { type Check, type Finding, type Sweep, VERDICTS } from '../model';
import { CONTEXT_CHECKS } from './context-checks';
import { IDENTITY_CHECKS } from './identity-checks';
import { RECURRENCE_CHECKS } from './recurrence-checks';
import { RESULT_CHECKS } from './result-checks';

const CHECKS: readonly Check[] = [...IDENTITY_CHECKS, ...RESULT_CHECKS, ...CONTEXT_CHECKS, ...RECURRENCE_CHECKS];

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
  const findings = CHECKS.flatMap(({ find, ...check }): Finding[] => {
    const found = find(sweep);
    return found ? [{ ...check, ...('text' in found ? found : { text: found }) }] : [];
  });
  return VERDICTS.flatMap((verdict) => findings.filter((finding) => finding.verdict === verdict));
}

/** What findings say in a few words: a console page first, since it closes most alerts. */
export function headlineOf(findings: readonly Finding[]): string[] {
  const isConsolePage = ({ id }: Finding) => id === 'console-page';
  const ordered = [...findings.filter(isConsolePage), ...findings.filter((finding) => !isConsolePage(finding))];
  return ordered.flatMap(({ headline }) => headline ?? []);
}
