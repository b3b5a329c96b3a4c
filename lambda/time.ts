/** Time is UTC epoch seconds inside and ISO 8601 with `Z` at the edges; this is the edge. */

const ISO_INSTANT = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)$/;

/** Whole epoch seconds of an ISO 8601 instant, fractions cut off; `undefined` for any other text or a day that does not exist. */
export function parseInstant(text: string): number | undefined {
  const parts = ISO_INSTANT.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts.map(Number);
  // Date rolls 30 February over into March, so the fields are looked at once more without their offset.
  const fields = new Date(Date.UTC(year!, month! - 1, day!, hour!, minute!, second!));
  const same =
    fields.getUTCMonth() === month! - 1 &&
    fields.getUTCDate() === day &&
    fields.getUTCHours() === hour &&
    fields.getUTCMinutes() === minute;
  const milliseconds = same ? Date.parse(text) : Number.NaN;
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
}

/** `2026-11-24T04:01:30Z` for whole epoch seconds. */
export function formatInstant(second: number): string {
  return new Date(second * 1000).toISOString().replace('.000Z', 'Z');
}
