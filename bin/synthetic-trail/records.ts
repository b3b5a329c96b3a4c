import { formatInstant, type JsonObject } from '../../lambda/util/values';
import { type Call, type CallSite, DESCRIBE_INSTANCES } from './calls';
import type { Identity } from './identities';
import type { Inventory } from './inventory';
import type { Random } from './random';
import { type Origin, userAgent } from './tools';

export interface PlannedCall {
  readonly call: Call;
  readonly identity: Identity;
  readonly origin: Origin;
  /** of the account whose trail it is, and the region of the call */
  readonly inventory: Inventory;
  /** UTC epoch second */
  readonly second: number;
  /** absent if the call succeeded */
  readonly failure?: 'denied' | 'throttled' | undefined;
}

export type TrailRecord = ReturnType<typeof writeRecord>;

/** Each service moves to a new version of the record in its own time. */
const EVENT_VERSIONS: Readonly<Record<string, string>> = {
  cloudtrail: '1.09',
  ec2: '1.10',
  iam: '1.10',
  opsworks: '1.08',
  signin: '1.08',
};

const NEWEST_VERSION = '1.11';

/** Writes the record of one call, with keys in AWS's order. */
export function writeRecord(planned: PlannedCall, random: Random) {
  const { call, identity, origin, inventory, second, failure } = planned;
  const { account, region } = inventory;
  // S3 has request ids of 16 capitals and digits, the others UUIDs.
  const requestId = call.service === 's3' ? random.base32(16) : random.uuid();
  const site: CallSite = { account, region, second, requestId, random, one: (kind) => inventory.pick(kind, random) };
  const { requestParameters, responseElements, additionalEventData, resources } = call.details(site);
  const text = JSON.stringify({
    eventVersion: EVENT_VERSIONS[call.service] ?? NEWEST_VERSION,
    userIdentity: identity.userIdentity,
    eventTime: formatInstant(second),
    eventSource: sourceOf(call),
    eventName: call.name,
    awsRegion: region,
    sourceIPAddress: origin.sourceAddress,
    userAgent: userAgent(origin.tool, identity, call),
    ...(failure !== undefined && errorOf(failure, call, identity)),
    requestParameters,
    responseElements: failure === undefined ? (responseElements ?? null) : null,
    additionalEventData,
    requestID: requestId,
    eventID: random.uuid(),
    readOnly: call.writes !== true,
    resources,
    eventType: call.eventType ?? 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: identity.account,
    sharedEventID: identity.kind === 'aws-account' ? random.uuid() : undefined,
    eventCategory: 'Management',
    ...connection(planned),
  });
  return {
    // The account is the one whose trail it belongs to.
    ...{ account, region, second },
    actor: identity.actor,
    matchedCall: call === DESCRIBE_INSTANCES,
    /** as CloudTrail writes it: one JSON object without whitespace */
    text: call.escaped === true ? escapeMarkup(text) : text,
  };
}

function sourceOf({ service }: Call): string {
  return `${service}.amazonaws.com`;
}

function errorOf(failure: 'denied' | 'throttled', { service, name }: Call, identity: Identity): JsonObject {
  const isEc2 = service === 'ec2';
  if (failure === 'throttled') {
    return isEc2
      ? { errorCode: 'Client.RequestLimitExceeded', errorMessage: 'Request limit exceeded.' }
      : { errorCode: 'ThrottlingException', errorMessage: 'Rate exceeded' };
  }
  const why =
    `User: ${identity.actor ?? identity.service ?? 'anonymous'} is not authorized to perform: ${service}:${name} ` +
    `because no identity-based policy allows the ${service}:${name} action`;
  return isEc2
    ? {
        errorCode: 'Client.UnauthorizedOperation',
        errorMessage: `You are not authorized to perform this operation. ${why}`,
      }
    : { errorCode: 'AccessDenied', errorMessage: why };
}

/** The caller's connection, at the end of a record, unless AWS called itself. */
function connection({ call, identity, origin, inventory }: PlannedCall): JsonObject {
  if (identity.kind === 'console-session' || origin.tool === 'console') {
    return { sessionCredentialFromConsole: 'true' };
  }
  if (origin.tool === 'aws-service') return {};
  const clientProvidedHostHeader =
    call.global === true ? sourceOf(call) : `${call.service}.${inventory.region}.amazonaws.com`;
  return { tlsDetails: { tlsVersion: 'TLSv1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256', clientProvidedHostHeader } };
}

/** Some AWS services escape HTML's special characters, which JSON has only in strings. */
function escapeMarkup(text: string): string {
  return text.replace(/[=&<>']/g, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
