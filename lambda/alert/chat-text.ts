import { defanged } from './inert';
import { show, type Text } from './text';

/**
 * As `defanged`, and without what chat clients make of plain words: slanted text between underscores, emoji between
 * colons. Underscores within a word slant nothing, and stay, so that names can be copied.
 */
export function cardText(text: string, longest: number): string {
  const flat = defanged(text, longest).replace(/_+/g, (run, at: number, whole: string) =>
    isInWord(whole, at, run.length) ? run : '\uff3f'.repeat(run.length),
  );
  // The start of an ARN, and a time, keep their colons, or they could not be looked for.
  const kept = /^(?:arn:[\w-]*:[\w-]*:[\w-]*:\d*:|\d{4}-\d\d-\d\dT[\d:.]+Z$)/.exec(flat)?.[0] ?? '';
  return kept + flat.slice(kept.length).replace(/:(?=[a-z0-9+'-]+:)/gi, '\ua789');
}

function isInWord(text: string, at: number, length: number): boolean {
  return /[a-z0-9]/i.test(text[at - 1] ?? '') && /[a-z0-9]/i.test(text[at + length] ?? '');
}

export function showInCard(text: Text): string {
  return show(text, cardText);
}
