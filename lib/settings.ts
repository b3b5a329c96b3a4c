/** Deploy-time settings of the stack: `cdk.json` context `regionsweep` and `-c` flags, read by one schema. */
import { ConfigurationError } from '../lambda/errors';
import { type Fault, readFields, type ValuesOf } from '../lambda/fields';
import { checkPipeline, prefixFault } from './between-fields';
import { settingFields } from './setting-fields';
import { checkSubscribers } from './subscriber-fields';

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
  const given = readFields(
    settingFields,
    { ...structured, ...Object.fromEntries(flat) },
    { check: checkTogether },
  );
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
    (key) =>
      key !== CONTEXT_KEY &&
      !CDK_KEYS.includes(key) &&
      !/[:/@]/.test(key) &&
      !Object.hasOwn(settingFields, key),
  );
}
