/**
 * Fields of a configuration: what each is for, what it allows, and how a text says it. The messages about wrong values
 * and the reference page are both made from that. Without a schema library, whose loading alone would take the function
 * a quarter of the time that its start takes.
 */
import { ConfigurationError } from './errors';

/** Whether a value must be given, may stay absent, or has a standard that stands in for it. */
type Presence = 'required' | 'optional' | 'standard';

/** Which values are a field's. */
interface Kind {
  accepts(value: unknown): boolean;
  /** what a text means; a text that can mean nothing stays one, so that it is refused with its own words */
  fromText(text: string): unknown;
}

/** One field, as people and programs read it. */
export class Field<Value, P extends Presence = 'required'> {
  constructor(
    readonly description: string,
    /** what a value may be, to follow "must be" */
    readonly allowed: string,
    private readonly kind: Kind,
    readonly presence: P,
    /** the value when none is given */
    readonly standard?: Value,
  ) {}

  optional(): Field<Value, 'optional'> {
    return new Field(this.description, this.allowed, this.kind, 'optional');
  }

  default(standard: Value): Field<Value, 'standard'> {
    return new Field(this.description, this.allowed, this.kind, 'standard', standard);
  }

  describedAs(description: string): Field<Value, P> {
    return new Field(description, this.allowed, this.kind, this.presence, this.standard);
  }

  /** What a value means, which may be a text that says it; `undefined` where it is none of this field's. */
  read(value: unknown): Value | undefined {
    const meant = typeof value === 'string' ? this.kind.fromText(value) : value;
    return this.kind.accepts(meant) ? (meant as Value) : undefined;
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
  const isInRange = (value: number) => value >= least && value <= most;
  return wholeThat(isInRange, `a whole number from ${least} to ${most}`, description);
}

/** A whole number that is one of those that `allowed` puts into words. */
export function wholeThat(
  isAllowed: (value: number) => boolean,
  allowed: string,
  description: string,
): Field<number> {
  const kind: Kind = {
    accepts: (value) => Number.isSafeInteger(value) && isAllowed(value as number),
    fromText: (text) => (/^-?\d+$/.test(text) ? Number(text) : text),
  };
  return new Field(description, allowed, kind, 'required');
}

export function oneOf<const Value extends string>(
  values: readonly Value[],
  description: string,
): Field<Value> {
  const kind: Kind = { accepts: (value) => (values as readonly unknown[]).includes(value), fromText: asItIs };
  return new Field<Value>(description, values.join(' or '), kind, 'required');
}

export function yesOrNo(description: string): Field<boolean> {
  const kind: Kind = {
    accepts: (value) => typeof value === 'boolean',
    fromText: (text) => (text === 'true' ? true : text === 'false' ? false : text),
  };
  return new Field<boolean>(description, 'true or false', kind, 'required');
}

/** A text that matches `pattern`, which `allowed` puts into words. */
export function text(pattern: RegExp, allowed: string, description: string): Field<string> {
  const kind: Kind = { accepts: matching(pattern), fromText: asItIs };
  return new Field<string>(description, allowed, kind, 'required');
}

/** A list of texts; in one text they are separated by commas, or are a list as JSON. */
export function texts(pattern: RegExp, allowed: string, description: string): Field<string[]> {
  const isOne = matching(pattern);
  const kind: Kind = {
    accepts: (value) => Array.isArray(value) && value.every(isOne),
    fromText: (text) =>
      text.startsWith('[') ? parsedOrText(text) : text.split(',').map((part) => part.trim()),
  };
  return new Field<string[]>(description, `a list (or text with commas) of ${allowed}`, kind, 'required');
}

/** A structure; in a text it is given as JSON. */
export function json<Value>(
  isValue: (value: unknown) => value is Value,
  allowed: string,
  description: string,
): Field<Value> {
  return new Field<Value>(description, allowed, { accepts: isValue, fromText: parsedOrText }, 'required');
}

function matching(pattern: RegExp): (value: unknown) => boolean {
  return (value) => typeof value === 'string' && pattern.test(value);
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
 * Reads all fields from values that may be texts, as environment variables and command lines give them.
 * @throws ConfigurationError with every fault: the name, the value, and what is allowed
 */
export function readFields<F extends Fields>(
  fields: F,
  values: Readonly<Record<string, unknown>>,
  { nameOf = (field) => field, check }: ReadingFields<ValuesOf<F>> = {},
): ValuesOf<F> {
  const faults = unknownFields(fields, values, nameOf);
  const read: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    const isGiven = value !== undefined;
    if (!isGiven && field.presence === 'required') {
      faults.push(`${nameOf(name)} is missing; it must be ${field.allowed}`);
    }
    const meant = isGiven ? field.read(value) : field.standard;
    if (isGiven && meant === undefined) {
      faults.push(`${nameOf(name)} is ${JSON.stringify(value)}; it must be ${field.allowed}`);
    }
    if (meant !== undefined) read[name] = meant;
  }
  const given = read as ValuesOf<F>;
  if (faults.length === 0) check?.(given, (field, message) => faults.push(`${nameOf(field)}: ${message}`));
  if (faults.length > 0) throw new ConfigurationError(faults.join('\n'));
  return given;
}

function unknownFields(
  fields: Fields,
  values: Readonly<Record<string, unknown>>,
  nameOf: (field: string) => string,
): string[] {
  const known = Object.keys(fields).map(nameOf).join(', ');
  return Object.entries(values)
    .filter(([name, value]) => value !== undefined && !Object.hasOwn(fields, name))
    .map(([name]) => `${nameOf(name)} is not known; known are ${known}`);
}
