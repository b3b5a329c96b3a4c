/** Deploy-time settings of the stack: `cdk.json` context `regionsweep` and `-c` flags, read by one schema. */

import { z } from 'zod';
import { ConfigurationError } from '../lambda/errors';
import {
  alertFields,
  detectorField,
  exceptionsParameterField,
  type Fault,
  flag,
  json,
  oneOf,
  readFields,
  readingFields,
  ruleFields,
  text,
  type ValuesOf,
  whole,
  wholeThat,
} from '../lambda/settings';
import { checkSubscribers, subscriberFields } from './subscribers';

const CONTEXT_KEY = 'regionsweep';

type Given = ValuesOf<typeof settingFields>;

/** All settings, with defaults filled in. */
export type Settings = Omit<Given, 'source'> & { readonly source: SourceKind };

export type SourceKind = NonNullable<Given['source']>;

export interface ReadSettings {
  readonly settings: Settings;
  /** context keys that no setting has, which a mistyped flag leaves behind */
  readonly unknownKeys: readonly string[];
}

/**
 * Reads the settings from the whole context of a CDK app: the object `regionsweep`, and over it the flat keys that
 * `-c key=value` makes.
 * @throws ConfigurationError with every fault: the key, its value and what is allowed
 */
export function readSettings(context: Readonly<Record<string, unknown>>): ReadSettings {
  const structured = context[CONTEXT_KEY] ?? {};
  if (typeof structured !== 'object' || Array.isArray(structured)) {
    throw new ConfigurationError(
      `The context ${CONTEXT_KEY} is ${JSON.stringify(structured)}; it must be an object of settings`,
    );
  }
  const flat = Object.entries(context).filter(([key]) => Object.hasOwn(settingFields, key));
  const given = readFields(settingFields, { ...structured, ...Object.fromEntries(flat) }, { check: checkTogether });
  return { settings: { ...given, source: sourceOf(given) }, unknownKeys: unknownKeys(context) };
}

function checkTogether(given: Given, fault: Fault<Given>): void {
  checkSource(given, fault);
  checkPipeline(given, fault);
  checkSubscribers(given, fault);
  if ((given.slackWorkspaceId === undefined) !== (given.slackChannelId === undefined)) {
    fault('slackChannelId', 'slackWorkspaceId and slackChannelId are given together or not at all');
  }
}

function checkSource(given: Given, fault: Fault<Given>): void {
  const source = sourceOf(given);
  if (source !== 'new-trail' && given.trailBucket === undefined) {
    fault('trailBucket', `missing; the source ${source} needs the bucket it is about`);
  }
  if (source === 'new-trail' && given.trailBucket !== undefined) {
    fault('trailBucket', 'a new trail makes its own bucket; leave it out, or choose another source');
  }
  if (source === 'topic' && given.trailTopicArn === undefined) {
    fault('trailTopicArn', 'missing; the source topic needs the topic that tells of objects');
  }
  if (source !== 'topic' && given.trailTopicArn !== undefined) {
    fault('trailTopicArn', `the source ${source} uses no topic; leave it out, or choose the source topic`);
  }
  if (source === 'new-trail' && given.trailKeyArn !== undefined) {
    fault('trailKeyArn', 'is about existing trails; a new one gets its own key by encryptTrail=true');
  }
  if (source !== 'new-trail' && given.trailExpireDays !== undefined) {
    fault('trailExpireDays', 'is about new trails; an existing bucket keeps its own lifecycle, leave it out');
  }
  const prefix = prefixFault(given.trailPrefix);
  if (prefix !== undefined) fault('trailPrefix', prefix);
  if (source !== 'new-trail' && given.encryptTrail) {
    fault('encryptTrail', 'is about new trails; name the key of an existing one by trailKeyArn');
  }
}

function sourceOf(given: {
  source?: SourceKind | undefined;
  trailTopicArn?: string | undefined;
  trailBucket?: string | undefined;
}): SourceKind {
  if (given.source !== undefined) return given.source;
  if (given.trailTopicArn !== undefined) return 'topic';
  return given.trailBucket !== undefined ? 'bucket' : 'new-trail';
}

