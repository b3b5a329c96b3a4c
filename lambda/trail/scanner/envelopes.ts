import type { TrailRecord } from '../../detection/classify';
import { isObject, type JsonObject } from '../../util/values';
import { kindOf, showText, TABLE } from './json-skipper';

/**
 * The forms other than log files in which AWS returns CloudTrail records. Sources: CloudTrail API reference, LookupEvents
 * and GetQueryResults; CloudWatch Logs user guide, subscriptions, and API reference, FilterLogEvents and GetQueryResults;
 * EventBridge user guide, "AWS service events via CloudTrail"; Athena user guide, "Query CloudTrail logs"; SNS and SQS
 * developer guides, message formats.
 */

/** Any of these keys makes a top-level object a record, unless it holds records. */
export const RECORD_KEYS: ReadonlySet<string> = new Set([
  'eventVersion',
  'eventName',
  'eventSource',
  'eventTime',
  'eventID',
]);

export function isRecord(value: unknown): value is JsonObject {
  return isObject(value) && hasRecordKey(value) && !isNotification(value);
}

function hasRecordKey(value: JsonObject): boolean {
  return Object.keys(value).some((key) => RECORD_KEYS.has(key));
}

/** What S3, Kinesis, SQS and others send has some keys of records too. Their `eventSource` is `aws:s3`, a record's a host. */
function isNotification({ eventSource }: JsonObject): boolean {
  return typeof eventSource === 'string' && eventSource.startsWith('aws:');
}

const NOTIFIER = Buffer.from('"aws:');

/** Without parsing it. */
export function mayBeNotification(bytes: Buffer): boolean {
  return bytes.includes(NOTIFIER) && /"eventSource"\s*:\s*"aws:/.test(bytes.toString('latin1'));
}

const KEY_TEXTS = [...RECORD_KEYS].map((key) => Buffer.from(`"${key}"`));

const { SPACE } = TABLE;

/** Whether the object at `from` begins with a key of records, as nearly all records do; without parsing it. */
export function beginsWithRecordKey(bytes: Uint8Array, from: number): boolean {
  let at = from + 1;
  while (SPACE[bytes[at]!] === 1) at++;
  return KEY_TEXTS.some((text) => standsAt(bytes, at, text));
}

