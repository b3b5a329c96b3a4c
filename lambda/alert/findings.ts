import type { Alert } from './alert';
import { type Guide, guideOf, type Step } from './guide/guide';
import type { Text } from './text';
import { type TriageFact, triageOf } from './triage/triage';

/** What follows from an alert's evidence. It is drawn from all of it: lists that were cut to fit would say otherwise. */
export interface Findings {
  readonly facts: readonly TriageFact[];
  readonly guide: Guide;
}

/** As they were drawn before the alert was cut; from the alert itself where it is whole. */
export function findingsOf(alert: Alert): Findings {
  return alert.findings ?? { facts: triageOf(alert), guide: guideOf(alert) };
}

/** With so many characters of each quoted text. Commands stay whole, or they would do something else. */
export function shortenedFindings({ facts, guide }: Findings, characters: number): Findings {
  const text = (whole: Text): Text =>
    whole.map((piece) =>
      typeof piece === 'string' ? piece : { ...piece, quoted: piece.quoted.slice(0, characters) },
    );
  const step = (whole: Step): Step => ({
    ...whole,
    text: text(whole.text),
    known: whole.known === undefined ? undefined : text(whole.known),
  });
  return {
    facts: facts.map((fact) => ({ ...fact, text: text(fact.text) })),
    guide: { ...guide, questions: guide.questions.map(step), ifBad: guide.ifBad.map(step) },
  };
}
