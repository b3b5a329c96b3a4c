import type { z } from 'zod';

/** Whether a value has the form that a schema describes. */
export function fitting<T>(schema: z.ZodType<T>): (value: unknown) => value is T {
  return (value): value is T => schema.safeParse(value).success;
}
