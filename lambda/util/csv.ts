import { sanitize } from './sanitize';

export type CsvValue = string | number | undefined;

const MAX_LENGTH = 32_000;

/**
 * A line of RFC 4180, without its end. A spreadsheet would run what begins as a formula does, so that gets an apostrophe in
 * front: OWASP, "CSV injection".
 */
export function csvLine(values: readonly CsvValue[]): string {
  return values.map(cell).join(',');
}

function cell(value: CsvValue = ''): string {
  if (typeof value === 'number') return String(value);
  const text = sanitize(value, MAX_LENGTH);
  const safe = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
