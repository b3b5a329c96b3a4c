import { isObject, valueAt } from '../util/values';
import type { TrailRecord } from './classify';

/** CloudTrail itself cuts a user agent at 1 KB (user guide, "Record contents"). */
const MAX_AGENT_LENGTH = 2000;

/**
 * Who made a call, and how: every part of a record that a grouping, an exception or the verdict uses, as JSON. A
 * backtest uses it as the actor and groups callers afterwards; calls that nothing can tell apart share one.
 */
export function callerOf(record: TrailRecord): string {
  const identity = (field: string) => plain(valueAt(record, 'userIdentity', field));
  const session = (...path: string[]) => plain(valueAt(record, 'userIdentity', 'sessionContext', ...path));
  const { userAgent, tlsDetails, errorMessage, requestParameters } = record;
  const tls = (field: string) => plain(valueAt(tlsDetails, field));
  // Its value differs by region; only its presence matters.
  const host = (tls('clientProvidedHostHeader') ?? '') === '' ? '' : 'a host';
  const kept: TrailRecord = {
    userIdentity: {
      type: identity('type'),
      arn: identity('arn'),
      principalId: identity('principalId'),
      accountId: identity('accountId'),
      accessKeyId: identity('accessKeyId'),
      invokedBy: identity('invokedBy'),
      inScopeOf: { credentialsIssuedTo: plain(valueAt(record, 'userIdentity', 'inScopeOf', 'credentialsIssuedTo')) },
      sessionContext: {
        sessionIssuer: { arn: session('sessionIssuer', 'arn'), principalId: session('sessionIssuer', 'principalId') },
        ec2RoleDelivery: session('ec2RoleDelivery'),
        assumedRoot: session('assumedRoot'),
        attributes: { mfaAuthenticated: session('attributes', 'mfaAuthenticated') },
      },
    },
    recipientAccountId: plain(record.recipientAccountId),
    sourceIPAddress: plain(record.sourceIPAddress),
    userAgent: typeof userAgent === 'string' ? userAgent.slice(0, MAX_AGENT_LENGTH) : plain(userAgent),
    vpcEndpointId: plain(record.vpcEndpointId),
    vpcEndpointAccountId: plain(record.vpcEndpointAccountId),
    tlsDetails: isObject(tlsDetails)
      ? { tlsVersion: tls('tlsVersion'), cipherSuite: tls('cipherSuite'), clientProvidedHostHeader: host }
      : plain(tlsDetails),
    sessionCredentialFromConsole: plain(record.sessionCredentialFromConsole),
    errorCode: plain(record.errorCode),
    errorMessage: messageOf(errorMessage),
    requestParameters: { dryRun: plain(valueAt(requestParameters, 'dryRun') ?? valueAt(requestParameters, 'DryRun')) },
  };
  return JSON.stringify(kept);
}

export const recordOf = (caller: string) => JSON.parse(caller) as TrailRecord;

/** Messages name the call; only the reason is kept. */
function messageOf(message: unknown): string | undefined {
  if (message === undefined || message === null || message === '') return undefined;
  const text = typeof message === 'string' ? message : '';
  return /\b(?:service|resource) control policy\b/i.exec(text)?.[0] ?? 'a message';
}

/** Of an object or array only its presence. */
const plain = (value: unknown) => (typeof value === 'object' && value !== null ? {} : value);

export type ConsoleUse = 'page' | 'program';

/** What the console's pages send; seen in recorded console sessions. A browser's agent reaches the record as well. */
export const PAGE_AGENT =
  /^\[?(?:(?:SRPS\/)?Mozilla\/|AWS Internal\b|(?:[\w ]+, )?aws-internal\/|[\w ,]*Console\b|EC2ConsoleFrontend\b|(?:[a-z0-9-]+\.)+amazonaws\.com)/;

/** The AWS CLI (CloudShell included) and SDKs: they begin with their name, or name the environment they run in. */
export const PROGRAM_AGENT = /\baws-cli\/|\bboto(?:3|core)\b|\bexec-env\//i;

/**
 * What used a console session's credentials for a call; undefined for other credentials. A page's calls come from AWS's
 * own hosts and have no `tlsDetails`; CloudShell, and credentials taken out of a console session, call the endpoint
 * over TLS. Source: CloudTrail user guide, "Record contents"; recorded console sessions.
 */
export function consoleUseOf(record: TrailRecord): ConsoleUse | undefined {
  const { sessionCredentialFromConsole: flag, userAgent, tlsDetails } = record;
  const isConsole =
    flag === true || flag === 'true' || valueAt(record, 'userIdentity', 'invokedBy') === 'signin.amazonaws.com';
  if (!isConsole) return undefined;
  const agent = typeof userAgent === 'string' ? userAgent.slice(0, 2000) : '';
  const isDirect = tlsDetails !== undefined && tlsDetails !== null;
  return !isDirect && PAGE_AGENT.test(agent) && !PROGRAM_AGENT.test(agent) ? 'page' : 'program';
}
