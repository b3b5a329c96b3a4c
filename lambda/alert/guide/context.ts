import { trailFileOf } from '../../trail/object-key';
import { formatInstant } from '../../util/values';
import {
  addressOf,
  consoleHost,
  globOf,
  keyIdOf,
  type Principal,
  principalOf,
  regionOf,
  shellWord,
  urlPart,
} from '../identity';
import type { Alert } from '../model';

/** What commands are filled in with. What cannot be quoted safely is absent, and so is the step that needs it. */
export interface Subject {
  readonly alert: Alert;
  readonly principal: Principal;
  /** the keys the calls were signed with, the one with most calls first */
  readonly keyIds: readonly string[];
  /** the first of them */
  readonly keyId: string | undefined;
  readonly isLongLived: boolean;
  /** whether IAM Identity Center keeps the role: IAM refuses to change it then */
  readonly isOfIdentityCenter: boolean;
  /** user or role name as a word of a shell */
  readonly nameWord: string | undefined;
  readonly iamPage: string | undefined;
  /** from five minutes before to five minutes after */
  readonly from: string;
  readonly until: string;
  readonly regions: readonly string[];
  /** IP addresses of the calls, the one with most calls first */
  readonly addresses: readonly string[];
}

const AROUND_SECONDS = 300;

export function subjectOf(alert: Alert): Subject {
  const { evidence, start, end } = alert;
  const principal = principalOf(alert);
  const keyIds = evidence.accessKeyIds.flatMap(({ value }) => keyIdOf(value) ?? []);
  const keyId = keyIds[0];
  return {
    alert,
    principal,
    keyIds,
    keyId,
    isLongLived: keyId?.startsWith('AKIA') === true,
    isOfIdentityCenter: isOfIdentityCenter(alert, principal),
    nameWord: 'name' in principal ? shellWord(principal.name) : undefined,
    iamPage: iamPageOf(principal),
    from: formatInstant(start - AROUND_SECONDS),
    until: formatInstant(end + AROUND_SECONDS),
    regions: alert.regions.flatMap(({ name }) => regionOf(name) ?? []),
    addresses: evidence.sourceAddresses.flatMap(({ value }) => addressOf(value) ?? []),
  };
}

/** Source: IAM Identity Center user guide, "Referencing permission sets in resource policies". */
function isOfIdentityCenter({ actor, evidence }: Alert, principal: Principal): boolean {
  if (principal.kind !== 'role') return false;
  const roles = [actor, ...evidence.issuers.map(({ value }) => value)].filter((arn) =>
    /^arn:[\w-]+:iam::\d*:role\//.test(arn),
  );
  // A session's ARN leaves the role's path out; the prefix is all there is where no issuer is told.
  return roles.length === 0
    ? principal.name.startsWith('AWSReservedSSO_')
    : roles.some((arn) => arn.includes(':role/aws-reserved/sso.amazonaws.com/'));
}

function iamPageOf(principal: Principal): string | undefined {
  if (!('name' in principal)) return undefined;
  const name = urlPart(principal.name);
  if (name === undefined) return undefined;
  const { kind, partition } = principal;
  return `https://${consoleHost(partition, homeRegion(partition))}/iam/home#/${kind}s/details/${name}`;
}

/** Where the console of a partition keeps what has no region. */
export function homeRegion(partition: string): string {
  if (partition === 'aws-cn') return 'cn-north-1';
  return partition === 'aws-us-gov' ? 'us-gov-west-1' : 'us-east-1';
}

/** The part of a trail the alert's objects lie in, as an argument of `regionsweep replay`. */
export function trailWordOf({ objects }: Alert): string | undefined {
  const roots = objects.flatMap((name) => trailFileOf(name)?.root ?? []);
  const root = roots[0];
  // A bucket's name may have dots; it is the reader's own, so it may look like a link.
  if (root === undefined || !/^[\w./:=-]+$/.test(root) || root.startsWith('-')) return undefined;
  return root;
}

/** The options of `regionsweep replay` that make its rule the alert's. */
export function ruleOptionsOf({ rule }: Alert): string {
  const options = [
    rule.minRegions === 10 ? '' : ` --min-regions ${rule.minRegions}`,
    rule.minCalls === rule.minRegions ? '' : ` --min-calls ${rule.minCalls}`,
    rule.windowSeconds === 30 ? '' : ` --window ${rule.windowSeconds}`,
    rule.windowing === 'tumbling' ? '' : ` --windowing ${rule.windowing}`,
    rule.groupBy === 'arn' ? '' : ` --group-by ${rule.groupBy}`,
  ];
  return options.join('');
}

/** A glob for an ARN, where enough of it can be shown. */
export function arnGlob(arn: string | undefined): string | undefined {
  return arn?.startsWith('arn:') === true ? globOf(arn) : undefined;
}
