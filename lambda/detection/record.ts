/** One parsed CloudTrail record; nothing of its shape is taken on trust. */
export type TrailRecord = Record<string, unknown>;

export function isObject(value: unknown): value is TrailRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
