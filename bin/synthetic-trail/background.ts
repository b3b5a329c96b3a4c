/** Everyday traffic: the members of an account and their calls. */

import { BENIGN_CALLS, type Call, DESCRIBE_INSTANCES } from './calls';
import { type Identity, type IdentityKind, makeIdentity, SERVICE_KINDS } from './identities';
import type { Inventory } from './inventory';
import { Random } from './random';
import { type TrailRecord, writeRecord } from './records';
import { type Origin, originOf, type Tool } from './tools';

export interface Member {
  readonly identity: Identity;
  readonly origin: Origin;
  /** repeated in proportion to its frequency */
  readonly habits: readonly Call[];
}

/** Kind, tool, name and activity: programs make most calls, root hardly any. */
const CAST: readonly (readonly [IdentityKind, Tool, name: string, activity: number])[] = [
  ['assumed-role', 'sdk-java', 'worker', 18],
  ['assumed-role', 'terraform', 'deployer', 10],
  ['iam-user', 'aws-cli', 'alice', 6],
  ['aws-service', 'aws-service', 'ec2', 4],
  ['assumed-role', 'boto3', 'inventory', 12],
  ['console-session', 'console', 'bob', 8],
  ['assumed-role', 'sdk-go', 'scheduler', 12],
  ['cross-account-role', 'boto3', 'audit', 4],
  ['aws-service', 'aws-service', 'lambda', 4],
  ['iam-user', 'terraform', 'ci', 8],
  ['federated-user', 'aws-cli', 'carol', 3],
  ['aws-account', 'boto3', 'partner', 1],
  ['untyped', 'aws-service', 'kms', 1],
  ['root', 'console', 'root', 1],
];

/** The members of an account, repeated in proportion to their activity. */
export function membersOf(account: string, count: number, since: number, seed: string | number): Member[] {
  return Array.from({ length: count }, (_, index) => {
    const [kind, tool, base, activity] = CAST[index % CAST.length]!;
    const round = Math.floor(index / CAST.length);
    // Services and root have fixed names.
    const name = round === 0 || SERVICE_KINDS.has(kind) || kind === 'root' ? base : `${base}-${round}`;
    const identity = makeIdentity({ seed, kind, account, name, since: since - 1800 });
    const habits = habitsOf(kind, tool, Random.seeded(seed, 'habits', account, kind, name));
    const member: Member = { identity, origin: originOf(tool, identity, seed), habits };
    return Array.from({ length: activity }, () => member);
  }).flat();
}

/** Programs make a few kinds of calls, mostly one of them; people, and Terraform, make any. */
const PROGRAMS: ReadonlySet<Tool> = new Set(['sdk-java', 'sdk-go', 'boto3']);

const HABITS_OF_A_PROGRAM = 10;

function habitsOf(kind: IdentityKind, tool: Tool, random: Random): readonly Call[] {
  if (kind === 'untyped') return KEY_SERVICE_CALLS;
  if (SERVICE_KINDS.has(kind)) return SERVICE_CALLS;
  if (!PROGRAMS.has(tool)) return PEOPLE_CALLS;
  const calls = Array.from({ length: HABITS_OF_A_PROGRAM }, () => random.pick(PROGRAM_CALLS));
  return calls.flatMap((call, index) => Array.from({ length: HABITS_OF_A_PROGRAM - index }, () => call));
}

const SERVICE_CALLS = weighted(({ by, eventType }) => by === 'services' && eventType === undefined);

const KEY_SERVICE_CALLS = weighted(({ eventType }) => eventType === 'AwsServiceEvent');

const PEOPLE_CALLS = weighted(({ by }) => by === undefined);

const PROGRAM_CALLS = PEOPLE_CALLS.filter((call) => call.writes !== true && call.global !== true);

/** Calls of the catalogue, repeated by weight, so that picking one needs no sum. */
function weighted(which: (call: Call) => boolean): readonly Call[] {
  return BENIGN_CALLS.filter(which).flatMap((call) => Array.from({ length: Math.round(call.weight * 10) }, () => call));
}

/** Benign calls of one account and region over some seconds. */
export interface BackgroundRequest {
  readonly members: readonly Member[];
  readonly inventory: Inventory;
  /** UTC epoch seconds, the end exclusive */
  readonly from: number;
  readonly until: number;
  readonly records: number;
  /** share of DescribeInstances among the calls of people and programs */
  readonly describeInstancesShare: number;
}

/** Most calls that a member makes in one go. */
const MAX_BURST_CALLS = 40;

/** Share of calls in the same second as the previous one. */
const SAME_SECOND_SHARE = 0.65;

const MAX_PAUSE_SECONDS = 7;

const FAILED_SHARE = 0.04;

const DENIED_SHARE_OF_FAILED = 0.7;

/** Records of everyday traffic: a member makes some calls within seconds, then another does. */
export function backgroundRecords(request: BackgroundRequest, random: Random): TrailRecord[] {
  const records: TrailRecord[] = [];
  while (records.length < request.records) {
    const member = random.pick(request.members);
    const calls = 1 + Math.floor(random.small() * MAX_BURST_CALLS);
    let second = random.integer(request.from, request.until - 1);
    for (let index = 0; index < calls && records.length < request.records; index++) {
      const call = chooseCall(request, member, random);
      const isFailed = random.chance(FAILED_SHARE) && call.eventType === undefined;
      const reason = random.chance(DENIED_SHARE_OF_FAILED) ? 'denied' : 'throttled';
      const planned = { ...member, call, inventory: request.inventory, second };
      records.push(writeRecord({ ...planned, failure: isFailed ? reason : undefined }, random));
      second += random.chance(SAME_SECOND_SHARE) ? 0 : random.integer(1, MAX_PAUSE_SECONDS);
      if (second >= request.until) break;
    }
  }
  return records;
}

function chooseCall(request: BackgroundRequest, { identity, habits }: Member, random: Random): Call {
  const isService = SERVICE_KINDS.has(identity.kind);
  if (!isService && random.chance(request.describeInstancesShare)) return DESCRIBE_INSTANCES;
  let call = random.pick(habits);
  while (call.global === true && request.inventory.region !== 'us-east-1') call = random.pick(habits);
  return call;
}
