import type { Finding, Sweep } from '../model';
import { CONTEXT_CHECKS } from './context-checks';
import { IDENTITY_CHECKS } from './identity-checks';
import { RESULT_CHECKS } from './result-checks';

const UNREAD: Finding = {
  id: 'no-evidence',
  verdict: 'context',
  headline: 'evidence could not be read',
  text: ['The evidence could not be read: who called with what, from where and with what success is not known here.'],
  why: 'The records were counted once and were not there, or not to be had, a moment later. See whether somebody deletes them, or took the permission to read them.',
  field: 'none; the notes below say what failed',
};

const ORDER: readonly Finding['verdict'][] = ['suspicious', 'likely-benign', 'context'];

/** What the evidence shows at a glance: what speaks against it first. A pure function of the sweep. */
export function triage(sweep: Sweep): Finding[] {
  // Without a record nothing else is known: the facts would speak of nothing.
  if (sweep.evidence.calls === 0) return [UNREAD];
  const findings = [...IDENTITY_CHECKS, ...RESULT_CHECKS, ...CONTEXT_CHECKS].flatMap((check) => check(sweep) ?? []);
  return findings.sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
}

/** What findings say in a few words: a console page first, since it closes most alerts. */
export function headlineOf(findings: readonly Finding[]): string[] {
  const first = findings.filter(({ id }) => id === 'console-page');
  const rest = findings.filter(({ id }) => id !== 'console-page');
  return [...first, ...rest].flatMap(({ headline: short }) => short ?? []);
}