function standsAt(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

/** The names of lists of records, or of envelopes with one record each. */
export const LIST_KEYS: ReadonlySet<string> = new Set([
  'Records',
  // LookupEvents
  'Events',
  // CloudWatch Logs: FilterLogEvents, GetLogEvents, subscriptions
  ...['events', 'logEvents'],
  // rows of CloudTrail Lake and of CloudWatch Logs Insights
  ...['QueryResultRows', 'results'],
  // ReceiveMessage of SQS
  'Messages',
]);

const LETTER_R = 0x52;

/** A top-level object while it is read; its keys decide whether it is an envelope, a record, or neither. */
export class TopLevelObject {
  /** The last key, if it names a list of records. */
  listKey: string | undefined;
  /** The value of `Records` or another such list: `none` so far, `array`, or its kind in words. */
  records = 'none';
  recordsOffset = 0;
  isRecord = false;

  constructor(readonly offset: number) {}

  /** Takes the key in `bytes[from..to)`, quotes included. @throws SyntaxError for an escape that JSON refuses */
  addKey(bytes: Buffer, from: number, to: number, isEscaped: boolean): void {
    this.listKey = undefined;
    // A record has no lists of records, but may turn out to be an envelope by `Records`; other keys need no decoding.
    if (this.isRecord && !isEscaped && bytes[from + 1] !== LETTER_R) return;
    const source = bytes.toString('utf8', from, to);
    const key: string = isEscaped ? JSON.parse(source) : source.slice(1, -1);
    if (LIST_KEYS.has(key) && (key === 'Records' || !this.isRecord)) this.listKey = key;
    this.isRecord ||= RECORD_KEYS.has(key);
  }
}

const MAX_LISTED_KEYS = 8;

function showKeys(keys: readonly string[]): string {
  const listed = keys.slice(0, MAX_LISTED_KEYS).map(showText).join(', ');
  const more = keys.length > MAX_LISTED_KEYS ? ' and more' : '';
  return keys.length === 0 ? 'an empty object' : `an object with the keys ${listed}${more}`;
}

/** The keys that carry a record or its JSON in LookupEvents, EventBridge, CloudWatch Logs, Lake, SNS and SQS. */
const CARRIERS = [
  ...['CloudTrailEvent', 'detail', 'message', '@message', 'eventJson', 'eventjson'],
  ...['Message', 'Sns', 'Body', 'body'],
] as const;

const MAX_LAYERS = 8;

/** What services send to test a subscription. */
const TEST_MESSAGE = /^CWL CONTROL MESSAGE/;

/** The records in a value that is not a record itself. @returns each record, or in words what is there instead */
export function* unwrap(value: unknown, layers = 0): Iterable<TrailRecord | string> {
  const inner = layers === MAX_LAYERS ? `more than ${MAX_LAYERS} envelopes within one another` : innerOf(value);
  if (Array.isArray(inner)) for (const each of inner) yield* unwrap(each, layers + 1);
  else if (isObject(inner) && inner !== value) yield* unwrap(inner, layers + 1);
  else yield isObject(inner) ? restoreRecord(inner) : String(inner);
}

/** The next layer: a list or an object; the value itself if it is a record; else what it is, in words. */
function innerOf(value: unknown): readonly unknown[] | JsonObject | string {
  if (typeof value === 'string') return TEST_MESSAGE.test(value) ? [] : (jsonIn(value) ?? 'a string');
  if (Array.isArray(value)) return rowOf(value) ?? value;
  if (!isObject(value)) return kindOf(String(value).charCodeAt(0));
  const keys = Object.keys(value);
  const list = keys.find((key) => LIST_KEYS.has(key) && Array.isArray(value[key]));
  if (list !== undefined) return value[list] as unknown[];
  const isSent = isNotification(value);
  if (hasRecordKey(value) && !isSent) return value;
  const carrier = CARRIERS.find((key) => typeof value[key] === 'string' || isObject(value[key]));
  // Anybody may put events on a bus, but only AWS those whose source begins with `aws.`.
  const isForeign = carrier === 'detail' && typeof value.source === 'string' && !value.source.startsWith('aws.');
  if (carrier === undefined && isSent) return `an event of ${showText(String(value.eventSource))}`;
  if (carrier === undefined || isForeign) return restoreColumns(value) ?? showKeys(keys);
  const inner = value[carrier];
  return isObject(inner) ? inner : [inner];
}

/** The JSON in a text that may begin with the time of a log line. */
function jsonIn(text: string): readonly unknown[] | JsonObject | undefined {
  const value = parse(text) ?? parse(text.slice(Math.max(text.indexOf('{'), 0)));
  return Array.isArray(value) || isObject(value) ? value : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}

/** The row of a query result: a list of columns, as `{name: value}` or `{field: name, value}`. */
function rowOf(values: readonly unknown[]): JsonObject | undefined {
  const columns = values.map((value): readonly (readonly [string, unknown])[] => {
    if (!isObject(value)) return [];
    return typeof value.field === 'string' && 'value' in value ? [[value.field, value.value]] : Object.entries(value);
  });
  const names = new Set(columns.map(([first]) => first?.[0]));
  const isRow = names.size > 1 && names.size === values.length && columns.every(({ length }) => length === 1);
  return isRow ? Object.fromEntries(columns.flat()) : undefined;
}

/** The field names of a record by their lower case, which is all that columns of tables keep. */
const FIELDS = new Map(
  [
    ...['eventVersion', 'userIdentity', 'eventTime', 'eventSource', 'eventName', 'awsRegion', 'sourceIPAddress'],
    ...['userAgent', 'errorCode', 'errorMessage', 'requestParameters', 'responseElements', 'additionalEventData'],
    ...['requestID', 'eventID', 'readOnly', 'eventType', 'apiVersion', 'managementEvent', 'recipientAccountId'],
    ...['serviceEventDetails', 'sharedEventID', 'vpcEndpointId', 'vpcEndpointAccountId', 'eventCategory'],
    ...['sessionCredentialFromConsole', 'tlsDetails', 'tlsVersion', 'cipherSuite', 'clientProvidedHostHeader'],
    ...['principalId', 'accountId', 'accessKeyId', 'userName', 'invokedBy', 'sessionContext', 'sessionIssuer'],
    ...['creationDate', 'mfaAuthenticated', 'sourceIdentity', 'webIdFederationData', 'federatedProvider'],
    ...['onBehalfOf', 'userId', 'identityStoreArn', 'credentialId', 'ec2RoleDelivery', 'assumedRoot', 'inScopeOf'],
    ...['credentialsIssuedTo', 'sourceArn', 'sourceAccount', 'issuerType', 'identityProvider'],
  ].map((name) => [name.toLowerCase(), name]),
);

const CARRIER_COLUMNS: ReadonlySet<string> = new Set(CARRIERS.map((name) => name.toLowerCase()));

/** Whether a table's column is one of a record's fields, or holds records. */
export function isColumn(name: string): boolean {
  const [first = ''] = name.toLowerCase().split('.', 1);
  return FIELDS.has(first) || CARRIER_COLUMNS.has(first);
}

/** Fields whose content has names of its own. */
const FREE_FORM = /^(?:requestParameters|responseElements|additionalEventData|serviceEventDetails|resources)$/;

/** Deepest names joined by dots, and objects: CloudTrail's identities are 4 deep. */
const MAX_PARTS = 6;

/** Restores a record whose identity a table made a text or spread over columns. */
export function restoreRecord(record: JsonObject): TrailRecord {
  const { userIdentity } = record;
  const isText = typeof userIdentity === 'string' && userIdentity.startsWith('{');
  const isSpread = userIdentity === undefined && Object.keys(record).some((key) => /^useridentity\./i.test(key));
  return isText || isSpread ? nested(Object.entries(record), 0) : record;
}

/**
 * Restores a record from the columns that Athena and CloudTrail Lake export: names in lower case or joined by dots, empty
 * columns, objects as JSON or as `{name=value, …}`.
 * @returns undefined if it has none of a record's columns
 */
function restoreColumns(row: JsonObject): JsonObject | undefined {
  const restored = nested(Object.entries(row), 0);
  return isRecord(restored) ? restored : undefined;
}

function nested(columns: readonly (readonly [string, unknown])[], depth: number): TrailRecord {
  // Without a prototype, so that columns such as `__proto__` are plain values.
  const record: TrailRecord = Object.create(null);
  for (const [column, value] of columns) {
    if (value === null || value === '') continue;
    const parts = column.split('.');
    const path = parts.length > MAX_PARTS ? [column] : parts.map(fieldOf);
    const last = path.pop()!;
    let at = record;
    for (const name of path) {
      if (!isObject(at[name])) at[name] = Object.create(null);
      at = at[name] as TrailRecord;
    }
    at[last] = restoredValue(last, value, depth);
  }
  return record;
}

const fieldOf = (name: string) => (name === name.toLowerCase() ? (FIELDS.get(name) ?? name) : name);

function restoredValue(name: string, value: unknown, depth: number): unknown {
  const isText = typeof value === 'string' && value.startsWith('{') && value.endsWith('}');
  const object = isText ? (parse(value) ?? (FREE_FORM.test(name) ? value : structOf(value))) : value;
  const isIdentity = isObject(object) && !FREE_FORM.test(name) && depth < MAX_PARTS;
  return isIdentity ? nested(Object.entries(object), depth + 1) : object;
}

/** The object of `{type=IAMUser, arn=…, sessioncontext={…}}`. Names of identities contain no comma before a blank. */
function structOf(text: string): JsonObject {
  const root: TrailRecord = Object.create(null);
  const open = [root];
  for (const [, struct, name, value] of text.matchAll(STRUCT)) {
    const at = open.at(-1)!;
    if (struct !== undefined) {
      const inner = Object.create(null);
      at[struct] ??= inner;
      open.push(inner);
    } else if (name !== undefined) {
      if (value !== 'null') at[name] ??= value;
    } else if (open.length > 1) {
      open.pop();
    }
  }
  return root;
}

const STRUCT = /\b(\w{1,64})=\{|\b(\w{1,64})=((?:(?!, \w{1,64}=|\}).)*)|\}/gs;
