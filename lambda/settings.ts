/**
 * The function's settings, in groups. One schema reads them from its environment and from the stack's settings; their
 * docstrings are the text of docs/configuration.md.
 */

import { DEFAULT_PARAMETERS, LONGEST_BURST_SECONDS, type RuleParameters, thresholds } from './detection/rule';
import { boolean, integer, integerThat, json, oneOf, readGroups, type Schema, text, texts } from './util/schema';
import { isObject } from './util/values';
import * as z from './util/zod';

/** The rule's settings; `minCalls` defaults to `minRegions`. */
export type RuleSettings = Omit<RuleParameters, 'minCalls'> & Partial<Pick<RuleParameters, 'minCalls'>>;

/** How alerts are sent. */
export interface AlertSettings {
  /** Word for the severity in readable alerts. The risk score stays 21. @default 'low' */
  readonly severityText: string;
  /**
   * Most alerts sent in one interval: at most half of them for one account, and half kept for the first of each account.
   * Others are stored, and one notice announces them.
   * @default 100
   */
  readonly capAlerts: number;
  /** Length of that interval, in seconds. @default 300 */
  readonly capSeconds: number;
  /** Minutes until a follow-up is sent, if more regions were called; 0 sends none. @default 15 */
  readonly followUpMinutes: number;
  /**
   * Minutes after an alert in which further detections of the actor come in one summary; 0 sends an alert for each.
   * @default 0
   */
  readonly suppressMinutes: number;
  /**
   * Sends the chat card as the default variant too, for a chat client that does not take the HTTPS one.
   * @default false
   */
  readonly chatAsDefault: boolean;
  /** Names that alerts show for account ids. They share the 4 KB of the function’s environment. @default none */
  readonly accountNames: Readonly<Record<string, string>>;
}

/** How objects are read. */
export interface ReadingSettings {
  /** Inflate engine. `zlib-sync` is a native addon; see docs/deploy.md. @default 'zlib' */
  readonly inflate: 'zlib' | 'zlib-sync';
  /** Bytes that one object may inflate to. A larger one ends in the dead-letter queue. @default 268435456 */
  readonly inflateLimitBytes: number;
  /** Objects that an invocation downloads at a time. @default 16 */
  readonly fetchConcurrency: number;
  /**
   * Databases of networks (ASN) or countries in MaxMind’s form, copied into the function, to name the owners of addresses.
   * @default none
   */
  readonly asnDatabase: readonly string[];
}

const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/;
const MIB = 1024 * 1024;

/** @internal */
export const ruleSchema: Schema<RuleSettings> = {
  minRegions: z._default(integer(1, 100), DEFAULT_PARAMETERS.minRegions),
  minCalls: z.optional(integer(1, 1000)),
  windowSeconds: z._default(integer(1, LONGEST_BURST_SECONDS), DEFAULT_PARAMETERS.windowSeconds),
  windowing: z._default(oneOf('tumbling', 'sliding'), 'tumbling'),
  slowWindowSeconds: z._default(
    integerThat(
      (seconds) => seconds === 0 || (seconds >= 30 && seconds <= LONGEST_BURST_SECONDS),
      '0, or an integer from 30 to 300',
    ),
    DEFAULT_PARAMETERS.slowWindowSeconds,
  ),
  groupBy: z._default(oneOf('arn', 'issuer'), DEFAULT_PARAMETERS.groupBy),
  partitions: z._default(integer(1, 64), DEFAULT_PARAMETERS.partitions),
  ignoreRegions: z._default(texts(REGION, 'region names such as eu-west-1'), [...DEFAULT_PARAMETERS.ignoreRegions]),
};

/** @internal */
export const alertSchema: Schema<AlertSettings> = {
  severityText: z._default(
    text(/^[\x21-\x7e](?:[\x20-\x7e]{0,38}[\x21-\x7e])?$/, '1 to 40 printable ASCII characters'),
    'low',
  ),
  capAlerts: z._default(integer(2, 1000), 100),
  capSeconds: z._default(integer(60, 900), 300),
  followUpMinutes: z._default(integer(0, 15), 15),
  suppressMinutes: z._default(integer(0, 1440), 0),
  chatAsDefault: z._default(boolean(), false),
  accountNames: z._default(
    json(
      z.record(z.string().check(z.regex(/^\d{12}$/)), z.string().check(z.minLength(1), z.maxLength(40))),
      'a JSON object of names of at most 40 characters by account id',
    ),
    {},
  ),
};

