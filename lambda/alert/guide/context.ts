import { formatInstant } from '../../util/values';
import { keyIdOf, keyKindOf, type Principal, principalOf } from '../identity';
import type { Sweep } from '../model';
import { addressOf, regionOf, shellWord, urlPart } from './quoting';

/** What steps are filled in with. What cannot be quoted safely is absent, and so is the command that needs it. */
export interface GuideContext {
  readonly sweep: Sweep;
  readonly principal: Principal;
  /** the keys the calls were signed with, the one with most calls first */
  readonly keyIds: readonly string[];
  /** the first of them */
  readonly keyId: string | undefined;
  readonly isLongLived: boolean;
  /** whether IAM Identity Center manages the role: IAM refuses to change it then */
  readonly isOfIdentityCenter: boolean;
  /** user or role name as a word of a shell */
  readonly nameWord: string | undefined;
  readonly iamPage: string | undefined;
  /** from the begin of the time that the evidence is from to its end */
  readonly from: string;
  readonly until: string;
  readonly regions: readonly string[];
  /** IP addresses of the calls, the one with most calls first */
  readonly addresses: readonly string[];
}

const AROUND_SECONDS = 300;

export function contextOf(sweep: Sweep): GuideContext {
  const { evidence, start, end, aroundSeconds = AROUND_SECONDS } = sweep;
  const principal = principalOf(sweep);
  const keyIds = evidence.accessKeyIds.flatMap(({ value }) => keyIdOf(value) ?? []);
  return {
    sweep,
    principal,
    keyIds,
    keyId: keyIds[0],
    isLongLived: keyKindOf(keyIds[0] ?? '') === 'long-lived',
    isOfIdentityCenter: isOfIdentityCenter(sweep, principal),
    nameWord: shellWord(principal.name ?? ''),
    iamPage: iamPageOf(principal),
    from: formatInstant(start - aroundSeconds),
    until: formatInstant(end + aroundSeconds),
    regions: sweep.regions.flatMap(({ name }) => regionOf(name) ?? []),
    addresses: evidence.sourceAddresses.flatMap(({ value }) => addressOf(value) ?? []),
  };
}

/** Source: IAM Identity Center user guide, "Referencing permission sets in resource policies". */
function isOfIdentityCenter({ actor, evidence }: Sweep, principal: Principal): boolean {
  if (principal.kind !== 'role') return false;
  const arns = [actor, ...evidence.issuers.map(({ value }) => value)];
  const roles = arns.filter((arn) => /^arn:[\w-]+:iam::\d*:role\//.test(arn));
  // A session's ARN leaves the role's path out; the prefix is all there is where the records name no issuer.
  return roles.length === 0
    ? principal.name.startsWith('AWSReservedSSO_')
    : roles.some((arn) => arn.includes(':role/aws-reserved/sso.amazonaws.com/'));
}

function iamPageOf({ kind, name, partition }: Principal): string | undefined {
  const part = urlPart(name ?? '');
  if (part === undefined) return undefined;
  return `https://${consoleHost(partition, homeRegion(partition))}/iam/home#/${kind}s/details/${part}`;
}

/** Where the console of a partition is. */
export function consoleHost(partition: string, region: string): string {
  switch (partition) {
    case 'aws-cn':
      return `${region}.console.amazonaws.cn`;
    case 'aws-us-gov':
      return `${region}.console.amazonaws-us-gov.com`;
    default:
      return `${region}.console.aws.amazon.com`;
  }
}

/** Where the console of a partition keeps what has no region. */
export function homeRegion(partition: string): string {
  if (partition === 'aws-cn') return 'cn-north-1';
  return partition === 'aws-us-gov' ? 'us-gov-west-1' : 'us-east-1';
}
