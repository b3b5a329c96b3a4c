import { valueAt } from '../util/values';
import type { TrailRecord } from './classify';

/** CloudTrail itself cuts a user agent at 1 KB (user guide, "Record contents"). */
const MAX_AGENT_LENGTH = 2000;

/**
 * Who made a call, and how: all of a record that any grouping and any exception looks at, as JSON. A backtest takes it for
 * the actor, and groups callers afterwards: calls that no setting can tell apart have the same one.
 */
export function callerOf(record: TrailRecord): string {
  const identity = (field: string) => plain(valueAt(record, 'userIdentity', field));
  const { userAgent } = record;
  const kept: TrailRecord = {
    userIdentity: {
      type: identity('type'),
      arn: identity('arn'),
      principalId: identity('principalId'),
      accountId: identity('accountId'),
      accessKeyId: identity('accessKeyId'),
      invokedBy: identity('invokedBy'),
      sessionContext: {
        sessionIssuer: { arn: plain(valueAt(record, 'userIdentity', 'sessionContext', 'sessionIssuer', 'arn')) },
      },
    },
    recipientAccountId: plain(record.recipientAccountId),
    sourceIPAddress: plain(record.sourceIPAddress),
    userAgent: typeof userAgent === 'string' ? userAgent.slice(0, MAX_AGENT_LENGTH) : plain(userAgent),
    vpcEndpointId: plain(record.vpcEndpointId),
    tlsDetails: plain(record.tlsDetails),
    sessionCredentialFromConsole: plain(record.sessionCredentialFromConsole),
    errorCode: plain(record.errorCode),
  };
  return JSON.stringify(kept);
}

/** The record again, as far as its caller says it. */
export function recordOf(caller: string): TrailRecord {
  return JSON.parse(caller) as TrailRecord;
}

/** Of a structure only that it is there. */
function plain(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? {} : value;
}