/** @internal */
export const readingSchema: Schema<ReadingSettings> = {
  inflate: z._default(oneOf('zlib', 'zlib-sync'), 'zlib'),
  inflateLimitBytes: z._default(integer(MIB, 4096 * MIB), 256 * MIB),
  fetchConcurrency: z._default(integer(1, 64), 16),
  asnDatabase: z._default(texts(/^[^,]+\.mmdb$/, 'paths of .mmdb files'), []),
};

/** @internal */
export const detectorName = text(/^[A-Za-z][A-Za-z0-9-]{0,39}$/, 'a letter, then up to 39 letters, digits or hyphens');

/** @internal */
export const parameterName = text(
  /^\/?[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/,
  'the name of an SSM parameter, such as /regionsweep/exceptions',
);

/** What the stack creates for the function. */
const resources = {
  detector: detectorName,
  tableName: text(/^[A-Za-z0-9_.:/-]{3,1024}$/, 'a table name or ARN'),
  topicArn: text(/^arn:[^:]+:sns:[^:]+:\d{12}:.+$/, 'the ARN of an SNS topic'),
  queueUrl: text(/^https?:\/\/\S+$/, 'the URL of an SQS queue'),
  trailBucketName: z.optional(text(/^\S+$/, 'the name of an S3 bucket')),
  trailKeyPrefix: z.optional(text(/^\S/, 'what object keys begin with')),
  trailBucketOwner: z.optional(text(/^\d{12}$/, 'an account number of 12 digits')),
};

// Any text: the document is parsed separately, since faulty entries must not stop the function.
const exceptions = { exceptions: z.optional(text(/^/, 'a document')), exceptionsParameter: z.optional(parameterName) };

const groups = { resources, rule: ruleSchema, alerts: alertSchema, reading: readingSchema, exceptions };

type Groups = typeof groups;
type Values<Group> = { readonly [Name in keyof Group]: z.infer<Group[Name]> };
type FunctionSettings = { readonly [Group in keyof Groups]: Values<Groups[Group]> };
type FunctionSetting = { [Group in keyof Groups]: keyof Groups[Group] }[keyof Groups];

const variableOf = (name: string) => `REGIONSWEEP_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`;

/** The environment variable of each setting. @internal */
export const ENVIRONMENT = Object.fromEntries(
  Object.values(groups).flatMap((group) => Object.keys(group).map((name) => [name, variableOf(name)])),
) as Readonly<Record<FunctionSetting, string>>;

/**
 * Reads the function's settings from environment variables, and ignores other variables. One that is empty is absent.
 * @throws ConfigurationError naming every variable at fault, its value, and what is allowed
 * @internal
 */
export function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): FunctionSettings & { readonly rule: RuleParameters } {
  const values = Object.entries(ENVIRONMENT).map(([name, variable]) => [name, environment[variable] || undefined]);
  const { rule, ...settings } = readGroups<FunctionSettings>(groups, Object.fromEntries(values), variableOf);
  return { ...settings, rule: { ...rule, ...thresholds(rule.minRegions, rule.minCalls) } };
}

/** The environment variables for these settings; other values are ignored. */
export function environmentOf(values: Readonly<Record<string, unknown>>): Record<string, string> {
  const variables = Object.entries(ENVIRONMENT).map(([name, variable]) => [variable, variableText(values[name])]);
  // Lambda has no empty list: an empty variable is absent.
  return Object.fromEntries(variables.filter(([, value]) => value !== ''));
}

/** The text that the schema reads as this value. */
export function variableText(value: unknown): string {
  if (!isObject(value)) return String(value ?? '');
  return Object.keys(value).length === 0 ? '' : JSON.stringify(value);
}
