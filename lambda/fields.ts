/**
 * Fields of a configuration: a zod schema for each, with what it is for, what it allows in words, and how a text says it.
 * The messages about wrong values and the reference page are both made from that.
 */
import { ConfigurationError } from './errors';
import * as z from './zod';

/** Whether a value must be given, may stay absent, or has a standard that stands in for it. */
type Presence = 'required' | 'optional' | 'standard';

/** One field, as people and programs read it. */
export class Field<Value, P extends Presence = 'required'> {
  /**
   * @param allowed what a value may be, to follow "must be"
   * @param fromText what a text means; one that can mean nothing stays a text, so that the schema refuses it
   * @param standard the value when none is given
   */
  constructor(
    readonly description: string,
    readonly allowed: string,
    private readonly schema: z.core.$ZodType<Value>,
    readonly fromText: (text: string) => unknown,
    private readonly presence: P,
    readonly standard?: Value,
  ) {}

  optional(): Field<Value, 'optional'> {
    return new Field(this.description, this.allowed, this.schema, this.fromText, 'optional');
  }

  default(standard: Value): Field<Value, 'standard'> {
    return new Field(this.description, this.allowed, this.schema, this.fromText, 'standard', standard);
  }

  describedAs(description: string): Field<Value, P> {
    return new Field(description, this.allowed, this.schema, this.fromText, this.presence, this.standard);
  }

  /** The schema of the field among others. */
  get member(): z.core.$ZodType {
    switch (this.presence) {
      case 'required':
        return this.schema;
      case 'optional':
        return z.optional(this.schema);
      default:
        return z._default(this.schema, this.standard as z.core.util.NoUndefined<Value>);
    }
  }
}

export type Fields = Readonly<Record<string, Field<unknown, Presence>>>;

type FieldsOf<F extends Fields, P extends Presence> = {
  [Name in keyof F]: F[Name] extends Field<infer _, P> ? Name : never;
}[keyof F];

type ValueOf<F> = F extends Field<infer Value, Presence> ? Value : never;

/** The values of fields once they are read. */
export type ValuesOf<F extends Fields> = {
  -readonly [Name in FieldsOf<F, 'required' | 'standard'>]: ValueOf<F[Name]>;
} & { -readonly [Name in FieldsOf<F, 'optional'>]?: ValueOf<F[Name]> | undefined };

/** The values of fields as they may be given. */
export type GivenOf<F extends Fields> = {
  [Name in FieldsOf<F, 'required'>]: ValueOf<F[Name]>;
} & { [Name in FieldsOf<F, 'optional' | 'standard'>]?: ValueOf<F[Name]> | undefined };

const asItIs = (text: string): unknown => text;

/** A whole number in a range, both ends included. */
export function whole(least: number, most: number, description: string): Field<number> {
  const schema = z.int().check(z.minimum(least), z.maximum(most));
  return new Field(description, `a whole number from ${least} to ${most}`, schema, asNumber, 'required');
}

/** A whole number that is one of those that `allowed` puts into words. */
export function wholeThat(
  isAllowed: (value: number) => boolean,
  allowed: string,
  description: string,
): Field<number> {
  return new Field(description, allowed, z.int().check(z.refine(isAllowed)), asNumber, 'required');
}

function asNumber(text: string): unknown {
  return /^-?\d+$/.test(text) ? Number(text) : text;
}

export function oneOf<const Value extends string>(
  values: readonly Value[],
  description: string,
): Field<Value> {
  return new Field<Value>(description, values.join(' or '), z.enum(values), asItIs, 'required');
}

export function yesOrNo(description: string): Field<boolean> {
  const fromText = (text: string) => (text === 'true' ? true : text === 'false' ? false : text);
  return new Field<boolean>(description, 'true or false', z.boolean(), fromText, 'required');
}

/** A text that matches `pattern`, which `allowed` puts into words. */
export function text(pattern: RegExp, allowed: string, description: string): Field<string> {
  return new Field<string>(description, allowed, matching(pattern), asItIs, 'required');
}

/** A list of texts; in one text they are separated by commas, or are a list as JSON. */
export function texts(pattern: RegExp, allowed: string, description: string): Field<string[]> {
  const fromText = (text: string) =>
    text.startsWith('[') ? parsedOrText(text) : text.split(',').map((part) => part.trim());
  const words = `a list (or text with commas) of ${allowed}`;
  return new Field<string[]>(description, words, z.array(matching(pattern)), fromText, 'required');
}

/** A structure; in a text it is given as JSON. */
export function json<Value>(
  schema: z.core.$ZodType<Value>,
  allowed: string,
  description: string,
): Field<Value> {
  return new Field<Value>(description, allowed, schema, parsedOrText, 'required');
}

function matching(pattern: RegExp) {
  return z.string().check(z.regex(pattern));
}

function parsedOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // It is refused as the text that it is, with a message that names the field.
    return text;
  }
}

/** Says of `field` that it does not go with the others. */
export type Fault<T> = (field: keyof T & string, message: string) => void;

export interface ReadingFields<T> {
  /** how a message calls a field */
  readonly nameOf?: (field: string) => string;
  /** which values do not go together; asked once each is sound by itself */
  readonly check?: (given: T, fault: Fault<T>) => void;
}

/**
 * Reads all fields from values that may be texts, as environment variables and command lines give them, by one schema.
 * @throws ConfigurationError with every fault: the name, the value, and what is allowed
 */
export function readFields<F extends Fields>(
  fields: F,
  values: Readonly<Record<string, unknown>>,
  { nameOf = (field) => field, check }: ReadingFields<ValuesOf<F>> = {},
): ValuesOf<F> {
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    given[name] = field !== undefined && typeof value === 'string' ? field.fromText(value) : value;
  }
  const members = Object.entries(fields).map(([name, field]) => [name, field.member]);
  const result = z.safeParse(z.strictObject(Object.fromEntries(members)), given);
  const faults = new Set(result.error?.issues.flatMap((issue) => faultsOf(issue, fields, values, nameOf)));
  const read = result.data as ValuesOf<F>;
  if (result.success) check?.(read, (field, message) => faults.add(`${nameOf(field)}: ${message}`));
  if (faults.size > 0) throw new ConfigurationError([...faults].join('\n'));
  return read;
}

function faultsOf(
  issue: z.core.$ZodIssue,
  fields: Fields,
  values: Readonly<Record<string, unknown>>,
  nameOf: (field: string) => string,
): string[] {
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
    const known = Object.keys(fields).map(nameOf).join(', ');
    return issue.keys.map((key) => `${nameOf(key)} is not known; known are ${known}`);
  }
  const name = String(issue.path[0]);
  const { allowed } = fields[name]!;
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  const what = value === undefined ? 'missing' : JSON.stringify(value);
  return [`${nameOf(name)} is ${what}; it must be ${allowed}`];
}
