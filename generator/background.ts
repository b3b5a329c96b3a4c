import { BENIGN_CALLS, type Call, DESCRIBE_INSTANCES } from './calls';
import { type Identity, type IdentityKind, makeIdentity } from './identities';
import type { Random } from './random';
import { denial, type TrailRecord, throttling, writeRecord } from './records';
import { type Origin, originOf, type Tool } from './tools';

/** Somebody of an account and what they call with. */
export interface Member {
  readonly identity: Identity;
  readonly origin: Origin;
}

/** Benign calls of one account and region over some seconds. */
export interface BackgroundRequest {
  readonly members: readonly Member[];
  readonly region: string;
  /** Epoch seconds, the second one exclusive. */
  readonly from: number;
  readonly until: number;
  readonly records: number;
  /** Share of DescribeInstances among the calls of people and programs. */
  readonly describeInstancesShare: number;
}

/** Who lives in an account, in turn: mostly roles, then users, then the rare kinds. */
const CAST: readonly (readonly [IdentityKind, Tool, string])[] = [
  ['assumed-role', 'sdk-java', 'worker'],
  ['assumed-role', 'terraform', 'deployer'],
  ['iam-user', 'aws-cli', 'alice'],
  ['aws-service', 'aws-service', 'ec2'],
  ['assumed-role', 'boto3', 'inventory'],
  ['console-session', 'console', 'bob'],
  ['assumed-role', 'sdk-go', 'scheduler'],
  ['cross-account-role', 'boto3', 'audit'],
  ['aws-service', 'aws-service', 'lambda'],
  ['iam-user', 'terraform', 'ci'],
  ['federated-user', 'aws-cli', 'carol'],
  ['aws-account', 'boto3', 'partner'],
  ['untyped', 'aws-service', 'kms'],
  ['root', 'console', 'root'],
];

/** Kinds that have no principal of the account behind them. */
const SERVICE_KINDS: ReadonlySet<IdentityKind> = new Set(['aws-service', 'aws-account', 'untyped']);

/** Most calls that one member makes in one go, and the seconds these take. */
const BURST_CALLS = 9;
const BURST_SECONDS = 20;
const FAILED_SHARE = 0.04;

/** The members of an account, each kind in turn. */
export function membersOf(account: string, count: number, since: number, seed: string | number): Member[] {
  return Array.from({ length: count }, (_, index) => {
    const [kind, tool, base] = CAST[index % CAST.length]!;
    const round = Math.floor(index / CAST.length);
    // Services and root have the names they have.
    const name = round === 0 || SERVICE_KINDS.has(kind) || kind === 'root' ? base : `${base}-${round}`;
    const identity = makeIdentity({ seed, kind, account, name, since: since - 1800 });
    return { identity, origin: originOf(tool, identity, seed) };
  });
}

/** Records of everyday traffic: each member makes a few calls in a few seconds, then another does. */
export function backgroundRecords(request: BackgroundRequest, random: Random): TrailRecord[] {
  const records: TrailRecord[] = [];
  while (records.length < request.records) {
    const member = random.pick(request.members);
    const start = random.integer(request.from, request.until - 1);
    const burst = Math.min(random.integer(1, BURST_CALLS), request.records - records.length);
    for (let index = 0; index < burst; index++) {
      const second = Math.min(start + random.integer(0, BURST_SECONDS), request.until - 1);
      records.push(oneCall(request, member, second, random));
    }
  }
  return records;
}

function oneCall(request: BackgroundRequest, member: Member, second: number, random: Random): TrailRecord {
  const { identity, origin } = member;
  const call = chooseCall(request, identity, random);
  const failed = random.chance(FAILED_SHARE) && call.eventType === undefined;
  const failure = random.chance(0.7) ? denial(call, identity) : throttling(call);
  return writeRecord(
    { call, identity, origin, region: request.region, second, ...(failed && { failure }) },
    random,
  );
}

function chooseCall(request: BackgroundRequest, identity: Identity, random: Random): Call {
  if (SERVICE_KINDS.has(identity.kind)) {
    return random.pick(identity.kind === 'untyped' ? SERVICE_EVENTS : SERVICE_CALLS);
  }
  if (random.chance(request.describeInstancesShare)) return DESCRIBE_INSTANCES;
  return random.pick(request.region === 'us-east-1' ? ALL_TICKETS : REGIONAL_TICKETS);
}

const SERVICE_CALLS = BENIGN_CALLS.filter((call) => call.by === 'services' && call.eventType === undefined);
const SERVICE_EVENTS = BENIGN_CALLS.filter((call) => call.eventType === 'AwsServiceEvent');

/** Each call as often as its weight says, so that picking one needs no sum. */
const ALL_TICKETS = BENIGN_CALLS.filter((call) => call.by === undefined).flatMap((call) =>
  Array.from({ length: Math.round(call.weight * 10) }, () => call),
);
const REGIONAL_TICKETS = ALL_TICKETS.filter((call) => call.global !== true);
