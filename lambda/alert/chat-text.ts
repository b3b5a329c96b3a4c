import { defanged } from './inert';
import { show, type Text } from './text';

/**
 * As `defanged`, and without what chat clients make of plain words: slanted text between underscores, emoji between
 * colons. An ARN keeps its colons, or it could not be looked for.
 */
export function cardText(text: string, longest: number): string {
  const flat = defanged(text, longest).replace(/_/g, '\uff3f');
  return flat.startsWith('arn:') ? flat : flat.replace(/:(?=[a-z0-9+'-]+:)/gi, '\ua789');
}

export function showInCard(text: Text): string {
  return show(text, cardText);
}
