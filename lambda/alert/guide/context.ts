import { consoleHost, homeRegion } from '../../util/partition';
import { formatInstant } from '../../util/values';
import { timeAround } from '../evidence/detection-index';
import { valuesOf } from '../evidence/model';
import { SIGN_IN_REGIONS } from '../evidence/nearby-files';
import {
  foreignAccountOf,
  isIdentityCenter,
  isServiceLinked,
  keyIdOf,
  keyKindOf,
  type Principal,
  principalOf,
} from '../identity';
import type { Sweep } from '../model';
import { callsWith } from '../triage/quantify';
import { addressOf, regionOf, shellWord, urlPart } from './quoting';

/** The values of steps. Those that cannot be quoted safely are absent, and with them the commands that need them. */
export type GuideContext = ReturnType<typeof contextOf>;

/** Kinds of identity by how they are contained. */
export type IdentityKind =
  | Principal['kind']
  | ('root-session' | 'other-account' | 'service-linked' | 'identity-center')
  | ('instance' | 'function' | 'federated');

export function contextOf(sweep: Sweep) {
  const { evidence } = sweep;
  const { from, until } = timeAround(sweep);
  const role = roleOf(sweep);
  const principal = /:federated-user\//.test(sweep.actor) ? issuerOf(sweep) : principalOf(sweep);
  // As all values: the most frequent first.
  const keyIds = evidence.accessKeyIds.flatMap(({ value }) => keyIdOf(value) ?? []);
  return {
    sweep,
    principal,
    keyIds,
    isLongLived: keyKindOf(keyIds[0] ?? '') === 'long-lived',
    kind: kindOf(sweep, role),
    role,
    nameWord: shellWord(principal.name ?? ''),
    iamPage: iamPageOf(principal),
    from: formatInstant(from),
    until: formatInstant(until),
    regions: sweep.regions.flatMap(({ name }) => regionOf(name) ?? []),
    // Not those behind a VPC endpoint, whose owner chooses them.
    addresses: evidence.publicAddresses.flatMap(({ value }) => addressOf(value) ?? []),
  };
}

/** The role of a session, from its issuer, or from the session's ARN, which lacks the role's path. */
function roleOf({ actor, evidence }: Sweep): string | undefined {
  const arns = [...valuesOf(evidence.issuers), actor];
  return arns.find((arn) => /^arn:[\w-]+:(?:iam::\d*:role\/|sts::\d*:assumed-role\/)/.test(arn));
}

function kindOf(sweep: Sweep, role: string | undefined): IdentityKind {
  const { actor, evidence } = sweep;
  const { kind } = principalOf(sweep);
  const roots = callsWith(evidence.identityTypes, (type) => type === 'Root');
  if (roots > 0 && callsWith(evidence.assumedRoots) === roots) return 'root-session';
  if (kind === 'root') return 'root';
  if (foreignAccountOf(sweep) !== undefined) return 'other-account';
  if (/:federated-user\//.test(actor)) return issuerOf(sweep).kind === 'root' ? 'root' : 'federated';
  if (kind !== 'role') return kind;
  if (isServiceLinked(role ?? '')) return 'service-linked';
  if (isIdentityCenter(role ?? '')) return 'identity-center';
  if (evidence.instances.length > 0) return 'instance';
  return evidence.issuedTo.length > 0 ? 'function' : 'role';
}

/** The user that called GetFederationToken. */
function issuerOf({ actor, evidence }: Sweep): Principal {
  return principalOf({ actor: evidence.issuers[0]?.value ?? actor, evidence });
}

function iamPageOf({ kind, name, partition }: Principal): string | undefined {
  const part = urlPart(name ?? '');
  if (part === undefined) return undefined;
  return `https://${consoleHost(partition, homeRegion(partition))}/iam/home#/${kind}s/details/${part}`;
}

/** Where sign-ins are recorded; source: AWS Sign-In user guide, "AWS Management Console sign-in events". */
export function signInRegions(partition: string): string {
  const home = homeRegion(partition);
  return partition === 'aws' ? `${[...SIGN_IN_REGIONS].join(', ')}, or the region of the endpoint used` : home;
}