/** What the CDK's command line keeps in the context under plain names. */
const CDK_KEYS = ['acknowledged-issue-numbers', 'cli-telemetry'];

/** The CDK's other keys have a colon, a slash or an @; whatever else is there somebody meant for us. */
function unknownKeys(context: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(context).filter(
    (key) => key !== CONTEXT_KEY && !CDK_KEYS.includes(key) && !/[:/@]/.test(key) && !Object.hasOwn(settingFields, key),
  );
}

/** The fields of the deploy-time settings: what each is for, what it allows, and its default. */

/** The values CloudWatch Logs takes; its API reference, PutRetentionPolicy. */
const LOG_RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653];

/** AWS General Reference, "Tagging your AWS resources". */
const TAG_KEY = /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+@-]{1,128}$/iu;

const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+@-]{0,256}$/u;

const topicArn = (description: string) =>
  text(/^arn:[^:]+:sns:[^:]+:\d{12}:[A-Za-z0-9_-]+$/, 'the ARN of an SNS topic', description);

export const sourceFields = {
  source: oneOf(
    ['new-trail', 'bucket', 'eventbridge', 'topic'],
    'Where objects come from: a trail of its own (`new-trail`), or an existing bucket that tells the queue by S3 notification (`bucket`), by EventBridge (`eventbridge`) or through an SNS topic (`topic`). Without it: `topic` when `trailTopicArn` is given, `bucket` when `trailBucket` is, else `new-trail`.',
  ).optional(),
  trailBucket: text(
    /^(?!(?:\d+\.){3}\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    'the name of an S3 bucket',
    'The existing bucket that a trail writes to.',
  ).optional(),
  trailPrefix: text(
    // S3 takes an asterisk in keys, and every policy and pattern that names the prefix would take it for a wildcard.
    /^[A-Za-z0-9!_.'()/-]{1,200}$/,
    "an object key prefix of at most 200 letters, digits and !_.'()/-",
    'What stands before `AWSLogs/` in the object keys. For Control Tower this is the organisation id.',
  ).optional(),
  organizationId: text(
    /^o-[a-z0-9]{10,32}$/,
    'an organisation id such as o-a1b2c3d4e5',
    'Watches only the organisation’s part of the bucket. With `new-trail` it makes an organisation trail; deploy that in the management account, no other.',
  ).optional(),
  trailKeyArn: text(
    /^arn:[^:]+:kms:[^:]+:\d{12}:key\/[A-Za-z0-9-]+$/,
    'the ARN of a KMS key, not of an alias',
    'The KMS key that encrypts an existing trail’s objects, in this account or another.',
  ).optional(),
  trailTopicArn: topicArn(
    'An existing topic that carries S3 events or CloudTrail’s own notices. `trailBucket` names the bucket they are about.',
  ).optional(),
  encryptTrail: flag('Encrypts a new trail with a KMS key of its own (about one dollar a month).').default(false),
  trailExpireDays: whole(
    0,
    36500,
    'Days after which a new trail’s objects are deleted; 0 keeps them for ever. Without it 365.',
  ).optional(),
};

export const exceptionFields = {
  exceptions: json(
    z.union([z.string().min(1), z.array(z.unknown())]),
    'the name of a file with {"exceptions": [ … ]}; in cdk.json also the list itself',
    'Calls that are known and passed over, checked at synthesis and kept in the function’s environment; docs/tuning.md has their form.',
  ).optional(),
  exceptionsParameter: exceptionsParameterField,
};

export const pipelineFields = {
  architecture: oneOf(['arm64', 'x86_64'], 'The function’s processor.').default('arm64'),
  memoryMiB: whole(256, 10240, 'The function’s memory; processor time grows with it.').default(1024),
  // No object is begun in the last 20 seconds.
  timeoutSeconds: whole(30, 150, 'The function’s time limit. The queue hides a message six times as long.').default(60),
  batchSize: whole(1, 1000, 'Most messages of one invocation.').default(50),
  batchingWindowSeconds: whole(
    0,
    2,
    'Seconds to wait for a batch to fill. A batch of more than 10 needs at least 1.',
  ).default(1),
  maxConcurrency: whole(
    2,
    1000,
    'Most invocations at the same time. Without it 10, or `reservedConcurrency` where that is less.',
  ).optional(),
  reservedConcurrency: whole(2, 1000, 'Concurrency taken out of the account’s and kept for this function.').optional(),
  logRetentionDays: wholeThat(
    (days) => LOG_RETENTION_DAYS.includes(days),
    `one of ${LOG_RETENTION_DAYS.join(', ')}`,
    'Days the function’s logs are kept.',
  ).default(90),
};

export const operationFields = {
  detector: detectorField
    .describedAs(
      'Name of the detector: in the stack’s name, its metrics and tags. Several detectors in one account need different names.',
    )
    .default('regionsweep'),
  alarmTopicArn: topicArn('Where alarms go; without it to the alert topic.').optional(),
  silenceMinutes: wholeThat(
    (minutes) => minutes >= 0 && minutes <= 1440 && minutes % 5 === 0,
    'a multiple of 5 from 0 to 1440',
    'Minutes without any object of the live trail read until an alarm: an attacker stops trails first. Raise it for quiet accounts; 0 is no alarm.',
  ).default(60),
  terminationProtection: flag('Keeps the stack from being deleted by mistake.').default(false),
  tags: json(
    z.record(z.string().regex(TAG_KEY), z.string().regex(TAG_VALUE)),
    'a JSON object of texts: letters, digits, spaces and _.:/=+-@, keys of 1 to 128 that do not begin with aws:, values of at most 256',
    'Tags for everything in the stack.',
  ).default({}),
};

/** The fields in the groups of the reference page. */
export const settingGroups = {
  Source: sourceFields,
  Rule: ruleFields,
  Exceptions: exceptionFields,
  Alerts: alertFields,
  Subscribers: subscriberFields,
  Pipeline: { ...pipelineFields, ...readingFields },
  Operations: operationFields,
};

export const settingFields = {
  ...sourceFields,
  ...ruleFields,
  ...exceptionFields,
  ...alertFields,
  ...subscriberFields,
  ...pipelineFields,
  ...readingFields,
  ...operationFields,
};

/** Which settings go together, for both ways in: the settings of the stack and the properties of the construct. */

export interface PipelineNumbers {
  readonly batchSize: number;
  readonly batchingWindowSeconds: number;
  readonly maxConcurrency?: number | undefined;
  readonly reservedConcurrency?: number | undefined;
}

/**
 * What is wrong with a trail's prefix, if anything: the watched keys would begin with `AWSLogs/` twice, and no object's do.
 */
export function prefixFault(prefix: string | undefined): string | undefined {
  const folders = (prefix ?? '').split('/').filter((folder) => folder !== '');
  const at = folders.indexOf('AWSLogs');
  if (at < 0) return undefined;
  const before = folders.slice(0, at).join('/');
  return `is what stands before AWSLogs/: ${before === '' ? 'leave it out' : `write ${before}`}, and name an organisation by organizationId`;
}

/** Lambda's own limits of an event source mapping; each value alone is in range. */
export function checkPipeline(given: PipelineNumbers, fault: Fault<PipelineNumbers>): void {
  if (given.batchSize > 10 && given.batchingWindowSeconds === 0) {
    fault('batchingWindowSeconds', 'must be at least 1 with a batchSize over 10');
  }
  const { maxConcurrency, reservedConcurrency } = given;
  if (reservedConcurrency !== undefined && (maxConcurrency ?? 0) > reservedConcurrency) {
    fault('maxConcurrency', `must not exceed reservedConcurrency, which is ${reservedConcurrency}`);
  }
}
