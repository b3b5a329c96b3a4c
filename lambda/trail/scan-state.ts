/** What a scan expects next: around records, within an outer object's members, or inside one key or value. */
export type State =
  | 'document'
  | 'mark-2'
  | 'mark-3'
  | 'first-element'
  | 'element'
  | 'after-element'
  | 'first-key'
  | 'key'
  | 'in-key'
  | 'colon'
  | 'member'
  | 'after-member'
  | 'in-value'
  | 'in-scalar';

/** The same in the words of an error. */
export const EXPECTED: Readonly<Record<State, string>> = {
  document: 'an object or an array',
  'mark-2': 'the rest of a byte order mark',
  'mark-3': 'the rest of a byte order mark',
  'first-element': "a record or ']'",
  element: 'a record',
  'after-element': "',' or ']' after a record",
  'first-key': "a key or '}'",
  key: 'a key',
  'in-key': 'the end of a key',
  colon: "':' after a key",
  member: 'a value',
  'after-member': "',' or '}' after a value",
  'in-value': 'the end of a value',
  'in-scalar': 'the end of a value',
};
