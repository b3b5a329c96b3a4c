/** What the records around a hit say. Texts are as whoever made the call wrote them. Seconds are UTC epoch. */
export interface Evidence extends Readonly<Record<ValueKind, readonly Counted[]>> {
  /** calls of the hit, each once by its eventID */
  readonly calls: number;
  /** calls with an errorCode or errorMessage */
  readonly denied: number;
  /** calls refused for want of a permission: not those throttled or failed otherwise */
  readonly refused: number;
  /** when the first call was refused, and when the first went through */
  readonly firstRefused: number | undefined;
  readonly firstAllowed: number | undefined;
  /** calls with the credentials of a console session */
  readonly fromConsole: number;
  /** calls that asked for every instance: no filter, no instance named */
  readonly unfiltered: number;
  readonly dryRuns: number;
  /** calls a region and second */
  readonly timeline: readonly TimelineCell[];
  /** the first of the calls, one by one */
  readonly requests: readonly Request[];
  /** what else the actor called from five minutes before to five minutes after, as far as it was seen */
  readonly otherCalls: readonly OtherCall[];
  /** where the credentials may come from, and who asked whom they belong to */
  readonly signIns: readonly SignIn[];
  /** other identities that called from an IP address of this one */
  readonly neighbours: readonly Neighbour[];
  /** other sessions of the same role or user that made the rule's call */
  readonly siblings: readonly Neighbour[];
  readonly sessions: Sessions;
  readonly search: Search;
  /** why calls may be missing: `calls` is a lower bound then */
  readonly gaps: readonly string[];
  /** whether lists or texts were cut to fit a message */
  readonly shortened: boolean;
}

/** What is listed by how many of the hit's calls had it. */
export const VALUE_KINDS = [
  'arns',
  'principalIds',
  'identityTypes',
  'accounts',
  'recipients',
  'userNames',
  'issuers',
  'sessionsCreated',
  'mfa',
  'sourceIdentities',
  'invokedBy',
  'accessKeyIds',
  'sourceAddresses',
  'userAgents',
  'tlsHosts',
  'parameters',
  'errorCodes',
] as const;
export type ValueKind = (typeof VALUE_KINDS)[number];

export interface Counted {
  readonly value: string;
  readonly calls: number;
}

export interface TimelineCell {
  readonly region: string;
  readonly second: number;
  readonly calls: number;
  readonly denied: number;
}

/** One call of the hit. */
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
}

/** Somebody seen beside the actor. */
export interface Neighbour {
  readonly actor: string;
  /** the address or issuer they share */
  readonly shares: string;
  readonly calls: number;
  readonly regions: number;
}

/** How many ARNs the hit's calls came under: one, unless they are grouped by issuer. */
export interface Sessions {
  readonly count: number;
  /** those that called in one region only */
  readonly inOneRegion: number;
}

/** What was looked for beside the objects that tell of the hit. */
export interface Search {
  /** objects opened because they tell of the hit, and beside them */
  readonly told: number;
  readonly beside: number;
  readonly lists: number;
  /** regions with a file named at the hit's slot or later; `undefined` where nothing was listed */
  readonly arrived: readonly string[] | undefined;
  /** regions the trail has files of, but none so late yet */
  readonly missing: readonly string[];
  /** what was not searched, and why */
  readonly notSearched: readonly string[];
}
