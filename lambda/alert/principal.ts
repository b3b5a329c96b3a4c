import { accountOfArn } from '../window/partition';
import type { Alert } from './alert';

/** Who the actor is to IAM; source: IAM user guide, "IAM identifiers". */
export type Principal =
  | { readonly kind: 'user' | 'role'; readonly name: string; readonly partition: string }
  | { readonly kind: 'root'; readonly partition: string }
  | { readonly kind: 'other'; readonly partition: string };

export function principalOf({ actor, evidence }: Pick<Alert, 'actor' | 'evidence'>): Principal {
  const arn = actor.startsWith('arn:') ? actor : (evidence.arns[0]?.value ?? '');
  const partition = /^arn:(aws(?:-[a-z]+)*):/.exec(arn)?.[1] ?? 'aws';
  const resource = arn.split(':').slice(5).join(':');
  if (resource === 'root') return { kind: 'root', partition };
  const [type, ...path] = resource.split('/');
  // A session's ARN has the role's name without its path; users and roles have it behind theirs.
  const name = type === 'assumed-role' ? path[0] : path.at(-1);
  if (name === undefined || name === '') return { kind: 'other', partition };
  if (type === 'user') return { kind: 'user', name, partition };
  if (type === 'role' || type === 'assumed-role') return { kind: 'role', name, partition };
  return { kind: 'other', partition };
}

/** The name of a role session; it is whatever its owner called it. */
export function sessionNameOf(arn: string): string | undefined {
  return /:assumed-role\/[^/]+\/(.+)$/s.exec(arn)?.[1];
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

/** The account whose trail told of it, where that is another one than the identity's. */
export function foreignAccountOf({ actor, account, evidence }: Alert): string | undefined {
  const own = account ?? accountOfArn(actor);
  const recipient = evidence.recipients[0]?.value;
  return recipient !== undefined && own !== undefined && recipient !== own ? recipient : undefined;
}
