import { formatInstant } from '../../time';
import { trailFileOf } from '../../trail/trail-file';
import type { Alert } from '../alert';
import { consoleHost, type Principal, principalOf } from '../principal';
import { globOf, keyIdOf, regionOf, shellWord, sqlText, urlPart } from '../quoting';

/** What commands are filled in with. What cannot be quoted safely is absent, and so is the step that needs it. */
export interface Subject {
  readonly alert: Alert;
  readonly principal: Principal;
  /** the key most of the calls were signed with */
  readonly keyId: string | undefined;
  readonly isLongLived: boolean;
  /** user or role name as a word of a shell */
  readonly nameWord: string | undefined;
  readonly iamPage: string | undefined;
  /** from five minutes before to five minutes after */
  readonly from: string;
  readonly until: string;
  readonly regions: readonly string[];
  /** whom to filter records by, as a condition of SQL */
  readonly condition: string | undefined;
  /** an IP address of the calls */
  readonly address: string | undefined;
}

const AROUND_SECONDS = 300;

export function subjectOf(alert: Alert): Subject {
  const { evidence, start, end } = alert;
  const principal = principalOf(alert);
  const keyId = evidence.accessKeyIds.flatMap(({ value }) => keyIdOf(value) ?? [])[0];
  return {
    alert,
    principal,
    keyId,
    isLongLived: keyId?.startsWith('AKIA') === true,
    nameWord: 'name' in principal ? shellWord(principal.name) : undefined,
    iamPage: iamPageOf(principal),
    from: formatInstant(start - AROUND_SECONDS),
    until: formatInstant(end + AROUND_SECONDS),
    regions: alert.regions.flatMap(({ name }) => regionOf(name) ?? []),
    condition: conditionOf(alert, keyId),
    address: evidence.sourceAddresses
      .map(({ value }) => value)
      .find((value) => /^\d{1,3}(?:\.\d{1,3}){3}$/.test(value) || /^[0-9a-f]*:[0-9a-f:]+$/i.test(value)),
  };
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

function conditionOf({ actor, rule, evidence }: Alert, keyId: string | undefined): string | undefined {
  if (keyId !== undefined && evidence.accessKeyIds.length === 1)
    return `useridentity.accesskeyid = '${keyId}'`;
  const name = sqlText(actor);
  if (name === undefined) return keyId === undefined ? undefined : `useridentity.accesskeyid = '${keyId}'`;
  if (rule.groupBy === 'issuer' && actor.includes(':role/')) {
    return `useridentity.sessioncontext.sessionissuer.arn = ${name}`;
  }
  return actor.startsWith('arn:') ? `useridentity.arn = ${name}` : `useridentity.principalid = ${name}`;
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
