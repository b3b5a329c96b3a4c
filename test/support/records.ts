import { createHash } from 'node:crypto';
import type { TrailRecord } from '../../lambda/detection/classify';

/** 2026-11-24T04:00:00Z: the start of a window and of a bucket. */
export const T0 = 1_795_492_800;

export const ACCOUNT = '111122223333';

export const MALLORY = `arn:aws:iam::${ACCOUNT}:user/mallory`;

/** Region names of the right form, more than any threshold asks for. */
export const REGIONS: readonly string[] = ['us-east', 'us-west', 'eu-west', 'eu-central', 'ap-south'].flatMap((area) =>
  [1, 2, 3, 4, 5].map((number) => `${area}-${number}`),
);

export function iso(second: number): string {
  return new Date(second * 1000).toISOString().replace('.000Z', 'Z');
}

export function iamUser(name: string, account = ACCOUNT): TrailRecord {
  return {
    type: 'IAMUser',
    principalId: `AIDA${name.toUpperCase()}`,
    arn: `arn:aws:iam::${account}:user/${name}`,
    accountId: account,
    accessKeyId: `AKIA${name.toUpperCase()}`,
    userName: name,
  };
}

export function roleSession(role: string, session: string, account = ACCOUNT): TrailRecord {
  return {
    type: 'AssumedRole',
    principalId: `AROA${role.toUpperCase()}:${session}`,
    arn: `arn:aws:sts::${account}:assumed-role/${role}/${session}`,
    accountId: account,
    accessKeyId: `ASIA${role.toUpperCase()}`,
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: `AROA${role.toUpperCase()}`,
        arn: `arn:aws:iam::${account}:role/${role}`,
        accountId: account,
        userName: role,
      },
    },
  };
}

/** The identity with other fields of its session, as `attributes` or `sessionIssuer`. */
export function inContext(identity: TrailRecord, fields: TrailRecord): TrailRecord {
  return { ...identity, sessionContext: { ...(identity.sessionContext as TrailRecord), ...fields } };
}

/** What a test wants to say of a record; the rest is mallory's ordinary call. A field set to `undefined` is absent. */
export interface RecordSpec {
  readonly at?: number;
  readonly region?: string;
  readonly identity?: unknown;
  readonly id?: string;
  readonly denied?: boolean;
  /** laid over the rest */
  readonly fields?: TrailRecord;
}

/** A record as CloudTrail writes it. Without an id of its own it has one made from all it says. */
export function record(spec: RecordSpec = {}): TrailRecord {
  const { at = T0, region = REGIONS[0]!, denied = false, fields = {} } = spec;
  const said = {
    eventVersion: '1.10',
    userIdentity: 'identity' in spec ? spec.identity : iamUser('mallory'),
    eventTime: iso(at),
    eventSource: 'ec2.amazonaws.com',
    eventName: 'DescribeInstances',
    awsRegion: region,
    sourceIPAddress: '198.51.100.7',
    userAgent: 'aws-cli/2.15.0 command/ec2.describe-instances',
    ...(denied ? { errorCode: 'Client.UnauthorizedOperation', errorMessage: 'You are not authorized.' } : {}),
    requestParameters: { instancesSet: {}, filterSet: {} },
    responseElements: null,
    ...fields,
  };
  const eventID = spec.id ?? createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 32);
  return { ...said, eventID, ...fields };
}

export interface SweepRecords extends Omit<RecordSpec, 'region' | 'id'> {
  /** how many regions, each called once */
  readonly regions: number;
  /** seconds from one region to the next */
  readonly pace?: number;
}

/** One identity going through regions, in their order. */
export function sweep({ regions, pace = 1, at = T0, ...rest }: SweepRecords): TrailRecord[] {
  return REGIONS.slice(0, regions).map((region, index) =>
    record({ ...rest, region, at: at + Math.floor(index * pace) }),
  );
}

/** The text of an object that holds these records. */
export function document(records: readonly unknown[]): string {
  return JSON.stringify({ Records: records });
}
