/**
 * Reads settings by a schema, from values or from the texts of flags and environment variables. An error names each
 * wrong setting, its value, and what is allowed.
 */

import { ConfigurationError } from '../errors';
import { sanitize } from './sanitize';
import * as z from './zod';

export type Schema<T> = { readonly [Name in keyof Required<T>]: z.ZodMiniType<T[Name]> };

/** Settings in groups; no name is in two of them. */
export type Schemas<T> = { readonly [Group in keyof T]: Schema<T[Group]> };

interface Terms {
  /** what a setting may be, to follow "must be" */
  readonly allowed: string;
  /** the value of a text; a text without one is returned, for the schema to refuse */
  readonly parse: (text: string) => unknown;
  /** `allowed` for machines, if it can be expressed */
  readonly limits?: Limits;
}

interface Limits {
  readonly values?: readonly string[];
  readonly range?: readonly [least: number, most: number];
  readonly pattern?: string;
}

const TERMS = z.registry<Terms>();

function setting<T>(
  schema: z.ZodMiniType<T>,
  allowed: string,
  parse: Terms['parse'] = (text) => text,
  limits: Limits = {},
): z.ZodMiniType<T> {
  return schema.register(TERMS, { allowed, parse, limits });
}

export function integer(least: number, most: number): z.ZodMiniType<number> {
  const isAllowed = (value: number) => value >= least && value <= most;
  return integerThat(isAllowed, `an integer from ${least} to ${most}`, { range: [least, most] });
}

export function integerThat(isAllowed: (value: number) => boolean, allowed: string, limits: Limits = {}) {
  const parse = (text: string) => (/^-?\d+$/.test(text) ? Number(text) : text);
  return setting(z.int().check(z.refine(isAllowed)), allowed, parse, limits);
}

export function boolean(): z.ZodMiniType<boolean> {
  const values = ['true', 'false'];
  return setting(z.boolean(), 'true or false', (text) => (values.includes(text) ? text === 'true' : text), { values });
}

export function oneOf<const Value extends string>(...values: readonly Value[]): z.ZodMiniType<Value> {
  return setting(z.enum(values), values.join(' or '), undefined, { values });
}

export function text(pattern: RegExp, allowed: string): z.ZodMiniType<string> {
  return setting(z.string().check(z.regex(pattern)), allowed, undefined, { pattern: pattern.source });
}

/** A list of texts; a single text is JSON or separated by commas. */
export function texts(pattern: RegExp, allowed: string): z.ZodMiniType<string[]> {
  const parse = (list: string) =>
    list.startsWith('[') ? parsedJson(list) : list.split(',').map((part) => part.trim());
  return setting(z.array(z.string().check(z.regex(pattern))), `a list (or text with commas) of ${allowed}`, parse);
}

/** A structure; a text is parsed as JSON. */
export function json<T>(schema: z.ZodMiniType<T>, allowed: string): z.ZodMiniType<T> {
  return setting(schema, allowed, parsedJson);
}

/** Texts that are not JSON, or name `__proto__`, which objects lose, are returned for the schema to refuse. */
function parsedJson(text: string): unknown {
  try {
    let isKept = true;
    const value: unknown = JSON.parse(text, (key, held: unknown) => {
      isKept &&= key !== '__proto__';
      return held;
    });
    return isKept ? value : text;
  } catch {
    return text;
  }
}

export function termsOf(schema: z.ZodMiniType): Terms & { readonly default?: unknown } {
  if (schema instanceof z.ZodMiniOptional) return termsOf(schema.def.innerType as z.ZodMiniType);
  if (!(schema instanceof z.ZodMiniDefault)) return TERMS.get(schema)!;
  return { ...termsOf(schema.def.innerType as z.ZodMiniType), default: schema.def.defaultValue };
}

/**
 * Reads the settings of all groups from one set of values; undefined values count as absent.
 * @param nameOf the name of a setting in messages
 * @throws ConfigurationError with every fault
 */
export function readGroups<T>(
  groups: Schemas<T>,
  values: Readonly<Record<string, unknown>>,
  nameOf: (setting: string) => string = (setting) => setting,
): T {
  const schema: Schema<Record<string, unknown>> = Object.assign({}, ...Object.values(groups));
  // As a key it would set the object's prototype.
  if (Object.hasOwn(values, '__proto__')) refuse([`${nameOf('__proto__')} is not known`]);
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  const parsed = given.map(([name, value]) => {
    const isText = typeof value === 'string' && Object.hasOwn(schema, name);
    return [name, isText ? termsOf(schema[name]!).parse(value) : value];
  });
  const { data = {}, error } = z.safeParse(z.strictObject(schema), Object.fromEntries(parsed));
  refuse(new Set(error?.issues.flatMap((issue) => faultsOf(issue, schema, values, nameOf))));
  const read = Object.entries(data);
  const pick = (group: object) => Object.fromEntries(read.filter(([name]) => Object.hasOwn(group, name)));
  return Object.fromEntries(Object.entries<object>(groups).map(([name, group]) => [name, pick(group)])) as T;
}

/** @throws ConfigurationError unless the list is empty */
export function refuse(faults: Iterable<string>): void {
  const lines = [...faults];
  if (lines.length > 0) throw new ConfigurationError(lines.map((line) => sanitize(line, 2000)).join('\n'));
}

function faultsOf(
  issue: z.core.$ZodIssue,
  schema: Schema<Record<string, unknown>>,
  values: Readonly<Record<string, unknown>>,
  nameOf: (setting: string) => string,
): string[] {
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
    const known = Object.keys(schema).map(nameOf).join(', ');
    return issue.keys.map((key) => `${nameOf(key)} is not known; known are ${known}`);
  }
  const name = String(issue.path[0]);
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  const what = value === undefined ? 'missing' : JSON.stringify(value);
  return [`${nameOf(name)} is ${what}; it must be ${termsOf(schema[name]!).allowed}`];
}
