/**
 * Fields of a configuration: a zod schema that also says, for people, what it is for and what it allows. The messages
 * about wrong values and the reference page are both made from that.
 */
import { z } from 'zod';
import { ConfigurationError } from './errors';

/** One field as people read it. */
export interface FieldDescription {
  readonly description: string;
  /** what a value may be, to follow "must be" */
  readonly allowed: string;
  /** the value when none is given; `undefined` for a field that must be given or may stay absent */
  readonly standard: unknown;
  readonly required: boolean;
}

/** Marks, among an issue's `params`, that its own message says what is wrong: it is about fields that do not go together. */
export const BETWEEN_FIELDS = 'betweenFields';

export type Fields = Readonly<Record<string, z.ZodType>>;

/** A whole number in a range, both ends included. */
export const whole = (least: number, most: number, description: string) =>
  z
    .int()
    .min(least)
    .max(most)
    .meta({ description, allowed: `a whole number from ${least} to ${most}` });

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T, description: string) =>
  z.enum(values).meta({ description, allowed: values.join(' or ') });

export const yesOrNo = (description: string) => z.boolean().meta({ description, allowed: 'true or false' });

/** A text that matches `pattern`, which `allowed` puts into words. */
export const text = (pattern: RegExp, allowed: string, description: string) =>
  z.string().regex(pattern).meta({ description, allowed });

/** A list of texts; in one text they are separated by commas. */
export const texts = (pattern: RegExp, allowed: string, description: string) =>
  z
    .array(z.string().regex(pattern))
    .meta({ description, allowed: `a list (or text with commas) of ${allowed}` });

/** A structure that is given as JSON. */
export const json = <T extends z.ZodType>(schema: T, allowed: string, description: string): T =>
  schema.meta({ description, allowed });

/** What a field says of itself. */
export function describeField(field: z.ZodType): FieldDescription {
  const meta = core(field).meta();
  const without = field.safeParse(undefined);
  return {
    description: String(meta?.description ?? ''),
    allowed: String(meta?.allowed ?? ''),
    standard: without.data,
    required: !without.success,
  };
}

/**
 * Reads all fields from values that may be texts, as environment variables and command lines give them.
 * @param nameOf how a message calls a field
 * @throws ConfigurationError with every fault: the name, the value, and what is allowed
 */
export function readFields<T extends z.ZodObject>(
  schema: T,
  values: Readonly<Record<string, unknown>>,
  nameOf: (field: string) => string = (field) => field,
): z.output<T> {
  const shape: Fields = schema.shape;
  const given: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(values)) {
    if (value === undefined || value === '') continue;
    const type = Object.hasOwn(shape, field) ? shape[field] : undefined;
    given[field] = type !== undefined && typeof value === 'string' ? fromText(type, value) : value;
  }
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const faults = new Set(result.error.issues.flatMap((issue) => faultsOf(issue, shape, values, nameOf)));
  throw new ConfigurationError([...faults].join('\n'));
}

function faultsOf(
  issue: z.core.$ZodIssue,
  shape: Fields,
  values: Readonly<Record<string, unknown>>,
  nameOf: (field: string) => string,
): string[] {
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
    const known = Object.keys(shape).map(nameOf).join(', ');
    return issue.keys.map((key) => `${nameOf(key)} is not known; known are ${known}`);
  }
  const field = String(issue.path[0] ?? '');
  const name = nameOf(field);
  if (issue.code === 'custom' && issue.params?.[BETWEEN_FIELDS]) return [`${name}: ${issue.message}`];
  const type = shape[field];
  const allowed = type === undefined ? issue.message : describeField(type).allowed;
  const value = values[field];
  if (value === undefined || value === '') return [`${name} is missing; it must be ${allowed}`];
  return [`${name} is ${JSON.stringify(value)}; it must be ${allowed}`];
}

/** What a text means for a field of this type; the text itself where it cannot mean that, so that the schema refuses it. */
function fromText(field: z.ZodType, value: string): unknown {
  const type = core(field);
  if (type instanceof z.ZodNumber) return /^-?\d+$/.test(value) ? Number(value) : value;
  if (type instanceof z.ZodBoolean) return value === 'true' ? true : value === 'false' ? false : value;
  const structured = type instanceof z.ZodRecord || (type instanceof z.ZodArray && value.startsWith('['));
  if (structured) return parsedOrText(value);
  if (type instanceof z.ZodArray) return value.split(',').map((part) => part.trim());
  return value;
}

function parsedOrText(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    // The schema refuses the text with its own message, which names the field.
    return value;
  }
}

/** The type below defaults and optionality, where the description sits. */
function core(field: z.ZodType): z.ZodType {
  if (field instanceof z.ZodDefault || field instanceof z.ZodOptional) {
    return core(field.unwrap() as z.ZodType);
  }
  return field;
}
