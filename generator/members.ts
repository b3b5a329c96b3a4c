import { BENIGN_CALLS, type Call } from './calls';
import { type Identity, type IdentityKind, makeIdentity } from './identities';
import { Random } from './random';
import { type Origin, originOf, type Tool } from './tools';

/** Somebody of an account, what they call with, and what they call. */
export interface Member {
  readonly identity: Identity;
  readonly origin: Origin;
  /** Everyday calls, each as often in the list as it is made. */
  readonly habits: readonly Call[];
}

/** Who lives in an account, in turn, and how much each of them calls: programs do most of it, root hardly any. */
const CAST: readonly (readonly [IdentityKind, Tool, string, number])[] = [
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

/** Kinds that have no principal of the account behind them. */
export const SERVICE_KINDS: ReadonlySet<IdentityKind> = new Set(['aws-service', 'aws-account', 'untyped']);

/** Programs make a few kinds of calls; people, and Terraform, any. */
const PROGRAMS: ReadonlySet<Tool> = new Set(['sdk-java', 'sdk-go', 'boto3']);
const HABITS_OF_A_PROGRAM = 10;

/** The members of an account, each kind in turn and each as often as they are active. */
export function membersOf(account: string, count: number, since: number, seed: string | number): Member[] {
  return Array.from({ length: count }, (_, index) => {
    const [kind, tool, base, activity] = CAST[index % CAST.length]!;
    const round = Math.floor(index / CAST.length);
    // Services and root have the names they have.
    const name = round === 0 || SERVICE_KINDS.has(kind) || kind === 'root' ? base : `${base}-${round}`;
    const identity = makeIdentity({ seed, kind, account, name, since: since - 1800 });
    const habits = habitsOf(kind, tool, Random.seeded(seed, 'habits', account, kind, name));
    const member: Member = { identity, origin: originOf(tool, identity, seed), habits };
    return Array.from({ length: activity }, () => member);
  }).flat();
}

function habitsOf(kind: IdentityKind, tool: Tool, random: Random): readonly Call[] {
  if (kind === 'untyped') return OF_KEY_SERVICE;
  if (SERVICE_KINDS.has(kind)) return OF_SERVICES;
  if (!PROGRAMS.has(tool)) return OF_PEOPLE;
  const calls = Array.from({ length: HABITS_OF_A_PROGRAM }, () => random.pick(OF_PROGRAMS));
  // Most of all the one it is for.
  return calls.flatMap((call, index) => Array.from({ length: HABITS_OF_A_PROGRAM - index }, () => call));
}

const OF_SERVICES = inTurn(({ by, eventType }) => by === 'services' && eventType === undefined);
const OF_KEY_SERVICE = inTurn(({ eventType }) => eventType === 'AwsServiceEvent');
const OF_PEOPLE = inTurn(({ by }) => by === undefined);
const OF_PROGRAMS = OF_PEOPLE.filter((call) => call.readOnly && call.global !== true);

/** Calls of the catalogue, each as often as its weight says: so picking one needs no sum. */
function inTurn(which: (call: Call) => boolean): readonly Call[] {
  return BENIGN_CALLS.filter(which).flatMap((call) =>
    Array.from({ length: Math.round(call.weight * 10) }, () => call),
  );
}
