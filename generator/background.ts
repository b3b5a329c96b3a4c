import { type Call, DESCRIBE_INSTANCES } from './calls';
import type { Inventory } from './inventory';
import { type Member, SERVICE_KINDS } from './members';
import type { Random } from './random';
import { denial, type TrailRecord, throttling, writeRecord } from './records';

/** Benign calls of one account and region over some seconds. */
export interface BackgroundRequest {
  /** Each as often as they are active. */
  readonly members: readonly Member[];
  readonly inventory: Inventory;
  /** Epoch seconds, the second one exclusive. */
  readonly from: number;
  readonly until: number;
  readonly records: number;
  /** Share of DescribeInstances among the calls of people and programs. */
  readonly describeInstancesShare: number;
}

/** Most calls that one member makes in one go; most goes are much shorter. */
const BURST_CALLS = 40;
/** Share of calls in the same second as the one before; the others come up to so many seconds later. */
const AT_ONCE_SHARE = 0.65;
const LONGEST_PAUSE = 7;
const FAILED_SHARE = 0.04;

/** Records of everyday traffic: each member makes some calls in a few seconds, then another does. */
export function backgroundRecords(request: BackgroundRequest, random: Random): TrailRecord[] {
  const records: TrailRecord[] = [];
  while (records.length < request.records) {
    const member = random.pick(request.members);
    const calls = 1 + Math.floor(random.small() * BURST_CALLS);
    let second = random.integer(request.from, request.until - 1);
    for (let index = 0; index < calls && records.length < request.records; index++) {
      records.push(oneCall(request, member, second, random));
      second += random.chance(AT_ONCE_SHARE) ? 0 : random.integer(1, LONGEST_PAUSE);
      if (second >= request.until) break;
    }
  }
  return records;
}

function oneCall(request: BackgroundRequest, member: Member, second: number, random: Random): TrailRecord {
  const { identity, origin } = member;
  const { inventory } = request;
  const call = chooseCall(request, member, random);
  const failed = random.chance(FAILED_SHARE) && call.eventType === undefined;
  const failure = random.chance(0.7) ? denial(call, identity) : throttling(call);
  return writeRecord({ call, identity, origin, inventory, second, ...(failed && { failure }) }, random);
}

function chooseCall(request: BackgroundRequest, { identity, habits }: Member, random: Random): Call {
  const isService = SERVICE_KINDS.has(identity.kind);
  if (!isService && random.chance(request.describeInstancesShare)) return DESCRIBE_INSTANCES;
  let call = random.pick(habits);
  while (call.global === true && request.inventory.region !== 'us-east-1') call = random.pick(habits);
  return call;
}
