/** Deploy-time settings of a stack: `cdk.json` context `regionsweep` and `-c` flags, read by one schema. */

import { ConfigurationError } from '../lambda/errors';
import {
  type AlertSettings,
  alertSchema,
  detectorName,
  parameterName,
  type ReadingSettings,
  type RuleSettings,
  readingSchema,
  ruleSchema,
} from '../lambda/settings';
import {
  boolean,
  integer,
  integerThat,
  json,
  oneOf,
  readGroups,
  refuse,
  type Schemas,
  text,
} from '../lambda/util/schema';
import * as z from '../lambda/util/zod';
import { type SubscriberSettings, subscriberFaults, subscriberSchema } from './subscriber-settings';

export type Architecture = 'arm64' | 'x86_64';

export type SourceKind = 'new-trail' | 'bucket' | 'eventbridge' | 'topic';

/** Where objects come from. */
export interface SourceSettings {
  /**
   * A new trail, or an existing bucket that notifies the queue directly, through EventBridge or through an SNS topic.
   * @default `topic` with `trailTopicArn`, `bucket` with `trailBucket`, else `new-trail`
   */
  readonly source?: SourceKind;
  /** The bucket of an existing trail. */
  readonly trailBucket?: string;
  /** What precedes `AWSLogs/` in the object keys. For Control Tower this is the organization id. */
  readonly trailPrefix?: string;
  /**
   * Watches only the organization’s part of the bucket; with `new-trail`, creates an organization trail (in the
   * management account, no other).
   * @default all of `AWSLogs/`
   */
  readonly organizationId?: string;
  /** The KMS key that encrypts an existing trail’s objects. */
  readonly trailKeyArn?: string;
  /** An existing topic that carries S3 events of `trailBucket`, or CloudTrail’s own notices. */
  readonly trailTopicArn?: string;
  /** Encrypts a new trail with a KMS key of its own (about one dollar a month). */
  readonly encryptTrail: boolean;
  /**
   * Days after which a new trail’s objects are deleted; 0 keeps them.
   * @default 365
   */
  readonly trailExpireDays?: number;
}

/** Known calls that are not counted. */
export interface ExceptionSettings {
  /** Exceptions, stored in the function’s environment; docs/tuning.md has their form. */
  readonly exceptions?: string | readonly unknown[];
  /**
   * An SSM parameter with more exceptions, which may be created later. A change needs no deployment.
   */
  readonly exceptionsParameter?: string;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Queue and function. */
export interface PipelineSettings extends ReadingSettings {
  /**
   * The function’s processor.
   * @default 'arm64'
   */
  readonly architecture: Architecture;
  /**
   * The function’s memory, and with it its share of a processor.
   * @default 512
   */
  readonly memoryMiB: number;
  /**
   * The function’s time limit; the queue’s visibility timeout follows.
   * @default 60
   */
  readonly timeoutSeconds: number;
  /**
   * Most messages in an invocation.
   * @default 50
   */
  readonly batchSize: number;
  /**
   * Seconds to wait for a batch to fill: fewer requests, later alerts. A `batchSize` over 10 needs at least 1.
   * @default 10
   */
  readonly batchingWindowSeconds: number;
  /**
   * Most concurrent invocations.
   * @default 10, or `reservedConcurrency` if that is less
   */
  readonly maxConcurrency?: number;
  /**
   * Concurrency reserved for this function out of the account’s.
   * @default none
   */
  readonly reservedConcurrency?: number;
  /**
   * The least level that the function logs. `debug` adds a line for each object without a matched call.
   * @default 'info'
   */
  readonly logLevel: LogLevel;
  /**
   * Days that the function’s logs are kept.
   * @default 90
   */
  readonly logRetentionDays: number;
}

/** Names, alarms and the stack itself. */
export interface OperationSettings {
  /** Name of the detector, in the names of stack, metrics and tags. Detectors in one account need different names. */
  readonly detector: string;
  /**
   * The SNS topic that alarms go to.
   * @default the alert topic
   */
  readonly alarmTopicArn?: string;
  /**
   * Minutes without a log file until an alarm. Raise it for quiet accounts; 0 is no alarm.
   */
  readonly silenceMinutes: number;
  /** Protects the stack from deletion. */
  readonly terminationProtection: boolean;
  /** Tags for everything in the stack. */
  readonly tags: Readonly<Record<string, string>>;
}

/** All settings in their groups, with defaults filled in. */
export interface Settings {
  /** where objects come from */
  readonly source: SourceSettings;
  /** the rule's parameters */
  readonly rule: RuleSettings;
  /** known calls that are not counted */
  readonly exceptions: ExceptionSettings;
  /** how alerts are sent */
  readonly alerts: AlertSettings;
  /** who gets alerts */
  readonly subscribers: SubscriberSettings;
  /** queue and function */
  readonly pipeline: PipelineSettings;
  /** names, alarms and the stack itself */
  readonly operations: OperationSettings;
}

/** The values CloudWatch Logs takes; its API reference, PutRetentionPolicy. */
const LOG_RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653];

