/** The function's configuration: the schema of its environment, shared by the function and the stack that sets it. */

import { DEFAULT_PARAMETERS, LONGEST_BURST_SECONDS, type RuleParameters, thresholds } from './detection/rule';
import { ConfigurationError } from './errors';
import * as z from './util/zod';

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
export function wholeThat(isAllowed: (value: number) => boolean, allowed: string, description: string): Field<number> {
  return new Field(description, allowed, z.int().check(z.refine(isAllowed)), asNumber, 'required');
}

function asNumber(text: string): unknown {
  return /^-?\d+$/.test(text) ? Number(text) : text;
}

export function oneOf<const Value extends string>(values: readonly Value[], description: string): Field<Value> {
  return new Field<Value>(description, values.join(' or '), z.enum(values), asItIs, 'required');
}

export function flag(description: string): Field<boolean> {
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
export function json<Value>(schema: z.core.$ZodType<Value>, allowed: string, description: string): Field<Value> {
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

const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/;

const MIB = 1024 * 1024;

/** The rule's parameters as a user sets them. */
export const ruleFields = {
  minRegions: whole(1, 100, 'Distinct regions that make a hit.').default(DEFAULT_PARAMETERS.minRegions),
  minCalls: whole(
    1,
    1000,
    'Distinct calls that make a hit. At or below `minRegions` the regions alone decide; without it, it is as high as `minRegions`.',
  ).optional(),
  windowSeconds: whole(1, LONGEST_BURST_SECONDS, 'Length of the window, in seconds.').default(
    DEFAULT_PARAMETERS.windowSeconds,
  ),
  windowing: oneOf(
    ['tumbling', 'sliding'],
    'Windows aligned to the clock (`tumbling`), or any interval of that length (`sliding`), which also finds a burst that crosses an edge.',
  ).default(DEFAULT_PARAMETERS.windowing),
  groupBy: oneOf(
    ['arn', 'issuer'],
    'Whether sessions of one role count apart (`arn`) or together (`issuer`). One session name per region evades `arn`.',
  ).default(DEFAULT_PARAMETERS.groupBy),
  partitions: whole(
    1,
    64,
    'Ledger partitions an account is spread over. Raise it when one account saturates a DynamoDB partition (3,000 read units a second). A change reads fresh state for some minutes.',
  ).default(DEFAULT_PARAMETERS.partitions),
  ignoreRegions: texts(
    REGION,
    'region names such as eu-west-1',
    'Regions whose calls are passed over, and counted.',
  ).default([...DEFAULT_PARAMETERS.ignoreRegions]),
};

/** How alerts are told. */
export const alertFields = {
  severityText: text(
    /^[\x21-\x7e](?:[\x20-\x7e]{0,38}[\x21-\x7e])?$/,
    '1 to 40 printable ASCII characters',
    'The word for the severity in readable alerts. The risk score stays 21.',
  ).default('low'),
  capAlerts: whole(
    2,
    1000,
    'Most alerts told in one interval, at most half of them for one account; the rest are kept, counted, and announced in one notice.',
  ).default(100),
  capSeconds: whole(60, 900, 'Length of that interval, in seconds.').default(300),
  followUpMinutes: whole(
    0,
    15,
    'Minutes after an alert until its final extent is told, if it grew; 0 tells no follow-up. SQS delays a message 15 minutes at most.',
  ).default(15),
  suppressMinutes: whole(
    0,
    1440,
    'Minutes after an alert in which further hits of the same actor are not told but counted, and told together in one summary; 0 tells each.',
  ).default(0),
  chatAsDefault: flag(
    'Sends the chat card as the default variant too, in place of the readable text, for a chat client that does not take the HTTPS one.',
  ).default(false),
};

/** How objects are read. */
export const readingFields = {
  inflate: oneOf(
    ['zlib', 'zlib-sync'],
    'The inflate engine. `zlib-sync` is native code: its addon must fit the function, see docs/deploy.md.',
  ).default('zlib'),
  inflateLimitBytes: whole(
    MIB,
    4096 * MIB,
    'Most bytes one object may inflate to; a larger one fails and goes to the dead letters.',
  ).default(256 * MIB),
  fetchConcurrency: whole(1, 64, 'Objects one invocation downloads at the same time.').default(16),
};

export const exceptionsParameterField = text(
  /^\/?[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/,
  'the name of an SSM parameter, such as /regionsweep/exceptions',
  'A parameter with further exceptions, read every 5 minutes at most: a change needs no deployment. It may be made later.',
).optional();

/** What is passed over. Faults of entries are told and do not stop the function, so they are read apart. */
const exceptionFields = {
  exceptions: text(/^/, 'a document of exceptions', 'Exceptions as deployed, JSON.').optional(),
  exceptionsParameter: exceptionsParameterField,
};

/** What only the stack knows. */
const placeFields = {
  detector: text(
    /^[A-Za-z][A-Za-z0-9-]{0,39}$/,
    'a letter, then up to 39 letters, digits or hyphens',
    'Name of the detector.',
  ),
  tableName: text(/^[A-Za-z0-9_.:/-]{3,1024}$/, 'a table name or ARN', 'The ledger table.'),
  topicArn: text(/^arn:[^:]+:sns:[^:]+:\d{12}:.+$/, 'the ARN of an SNS topic', 'Where alerts are published.'),
  queueUrl: text(/^https?:\/\/\S+$/, 'the URL of an SQS queue', "The function's own queue."),
};

export const detectorField = placeFields.detector;

const functionFields = {
  ...placeFields,
  ...ruleFields,
  ...alertFields,
  ...readingFields,
  ...exceptionFields,
};

type FunctionFields = ValuesOf<typeof functionFields>;

/** The environment variable of each field. */
export const ENVIRONMENT = {
  detector: 'REGIONSWEEP_DETECTOR',
  tableName: 'REGIONSWEEP_TABLE_NAME',
  topicArn: 'REGIONSWEEP_TOPIC_ARN',
  queueUrl: 'REGIONSWEEP_QUEUE_URL',
  minRegions: 'REGIONSWEEP_MIN_REGIONS',
  minCalls: 'REGIONSWEEP_MIN_CALLS',
  windowSeconds: 'REGIONSWEEP_WINDOW_SECONDS',
  windowing: 'REGIONSWEEP_WINDOWING',
  groupBy: 'REGIONSWEEP_GROUP_BY',
  partitions: 'REGIONSWEEP_PARTITIONS',
  ignoreRegions: 'REGIONSWEEP_IGNORE_REGIONS',
  severityText: 'REGIONSWEEP_SEVERITY_TEXT',
  capAlerts: 'REGIONSWEEP_CAP_ALERTS',
  capSeconds: 'REGIONSWEEP_CAP_SECONDS',
  followUpMinutes: 'REGIONSWEEP_FOLLOW_UP_MINUTES',
  suppressMinutes: 'REGIONSWEEP_SUPPRESS_MINUTES',
  chatAsDefault: 'REGIONSWEEP_CHAT_AS_DEFAULT',
  inflate: 'REGIONSWEEP_INFLATE',
  inflateLimitBytes: 'REGIONSWEEP_INFLATE_LIMIT_BYTES',
  fetchConcurrency: 'REGIONSWEEP_FETCH_CONCURRENCY',
  exceptions: 'REGIONSWEEP_EXCEPTIONS',
  exceptionsParameter: 'REGIONSWEEP_EXCEPTIONS_PARAMETER',
} as const satisfies Record<keyof FunctionFields, string>;

/** Attribute names of the ledger table, fixed by its data. */
export const STATE_TABLE = { partitionKey: 'pk', sortKey: 'sk', expiry: 'expiresAt' } as const;

/** What the function is told; minutes, seconds and bytes are whole. */
export interface FunctionConfiguration
  extends Pick<FunctionFields, keyof typeof placeFields | keyof typeof readingFields | keyof typeof exceptionFields> {
  readonly rule: RuleParameters;
  readonly alerting: Pick<FunctionFields, keyof typeof alertFields>;
}

/**
 * Reads the configuration from environment variables; other variables are passed over.
 * @throws ConfigurationError naming every variable at fault, its value, and what is allowed
 */
export function readConfiguration(environment: Readonly<Record<string, string | undefined>>): FunctionConfiguration {
  const names: Readonly<Record<string, string>> = ENVIRONMENT;
  // A variable that is set to nothing is none.
  const values = Object.fromEntries(
    Object.entries(names).map(([field, variable]) => [field, environment[variable] || undefined]),
  );
  const fields = readFields(functionFields, values, { nameOf: (field) => names[field] ?? field });
  const { minRegions, minCalls, windowSeconds, windowing, groupBy, partitions, ignoreRegions } = fields;
  const { severityText, capAlerts, capSeconds, followUpMinutes, suppressMinutes, chatAsDefault } = fields;
  const { detector, tableName, topicArn, queueUrl, inflate, inflateLimitBytes, fetchConcurrency } = fields;
  const { exceptions, exceptionsParameter } = fields;
  return {
    ...{ detector, tableName, topicArn, queueUrl, inflate, inflateLimitBytes, fetchConcurrency },
    ...{ exceptions, exceptionsParameter },
    rule: {
      ...thresholds(minRegions, minCalls),
      ...{ windowSeconds, windowing, groupBy, partitions, ignoreRegions },
    },
    alerting: { severityText, capAlerts, capSeconds, followUpMinutes, suppressMinutes, chatAsDefault },
  };
}

/** The environment variables that say these values; what is absent is left to its default. */
export function environmentOf(values: Partial<FunctionFields>): Record<string, string> {
  const given: Readonly<Record<string, unknown>> = values;
  const variables: Record<string, string> = {};
  for (const [field, variable] of Object.entries(ENVIRONMENT)) {
    const value = given[field];
    // An empty list is the absence of one: Lambda has no empty list to set.
    if (value !== undefined && String(value) !== '') variables[variable] = String(value);
  }
  return variables;
}
