import type { AddressOwner } from '../../util/address-owners';

export interface EvidenceLimits {
  /** objects per detection that the tallies name */
  readonly objects: number;
  /** inflated bytes for all detections */
  readonly bytes: number;
}

/** What the records around a detection say. Texts are untrusted. Seconds are UTC epoch. */
export interface Evidence extends Readonly<Record<ValueKind, readonly Counted[]>> {
  /** distinct calls of the detection, by eventID */
  readonly calls: number;
  /** calls with any errorCode or errorMessage */
  readonly failed: number;
  /** failed calls that lacked a permission */
  readonly refused: number;
  /** failed calls that were dry runs and would have been allowed */
  readonly allowedDryRuns: number;
  readonly outcomes: Readonly<Record<Outcome, Pick<OtherCall, 'calls' | 'regions'>>>;
  /**
   * Results of the actor's calls outside the detection: of the same call, with `firstAllowed` after it, and of others
   * except sign-ins. `first` is the first such call of any kind.
   */
  readonly around: {
    readonly refused: number;
    readonly allowed: number;
    readonly firstAllowed: number | undefined;
    readonly othersAllowed: number;
    readonly first: number | undefined;
  };
  /** regions that denied the call and later, in or around the detection, allowed it */
  readonly reopened: readonly string[];
  /** calls with the credentials of a console session, and what used them */
  readonly fromConsole: number;
  readonly consoleUses: Readonly<Record<'page' | 'shell' | 'program', number>>;
  /** what the user agents claim to be, see `claimedTool`, and how they contradict themselves or their call */
  readonly claims: readonly Counted[];
  readonly contradictions: readonly Counted[];
  /** calls for every instance: no filter, no instance named */
  readonly unfiltered: number;
  readonly dryRuns: number;
  /** calls by region and second */
  readonly timeline: readonly TimelineCell[];
  /** the first calls, listed */
  readonly requests: readonly Request[];
  /** the actor's other calls found from five minutes before to five minutes after (or longer, on request) */
  readonly otherCalls: readonly OtherCall[];
  /** owners of the source addresses, from files of the user's; absent without such files */
  readonly owners?: readonly AddressOwner[];
  /** other public addresses, of the same IP version, from which the calls' keys made other calls in that time */
  readonly elsewhere: readonly Counted[];
  /** calls that issue credentials, or ask whose they are */
  readonly signIns: readonly SignIn[];
  /** other identities that called from an IP address of this one */
  readonly neighbours: readonly Neighbour[];
  /** other sessions of the same role or user that made the rule's call */
  readonly siblings: readonly Neighbour[];
  /** how many ARNs made the calls, and how many of them in one region only */
  readonly sessions: { readonly count: number; readonly inOneRegion: number };
  /** length of each list before it was cut; some are counted only up to a bound, see there */
  readonly distinct: Distinct;
  readonly search: Search;
  /** why calls may be missing; `calls` is then a lower bound */
  readonly gaps: readonly string[];
  /** whether lists or texts were cut to fit a message */
  readonly shortened: boolean;
}

/**
 * Values listed by their number of calls. `instances`: those whose metadata service issued the credentials;
 * `instanceNames`: sessions that only have the name of an instance. `publicAddresses`: see `placeOf`.
 */
export const VALUE_KINDS = [
  ...(['arns', 'principalIds', 'identityTypes', 'accounts', 'recipients', 'userNames', 'sourceIdentities'] as const),
  ...(['issuers', 'issuerIds', 'issuerTypes', 'issuerAccounts', 'issuerNames', 'issuedTo', 'invokedBy'] as const),
  ...(['roleDeliveries', 'instances', 'instanceNames', 'assumedRoots', 'sessionsCreated', 'mfa'] as const),
  ...(['accessKeyIds', 'sourceAddresses', 'publicAddresses', 'vpcEndpoints', 'vpcEndpointAccounts'] as const),
  ...(['userAgents', 'tlsHosts', 'tlsVersions', 'tlsCiphers', 'parameters', 'errorCodes'] as const),
] as const;

export type ValueKind = (typeof VALUE_KINDS)[number];

/** Other lists that are cut. */
type ListKind = 'signIns' | 'neighbours' | 'siblings' | 'gaps' | 'notSearched';

export interface Distinct extends Readonly<Record<ValueKind | ListKind, number>> {
  /** source addresses that are IP addresses, not names of services */
  readonly ips: number;
  /** differently named other calls */
  readonly otherCalls: Readonly<Record<OtherKind, number>>;
}

/** The result of a call, with regard to permissions. */
export const OUTCOMES = ['allowed', 'denied', 'denied_by_organization', 'not_enabled', 'throttled', 'other'] as const;

export type Outcome = (typeof OUTCOMES)[number];

export interface Counted {
  readonly value: string;
  readonly calls: number;
}

export function valuesOf(counted: readonly Counted[]): string[] {
  return counted.map(({ value }) => value);
}

export interface TimelineCell {
  readonly region: string;
  readonly second: number;
  readonly calls: number;
  /** as in `Evidence` */
  readonly failed: number;
  readonly refused: number;
}

export interface Request {
  readonly eventId: string;
  readonly region: string;
  readonly second: number;
  /** `undefined` if it succeeded */
  readonly error: string | undefined;
  readonly parameters: string;
}

export type OtherKind = 'sensitive' | 'discovery' | 'sign-in' | 'other';

export interface OtherCall {
  readonly kind: OtherKind;
  /** `ec2` of `ec2.amazonaws.com` */
  readonly service: string;
  readonly name: string;
  readonly calls: number;
  readonly failed: number;
  readonly regions: number;
  readonly first: number;
  readonly last: number;
}

export interface SignIn {
  readonly name: string;
  readonly second: number;
  readonly region: string;
  readonly by: string;
  readonly address: string | undefined;
  readonly failed: boolean;
  /** ConsoleLogin: whether with MFA; AssumeRole: the key it issued */
  readonly detail: string | undefined;
  /** AssumeRole: the requested role */
  readonly role: string | undefined;
  /** whether the credentials of the detection's calls come from it */
  readonly began: boolean;
  /** whether it has both a key and a place of the detection's calls */
  readonly isOwn: boolean;
  readonly claim: string | undefined;
}

export interface Neighbour {
  readonly actor: string;
  /** the address or issuer they share */
  readonly shares: string;
  readonly calls: number;
  readonly regions: number;
}

export interface Search {
  /** objects that the tallies name, and those of them read to their end */
  readonly named: number;
  readonly read: number;
  /** other objects read to their end */
  readonly nearby: number;
  readonly listRequests: number;
  /** regions with a file of the detection's slot or later; `undefined` if nothing was listed */
  readonly arrived: readonly string[] | undefined;
  /** regions with earlier files only; regions whose files were not all listed are in neither */
  readonly missing: readonly string[];
  /** what was not searched, and why */
  readonly notSearched: readonly string[];
}
