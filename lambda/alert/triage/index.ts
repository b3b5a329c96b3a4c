import type { Alert, Finding } from '../model';
import { BESIDE } from './context-checks';
import { WHO } from './identity-checks';
import { OUTCOME } from './result-checks';

const UNREAD: Finding = {
  id: 'no-evidence',
  leans: 'neither',
  short: 'evidence could not be read',
  text: ['The evidence could not be read: who called with what, from where and with what success is not known here.'],
  why: 'The records were counted once and were not there, or not to be had, a moment later. See whether somebody deletes them, or took the permission to read them.',
  field: 'none; the notes below say what failed',
};

const ORDER: readonly Finding['leans'][] = ['suspicious', 'ordinary', 'neither'];

/** What the evidence shows at a glance: what speaks against it first. A pure function of the alert. */
export function triageOf(alert: Alert): Finding[] {
  // Without a record nothing else is known: the facts would speak of nothing.
  if (alert.evidence.calls === 0) return [UNREAD];
  const findings = [...WHO, ...OUTCOME, ...BESIDE].flatMap((check) => check(alert) ?? []);
  return findings.sort((a, b) => ORDER.indexOf(a.leans) - ORDER.indexOf(b.leans));
}

/** A few words for a headline, of so many facts: a console page first, since it closes most alerts. */
export function shortTriage(findings: readonly Finding[], most: number): string {
  const first = findings.filter(({ id }) => id === 'console-page');
  const rest = findings.filter(({ id }) => id !== 'console-page');
  return [...first, ...rest]
    .flatMap(({ short }) => short ?? [])
    .slice(0, most)
    .join(', ');
}
