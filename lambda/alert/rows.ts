import { MOST_VALUES } from './evidence/counts';
import type { Row } from './report';
import { ours, say, type Text } from './text';

/** How much of a list, and of a value, a row shows. */
export const MOST_LISTED = 5;
export const LONGEST_VALUE = 200;

/** The rows that have a value. */
export function given(rows: readonly Row[]): Row[] {
  return rows.filter(({ values }) => values.length > 0);
}

/**
 * The first of a list, and how many there are beside them.
 * @param count how many there are in all: a list may be cut before it comes here
 */
export function cut<T>(
  values: readonly T[],
  count: number,
  text: (value: T) => Text,
  most: number = MOST_LISTED,
): Text[] {
  const shown = values.slice(0, most).map(text);
  const rest = count - shown.length;
  if (rest <= 0) return shown;
  return [...shown, say`and ${rest} ${ours(count >= MOST_VALUES ? 'or more' : 'more')}`];
}
