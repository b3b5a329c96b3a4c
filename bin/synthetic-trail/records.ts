import { formatInstant } from '../../lambda/util/collections';
import { type Call, type CallSite, DESCRIBE_INSTANCES, type Inventory, type Json, type JsonObject } from './calls';
import { type Identity, type Origin, userAgent } from './identities';
import type { Random } from './random';

/** A refused or failed call. */
export interface Failure {
  /** As `Client.UnauthorizedOperation`. */
  readonly errorCode: string;
  readonly errorMessage: string;
}

/** Who called what, where and when. */
export interface PlannedCall {
  readonly call: Call;
  readonly identity: Identity;
  readonly origin: Origin;
  /** Of the account whose trail it is, and the region of the call. */
  readonly inventory: Inventory;
  /** Epoch second. */
  readonly second: number;
  readonly failure?: Failure;
}

/** One record, written, with what it was planned as. */
export interface TrailRecord {
  /** The account whose trail it belongs to. */
  readonly account: string;
  readonly region: string;
  readonly second: number;
  readonly actor: string | undefined;
  /** Whether it is a call of EC2's DescribeInstances. */
  readonly matchedCall: boolean;
  /** The record as CloudTrail writes it: one JSON object without a space between. */
  readonly text: string;
}

/** Each service moves to a new version of the record in its own time. */
const EVENT_VERSIONS: Readonly<Record<string, string>> = {
  'cloudtrail.amazonaws.com': '1.09',
  'ec2.amazonaws.com': '1.10',
  'iam.amazonaws.com': '1.10',
  'opsworks.amazonaws.com': '1.08',
  'signin.amazonaws.com': '1.08',
};

const NEWEST_VERSION = '1.11';

/** Services whose request ids are 16 capitals and digits, not UUIDs. */
const SHORT_REQUEST_IDS: ReadonlySet<string> = new Set(['s3.amazonaws.com']);

/** Writes the record of one call; the keys come in the order in which AWS writes them. */
export function writeRecord(planned: PlannedCall, random: Random): TrailRecord {
  const { call, identity, inventory, second } = planned;
  const text = JSON.stringify({ ...head(planned), ...body(planned, random) });
  return {
    account: inventory.account,
    region: inventory.region,
    second,
    actor: identity.actor,
    matchedCall: call === DESCRIBE_INSTANCES,
    text: call.escaped === true ? escapeMarkup(text) : text,
  };
}

/** A failure as EC2 or another service words it. */
export function denial(call: Call, identity: Identity): Failure {
  const service = call.source.slice(0, call.source.indexOf('.'));
  const who = `User: ${identity.actor ?? identity.service ?? 'anonymous'}`;
  const what = `is not authorized to perform: ${service}:${call.name}`;
  const why = `because no identity-based policy allows the ${service}:${call.name} action`;
  return service === 'ec2'
    ? {
        errorCode: 'Client.UnauthorizedOperation',
        errorMessage: `You are not authorized to perform this operation. ${who} ${what} ${why}`,
      }
    : { errorCode: 'AccessDenied', errorMessage: `${who} ${what} ${why}` };
}

/** A call refused because there were too many. */
export function throttling(call: Call): Failure {
  return call.source === 'ec2.amazonaws.com'
    ? { errorCode: 'Client.RequestLimitExceeded', errorMessage: 'Request limit exceeded.' }
    : { errorCode: 'ThrottlingException', errorMessage: 'Rate exceeded' };
}

function head({ call, identity, origin, inventory, second, failure }: PlannedCall): JsonObject {
  return {
    eventVersion: EVENT_VERSIONS[call.source] ?? NEWEST_VERSION,
    userIdentity: identity.userIdentity,
    eventTime: formatInstant(second),
    eventSource: call.source,
    eventName: call.name,
    awsRegion: inventory.region,
    sourceIPAddress: origin.sourceAddress,
    userAgent: userAgent(origin.tool, identity, call.source, call.name),
    ...failure,
  };
}

function body(planned: PlannedCall, random: Random): JsonObject {
  const { call, identity, inventory, second, failure } = planned;
  const { account, region } = inventory;
  const requestId = SHORT_REQUEST_IDS.has(call.source) ? random.base32(16) : random.uuid();
  const one: CallSite['one'] = (kind) => inventory.pick(kind, random);
  const details = call.details({ account, region, second, requestId, one }, random);
  return {
    requestParameters: details.requestParameters,
    responseElements: failure === undefined ? (details.responseElements ?? null) : null,
    ...(details.additionalEventData !== undefined && { additionalEventData: details.additionalEventData }),
    requestID: requestId,
    eventID: random.uuid(),
    readOnly: call.readOnly,
    ...(details.resources !== undefined && { resources: details.resources }),
    eventType: call.eventType ?? 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: identity.account,
    ...(identity.kind === 'aws-account' && { sharedEventID: random.uuid() }),
    eventCategory: 'Management',
    ...connection(planned),
  };
}

/** The end of a record tells how the caller was connected, unless AWS called itself. */
function connection({ call, identity, origin, inventory }: PlannedCall): Record<string, Json> {
  if (identity.kind === 'console-session' || origin.tool === 'console') {
    return { sessionCredentialFromConsole: 'true' };
  }
  if (origin.tool === 'aws-service') return {};
  const host = call.global === true ? call.source : call.source.replace('.', `.${inventory.region}.`);
  return {
    tlsDetails: {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_128_GCM_SHA256',
      clientProvidedHostHeader: host,
    },
  };
}

/** Some of AWS's writers escape what HTML would mind; in JSON these five stand within strings only. */
function escapeMarkup(text: string): string {
  return text.replace(/[=&<>']/g, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
