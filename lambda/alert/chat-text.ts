import { defanged } from './inert';
import { show, type Text } from './text';

/**
 * As `defanged`, and without what chat clients make of plain words: slanted text between underscores, emoji between
 * colons.
 */
export function cardText(text: string, longest: number): string {
  const flat = defanged(text, longest).replace(/_/g, '\uff3f');
  // An ARN and a time keep their colons, or they could not be looked for.
  return /^(?:arn:|\d{4}-\d\d-\d\dT[\d:.]+Z$)/.test(flat)
    ? flat
    : flat.replace(/:(?=[a-z0-9+'-]+:)/gi, '\ua789');
}

export function showInCard(text: Text): string {
  return show(text, cardText);
}
