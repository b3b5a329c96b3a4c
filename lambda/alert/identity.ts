import { accountOfArn } from '../detection/store-keys';
import type { Sweep } from './model';

/** The IAM identity of an actor; source: IAM user guide, "IAM identifiers". */
export type Principal =
  | { readonly kind: 'user' | 'role'; readonly name: string; readonly partition: string }
  | { readonly kind: 'root' | 'other'; readonly name?: undefined; readonly partition: string };

export function principalOf({ actor, evidence }: Pick<Sweep, 'actor' | 'evidence'>): Principal {
  // Without an ARN only the principal id identifies a session; the issuer has the rest.
  const arn = actor.startsWith('arn:') ? actor : (evidence.arns[0]?.value ?? evidence.issuers[0]?.value ?? '');
  const partition = /^arn:(aws(?:-[a-z]+)*):/.exec(arn)?.[1] ?? 'aws';
  const resource = arn.split(':').slice(5).join(':');
  if (resource === 'root') return { kind: 'root', partition };
  const [userName] = evidence.userNames;
  if (resource === '' && evidence.identityTypes[0]?.value === 'IAMUser' && userName !== undefined) {
    return { kind: 'user', name: userName.value, partition };
  }
  const [type, ...path] = resource.split('/');
  // A session's ARN has the role's name without its path; those of users and roles end in path and name.
  const name = type === 'assumed-role' ? path[0] : path.at(-1);
  const kind = type === 'assumed-role' ? 'role' : type;
  const isNamed = (kind === 'user' || kind === 'role') && name !== undefined && name !== '';
  return isNamed ? { kind, name, partition } : { kind: 'other', partition };
}

/** The name of a role session, chosen by whoever opened it. */
export function sessionNameOf(arn: string): string | undefined {
  return /:assumed-role\/[^/]+\/(.+)$/s.exec(arn)?.[1];
}

/** The instance whose id is the session's name, which is how its metadata service names sessions. */
export function instanceNameOf(arn: string): string | undefined {
  const name = sessionNameOf(arn) ?? '';
  return isInstanceId(name) ? name : undefined;
}

/** EC2 user guide, "Resource IDs": 17 hexadecimal digits, formerly 8. */
export function isInstanceId(text: string): boolean {
  return /^i-[0-9a-f]{8,17}$/.test(text);
}

/** The service that a service-linked role belongs to, by the role's ARN; source: IAM user guide, "Service-linked roles". */
export function serviceOfRole(arn: string): string | undefined {
  return /^arn:[\w-]+:iam::\d*:role\/aws-service-role\/([a-z0-9.-]+)\//.exec(arn)?.[1];
}

/** Whether a session's or role's ARN may be that of a permission set: without the path, anybody may name a role so. */
export function isServiceLinked(arn: string): boolean {
  return serviceOfRole(arn) !== undefined || /:assumed-role\/AWSServiceRoleFor/.test(arn);
}

/** Whether IAM Identity Center made it. Source: user guide, "Referencing permission sets in resource policies". */
export function isIdentityCenter(arn: string): boolean {
  return /:role\/aws-reserved\/sso\.amazonaws\.com\/|:assumed-role\/AWSReservedSSO_/.test(arn);
}

/** The account whose trail holds the calls, if it is not the identity's. */
export function foreignAccountOf({ actor, account, evidence }: Sweep): string | undefined {
  const own = account ?? accountOfArn(actor);
  const recipient = evidence.recipients[0]?.value;
  return recipient !== undefined && own !== undefined && recipient !== own ? recipient : undefined;
}

/** An access key id as AWS makes them. */
export function keyIdOf(value: string): string | undefined {
  return /^(?:AKIA|ASIA)[A-Z0-9]{4,124}$/.test(value) ? value : undefined;
}

/** Source: IAM user guide, "IAM identifiers", unique ID prefixes. */
export function keyKindOf(value: string): 'long-lived' | 'temporary' | 'unknown' {
  const id = keyIdOf(value);
  if (id === undefined) return 'unknown';
  return id.startsWith('AKIA') ? 'long-lived' : 'temporary';
}
