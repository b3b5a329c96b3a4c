import type { AddressOwner } from '../../util/address-owners';

/** How much may be opened for evidence. */
export interface EvidenceLimits {
  /** objects for each detection, of those that the tallies name */
  readonly objects: number;
  /** inflated bytes for all detections */
  readonly bytes: number;
}

/** What the records around a detection hold. Texts are as whoever made the call wrote them. Seconds are UTC epoch. */
export interface Evidence extends Readonly<Record<ValueKind, readonly Counted[]>> {
  /** calls of the detection, each once by its eventID */
  readonly calls: number;
  /** calls with an errorCode or errorMessage, whatever it says */
  readonly failed: number;
  /** of the failed ones, those without the permission */
  readonly refused: number;
  /** of the failed ones, dry runs that would have been allowed */
  readonly allowedDryRuns: number;
  readonly outcomes: Readonly<Record<Outcome, Extent>>;
  /**
   * What the actor got outside of the detection: with the same call, `firstAllowed` of those after it; and with others,
   * sign-ins aside. `first` is its first call of any kind there.
   */
  readonly around: {
    readonly refused: number;
    readonly allowed: number;
    readonly firstAllowed: number | undefined;
    readonly othersAllowed: number;
    readonly first: number | undefined;
  };
  /** regions where the call was refused and later, in or around the detection, allowed */
  readonly reopened: readonly string[];
  /** calls with the credentials of a console session, and what used them */
  readonly fromConsole: number;
  readonly consoleUses: Readonly<Record<'page' | 'shell' | 'program', number>>;
  /** what the user agents claim to be, see `claimedTool`, and where one contradicts itself or its call */
  readonly claims: readonly Counted[];
  readonly contradictions: readonly Counted[];
  /** calls that asked for every instance: no filter, no instance named */
  readonly unfiltered: number;
  readonly dryRuns: number;
  /** calls a region and second */
  readonly timeline: readonly TimelineCell[];
  /** the first of the calls, one by one */
  readonly requests: readonly Request[];
  /** what else the actor called from five minutes before to five minutes after (or longer, where more was asked for), as far as it was found */
  readonly otherCalls: readonly OtherCall[];
  /** whose the source addresses are, as far as files of the user's say so; absent without such files */
  readonly owners?: readonly AddressOwner[];
  /** other public addresses of the internet protocol of the calls, from which their keys made other calls then */
  readonly elsewhere: readonly Counted[];
  /** calls that issue credentials, or ask whom they belong to */
  readonly signIns: readonly SignIn[];
  /** other identities that called from an IP address of this one */
  readonly neighbours: readonly Neighbour[];
  /** other sessions of the same role or user that made the rule's call */
  readonly siblings: readonly Neighbour[];
  /** how many ARNs the calls came under, and those of them that called in one region only */
  readonly sessions: { readonly count: number; readonly inOneRegion: number };
  /** how many each list had before it was cut; some are counted to a bound only, see there */
  readonly distinct: Distinct;
  readonly search: Search;
  /** why calls may be missing: `calls` is a lower bound then */
  readonly gaps: readonly string[];
  /** whether lists or texts were cut to fit a message */
  readonly shortened: boolean;
}

/**
 * What is listed by how many of the detection's calls had it. `instances`: by whose metadata service the credentials came, and
 * `instanceNames`: sessions that are named as an instance without it. `publicAddresses`: those of one host, see `placeOf`.
 */
export const VALUE_KINDS = [
  'arns',
  'principalIds',
  'identityTypes',
  'accounts',
  'recipients',
  'userNames',
  'issuers',
  'issuerIds',
  'issuerTypes',
  'issuerAccounts',
  'issuerNames',
  'roleDeliveries',
  'instances',
  'instanceNames',
  'assumedRoots',
  'issuedTo',
  'sessionsCreated',
  'mfa',
  'sourceIdentities',
  'invokedBy',
  'accessKeyIds',
  'sourceAddresses',
  'publicAddresses',
  'userAgents',
  'vpcEndpoints',
  'vpcEndpointAccounts',
  'tlsHosts',
  'tlsVersions',
  'tlsCiphers',
  'parameters',
  'errorCodes',
] as const;

export type ValueKind = (typeof VALUE_KINDS)[number];

/** The lists that are cut beside those of values. */
type ListKind = 'signIns' | 'neighbours' | 'siblings' | 'gaps' | 'notSearched';

export interface Distinct extends Readonly<Record<ValueKind | ListKind, number>> {
  /** source addresses that are IP addresses, not names of services */
  readonly ips: number;
  /** differently named other calls */
  readonly otherCalls: Readonly<Record<OtherKind, number>>;
}

/** What came of a call, as far as the identity's permissions go. */
export const OUTCOMES = ['allowed', 'denied', 'denied_by_organization', 'not_enabled', 'throttled', 'other'] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** How many calls, in how many regions. */
export interface Extent {
  readonly calls: number;
  readonly regions: number;
}

export interface Counted {
  readonly value: string;
  readonly calls: number;
}

export interface TimelineCell {
  readonly region: string;
  readonly second: number;
  readonly calls: number;
  /** as in `Evidence` */
  readonly failed: number;
  readonly refused: number;
}

/** One call of the detection. */
export interface Request {
  readonly eventId: string;
  readonly region: string;
  readonly second: number;
  /** `undefined` where it went through */
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
  /** the identity that called */
  readonly by: string;
  readonly address: string | undefined;
  readonly failed: boolean;
  /** ConsoleLogin: whether with MFA; AssumeRole: the key it issued */
  readonly detail: string | undefined;
  /** AssumeRole: the role that was asked for */
  readonly role: string | undefined;
  /** whether the credentials of the detection's calls come from it */
  readonly began: boolean;
  /** whether it came with a key and from a place of the detection's calls */
  readonly isOwn: boolean;
  /** what its user agent claims to be */
  readonly claim: string | undefined;
}

/** Another identity that shares something with the actor. */
export interface Neighbour {
  readonly actor: string;
  /** the address or issuer they share */
  readonly shares: string;
  readonly calls: number;
  readonly regions: number;
}

/** Which objects the evidence is from. */
export interface Search {
  /** objects that the tallies name, and those of them that were read to their end */
  readonly named: number;
  readonly read: number;
  /** other objects read to their end */
  readonly nearby: number;
  readonly listRequests: number;
  /** regions with a file named at the detection's slot or later; `undefined` where nothing was listed */
  readonly arrived: readonly string[] | undefined;
  /** regions the trail has files of, but none so late yet; one whose files were not all listed is in neither */
  readonly missing: readonly string[];
  /** what was not searched, and why */
  readonly notSearched: readonly string[];
}
