import type { Random } from '../../bin/synthetic-trail/random';
import type { RuleParameters } from '../../lambda/detection/rule';
import { iamUser, REGIONS, roleSession, T0 } from '../support/records';
import type { PlannedCall } from './plan';

const ACCOUNTS = ['111122223333', '444455556666', '777788889999'];

/** The calls of some identities over a few accounts, each calling on its own or as fast as another. */
export function makeCalls(rule: RuleParameters, random: Random): PlannedCall[] {
  const count = random.integer(1, 4);
  return Array.from({ length: count }, (_, owner) => {
    const caller = makeCaller(owner, rule, random);
    const visits = Array.from({ length: random.pick([1, 1, 1, 2]) }, () => makeVisits(rule, random)).flat();
    return visits.map((visit) => ({ ...caller, owner, ...visit, id: random.hex(16) }));
  }).flat();
}

function makeCaller(owner: number, rule: RuleParameters, random: Random): Pick<PlannedCall, 'actor' | 'identity'> {
  const account = random.pick(ACCOUNTS);
  const kind = random.pick(['user', 'user', 'session', 'session', 'principal', 'service']);
  switch (kind) {
    case 'user': {
      const identity = iamUser(`user-${owner}`, account);
      return { actor: String(identity.arn), identity };
    }
    case 'session': {
      // Two owners may share a role: by issuer they are one actor.
      const role = `role-${owner >> 1}`;
      const identity = roleSession(role, `session-${owner}`, ACCOUNTS[0]);
      const issuer = `arn:aws:iam::${ACCOUNTS[0]}:role/${role}`;
      return { actor: rule.groupBy === 'issuer' ? issuer : String(identity.arn), identity };
    }
    case 'principal': {
      const principalId = `AROAPARTNER${owner}:partner`;
      return { actor: principalId, identity: { type: 'AWSAccount', principalId, accountId: account } };
    }
    default:
      return { actor: undefined, identity: { type: 'AWSService', invokedBy: 'autoscaling.amazonaws.com' } };
  }
}

type Visit = Pick<PlannedCall, 'region' | 'second'>;

function makeVisits(rule: RuleParameters, random: Random): Visit[] {
  const from = startOf(rule, random);
  return random.chance(0.1) ? scanner(from, rule, random) : sweep(from, rule, random);
}

/** Near an edge of a window or of a bucket, or anywhere. */
function startOf({ windowSeconds }: RuleParameters, random: Random): number {
  const bucket = Math.ceil(300 / windowSeconds) * windowSeconds;
  const edge = random.pick([
    Math.floor(T0 / bucket) * bucket,
    Math.floor(T0 / bucket + 1) * bucket,
    Math.floor(T0 / windowSeconds) * windowSeconds,
  ]);
  return random.chance(0.8) ? edge + random.integer(-windowSeconds, windowSeconds) : T0 + random.integer(0, 500);
}

/** A few regions at, below or above the threshold, within about a window; some regions twice. */
function sweep(from: number, rule: RuleParameters, random: Random): Visit[] {
  const { minRegions, windowSeconds, slowWindowSeconds } = rule;
  const regions = Math.max(1, minRegions + random.integer(-1, 2));
  const window = slowWindowSeconds > 0 && random.chance(0.5) ? slowWindowSeconds : windowSeconds;
  const length = Math.ceil(window * random.pick([0.3, 0.8, 1, 1.2]));
  const first = random.integer(0, 4);
  return Array.from({ length: regions + random.integer(0, 3) }, (_, index) => ({
    region: REGIONS[first + (index % regions)]!,
    second: from + random.integer(0, length - 1),
  }));
}

/** On and on, at a pace around what the rule minds. */
function scanner(from: number, { minRegions, windowSeconds }: RuleParameters, random: Random): Visit[] {
  const step = Math.max(1, Math.round((windowSeconds / minRegions) * random.pick([0.6, 0.9, 1.1])));
  let second = from;
  return Array.from({ length: random.integer(8, 30) }, (_, index) => {
    second += random.integer(Math.max(0, step - 1), step + 1);
    return { region: REGIONS[index % (minRegions + 1)]!, second };
  });
}