/** AWS General Reference, "Tagging your AWS resources". */
const TAG_KEY = /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+@-]{1,128}$/iu;

const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+@-]{0,256}$/u;

const topicArn = () => text(/^arn:[^:]+:sns:[^:]+:\d{12}:[A-Za-z0-9_-]+$/, 'the ARN of an SNS topic');

/** @internal */
export const settingSchemas: Schemas<Settings> = {
  source: {
    source: z.optional(oneOf('new-trail', 'bucket', 'eventbridge', 'topic')),
    trailBucket: z.optional(
      text(/^(?!(?:\d+\.){3}\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of an S3 bucket'),
    ),
    // S3 allows an asterisk in keys, but in policies and patterns it would be a wildcard.
    trailPrefix: z.optional(
      text(/^[A-Za-z0-9!_.'()/-]{1,200}$/, "an object key prefix of at most 200 letters, digits and !_.'()/-"),
    ),
    organizationId: z.optional(text(/^o-[a-z0-9]{10,32}$/, 'an organization id such as o-a1b2c3d4e5')),
    trailKeyArn: z.optional(
      text(/^arn:[^:]+:kms:[^:]+:\d{12}:key\/[A-Za-z0-9-]+$/, 'the ARN of a KMS key, not of an alias'),
    ),
    trailTopicArn: z.optional(topicArn()),
    encryptTrail: z._default(boolean(), false),
    trailExpireDays: z.optional(integer(0, 36500)),
  },
  rule: ruleSchema,
  exceptions: {
    exceptions: z.optional(
      json(
        z.union([z.string().check(z.minLength(1)), z.array(z.unknown())]),
        'the name of a file with {"exceptions": [ … ]}, or in a file of settings the list itself',
      ),
    ),
    exceptionsParameter: z.optional(parameterName),
  },
  alerts: alertSchema,
  subscribers: subscriberSchema,
  pipeline: {
    architecture: z._default(oneOf('arm64', 'x86_64'), 'arm64'),
    memoryMiB: z._default(integer(256, 10240), 512),
    // No object is started in the last 20 seconds.
    timeoutSeconds: z._default(integer(30, 150), 60),
    batchSize: z._default(integer(1, 1000), 50),
    batchingWindowSeconds: z._default(integer(0, 60), 10),
    maxConcurrency: z.optional(integer(2, 1000)),
    reservedConcurrency: z.optional(integer(2, 1000)),
    logLevel: z._default(oneOf('debug', 'info', 'warn', 'error'), 'info'),
    logRetentionDays: z._default(
      integerThat((days) => LOG_RETENTION_DAYS.includes(days), `one of ${LOG_RETENTION_DAYS.join(', ')}`),
      90,
    ),
    ...readingSchema,
  },
  operations: {
    detector: z._default(detectorName, 'regionsweep'),
    silenceMinutes: z._default(
      integerThat((value) => value >= 0 && value <= 1440 && value % 5 === 0, 'a multiple of 5 from 0 to 1440'),
      60,
    ),
    alarmTopicArn: z.optional(topicArn()),
    terminationProtection: z._default(boolean(), false),
    tags: z._default(
      json(
        z.record(z.string().check(z.regex(TAG_KEY)), z.string().check(z.regex(TAG_VALUE))),
        'a JSON object of texts: letters, digits, spaces and _.:/=+-@, keys of 1 to 128 that do not begin with aws:, values of at most 256',
      ),
      {},
    ),
  },
};

const CONTEXT_KEY = 'regionsweep';

const isSetting = (key: string) => Object.values(settingSchemas).some((group) => Object.hasOwn(group, key));

export interface ReadSettings {
  /** with defaults filled in */
  readonly settings: Settings;
  /** context keys that are not settings, such as mistyped flags */
  readonly unknownKeys: readonly string[];
}

/**
 * Reads the settings from the context of a CDK app: the object `regionsweep`, overridden by the flat keys of `-c
 * key=value`.
 * @throws ConfigurationError with every fault: the key, its value and what is allowed
 */
export function readSettings(context: Readonly<Record<string, unknown>>): ReadSettings {
  const structured = context[CONTEXT_KEY] ?? {};
  if (typeof structured !== 'object' || Array.isArray(structured)) {
    throw new ConfigurationError(
      `The context ${CONTEXT_KEY} is ${JSON.stringify(structured)}; it must be an object of settings`,
    );
  }
  const flat = Object.entries(context).filter(([key]) => isSetting(key));
  // Spreading keeps a key `__proto__` of parsed JSON, which is refused.
  const settings = readGroups(settingSchemas, { ...structured, ...Object.fromEntries(flat) });
  refuse([
    ...sourceFaults(settings.source),
    ...pipelineFaults(settings.pipeline),
    ...subscriberFaults(settings.subscribers),
  ]);
  return { settings, unknownKeys: Object.keys(context).filter(isUnknown) };
}

const { source: _, subscribers: __, ...detectorSchemas } = settingSchemas;

/**
 * Reads the construct's properties, under the names of the settings.
 * @throws ConfigurationError as above
 */
export function readDetectorSettings(
  given: Readonly<Record<string, unknown>>,
): Omit<Settings, 'source' | 'subscribers'> {
  const settings = readGroups(detectorSchemas, given);
  refuse(pipelineFaults(settings.pipeline));
  return settings;
}

/** Context keys of the CDK's command line, and of bin/app-settings.ts. */
const CDK_KEYS = ['acknowledged-issue-numbers', 'cli-telemetry', 'confirmSourceChange'];

/** The CDK's other keys have a colon, a slash or an @; the rest are ours. */
function isUnknown(key: string): boolean {
  return key !== CONTEXT_KEY && !CDK_KEYS.includes(key) && !/[:/@]/.test(key) && !isSetting(key);
}

/** The source if none is named. */
export function sourceKind(settings: SourceSettings): SourceKind {
  if (settings.source !== undefined) return settings.source;
  if (settings.trailTopicArn !== undefined) return 'topic';
  return settings.trailBucket === undefined ? 'new-trail' : 'bucket';
}

function sourceFaults(settings: SourceSettings): string[] {
  const { trailBucket, trailTopicArn, trailKeyArn, trailExpireDays, trailPrefix, encryptTrail } = settings;
  const source = sourceKind(settings);
  const isNew = source === 'new-trail';
  const isTopic = source === 'topic';
  const prefix = prefixFault(trailPrefix);
  return faultsIn([
    !isNew && trailBucket === undefined && `trailBucket: missing; the source ${source} needs it`,
    isNew && trailBucket && 'trailBucket: a new trail creates its own bucket; leave it out, or choose another source',
    isTopic && trailTopicArn === undefined && 'trailTopicArn: missing; the source topic needs it',
    !isTopic && trailTopicArn && `trailTopicArn: the source ${source} uses no topic; leave it out, or choose topic`,
    isNew && trailKeyArn && 'trailKeyArn: is for existing trails; a new one gets its own key by encryptTrail=true',
    !isNew &&
      trailExpireDays !== undefined &&
      'trailExpireDays: is for new trails; an existing bucket has its own lifecycle',
    prefix !== undefined && `trailPrefix: ${prefix}`,
    !isNew && encryptTrail && 'encryptTrail: is for new trails; name the key of an existing one by trailKeyArn',
  ]);
}

const faultsIn = (checks: readonly (string | false | undefined)[]): string[] =>
  checks.filter((fault) => typeof fault === 'string');

/** What is wrong with a trail's prefix, if anything: with `AWSLogs/` twice in the watched keys, no object would match. */
export function prefixFault(prefix: string | undefined): string | undefined {
  const folders = (prefix ?? '').split('/').filter((folder) => folder !== '');
  const at = folders.indexOf('AWSLogs');
  if (at < 0) return undefined;
  const before = folders.slice(0, at).join('/');
  return `is what precedes AWSLogs/: ${before === '' ? 'leave it out' : `write ${before}`}, and name an organization by organizationId`;
}

/** Lambda's limits on combinations of an event source mapping. */
function pipelineFaults(settings: PipelineSettings): string[] {
  const { batchSize, batchingWindowSeconds, maxConcurrency = 0, reservedConcurrency = maxConcurrency } = settings;
  return faultsIn([
    batchSize > 10 &&
      batchingWindowSeconds === 0 &&
      'batchingWindowSeconds: must be at least 1 with a batchSize over 10',
    maxConcurrency > reservedConcurrency &&
      `maxConcurrency: must not exceed reservedConcurrency, which is ${reservedConcurrency}`,
  ]);
}
