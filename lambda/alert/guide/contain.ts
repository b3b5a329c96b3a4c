import type { Step, Sweep } from '../model';
import { amount, type Text, text, trusted } from '../text';
import type { GuideContext } from './context';
import { globOf } from './quoting';

/** A step of a text alone. */
const step = (...template: Parameters<typeof text>): Step => ({ text: text(...template) });

/** What to do once nobody can account for the calls, the most urgent first. */
export function containment(context: GuideContext): Step[] {
  return [...stop(context), checkAftermath(context.sweep), ...restrict(context), watch(context)];
}

function stop(context: GuideContext): Step[] {
  switch (context.principal.kind) {
    case 'root':
      return [
        step`Change the root user’s password and that of its e-mail account, replace its MFA device, delete all root access keys, and tell AWS Support that the account may be compromised.`,
      ];
    case 'user':
      return stopUser(context);
    case 'role':
      return context.isOfIdentityCenter ? stopPerson(context) : stopRole(context);
    case 'other':
      return [
        step`Remove what gives it access: the trust in its account or identity provider, or the resource policy that names it.`,
      ];
  }
}

function stopUser({ keyId, isLongLived, nameWord, iamPage: link, principal }: GuideContext): Step[] {
  const command = (...lines: string[]) => (nameWord === undefined ? undefined : lines);
  const keyOff = command(
    `aws iam update-access-key --user-name ${nameWord} \\`,
    `  --access-key-id ${keyId} --status Inactive`,
  );
  return [
    isLongLived
      ? { ...step`Deactivate the key (do not delete it: you lose its last-used data).`, command: keyOff, link }
      : { ...step`Deactivate the user’s access keys and disable its password: one of them opened the session.`, link },
    {
      text: text`Quarantine the user: this AWS managed policy denies what stolen keys are used for.`,
      command: command(
        `aws iam attach-user-policy --user-name ${nameWord} \\`,
        `  --policy-arn arn:${principal.partition}:iam::aws:policy/AWSCompromisedKeyQuarantineV3`,
      ),
    },
    {
      text: text`Revoke the sessions opened with its keys, which outlive the keys: this policy denies everything to credentials issued before now. Sessions of roles that it assumed are revoked at those roles.`,
      command: command(...denialOf('user', nameWord)),
    },
  ];
}

function stopRole({ nameWord, iamPage: link }: GuideContext): Step[] {
  return [
    {
      text: text`Revoke the role’s sessions (in the IAM console: “Revoke sessions” on the role’s page). Credentials issued before now are denied. New sessions are not, so find and close the way in as well.`,
      command: nameWord === undefined ? undefined : denialOf('role', nameWord),
      link,
    },
    step`If you cannot tell who opened the session, quarantine the role: remove every principal you do not need right now from its trust policy.`,
  ];
}

/** The name of the policy is the one that IAM's own button for it gives. */
function denialOf(kind: 'user' | 'role', nameWord: string | undefined): string[] {
  return [
    `aws iam put-${kind}-policy --${kind}-name ${nameWord} \\`,
    '  --policy-name AWSRevokeOlderSessions --policy-document \\',
    ...olderSessionsDenied(),
  ];
}

/** Source: IAM Identity Center user guide, "Revoke active IAM role sessions created by permission sets". */
function stopPerson(context: GuideContext): Step[] {
  return [
    step`IAM Identity Center manages the role, and IAM refuses to change it. In Identity Center, remove the person’s assignments to this permission set (including those through groups), disable the person in the directory or identity provider, and delete their active sessions (Users, the person, Active sessions).`,
    {
      text: text`Open sessions of the role stay valid until they expire, after at most twelve hours. A service control policy denies them at once, for everyone who has one. Run this in the organization’s management account.`,
      command: sessionsDenied(context),
    },
    step`A service control policy does not apply to the management account itself: for a session there, add the same statement to the permission set and provision it again.`,
  ];
}

function sessionsDenied({ sweep: { account }, principal }: GuideContext): string[] | undefined {
  const name = globOf(principal.name ?? '');
  if (name === undefined || account === undefined || !/^\d{12}$/.test(account)) return undefined;
  const role = `arn:${principal.partition}:iam::${account}:role/aws-reserved/*/${name}`;
  return [
    `aws organizations attach-policy --target-id ${account} --policy-id "$(`,
    '  aws organizations create-policy --type SERVICE_CONTROL_POLICY \\',
    '    --name end-sessions --description "ends open sessions of one role" \\',
    '    --query Policy.PolicySummary.Id --output text --content \\',
    ...olderSessionsDenied(`"ArnLike":{"aws:PrincipalArn":"${role}"},`),
    ')"',
  ];
}

/**
 * A policy that denies everything to sessions opened before it is run, in single quotes, for a shell, which puts in the
 * time. Long-lived keys have no issue time, so it leaves them alone; source: IAM user guide, "Disabling permissions for
 * temporary credentials".
 * @param more further conditions, as JSON
 */
function olderSessionsDenied(more = ''): string[] {
  return [
    `'{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*",`,
    `"Condition":{${more}"DateLessThan":{"aws:TokenIssueTime":"'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'"}}}]}'`,
  ];
}

function checkAftermath({ evidence }: Sweep): Step {
  const isSensitive = evidence.otherCalls.some(({ kind }) => kind === 'sensitive');
  const first = trusted(isSensitive ? ' Start with the sensitive calls listed above.' : '');
  return step`Check what happened next: copied or shared snapshots and images, new keys, users and trust policies, changed security groups, started instances.${first}`;
}

function restrict(context: GuideContext): Step[] {
  if (context.principal.kind === 'root') {
    return [
      step`No policy of the account restricts its root user. A service control policy on aws:PrincipalArn does, except in the management account. The organization can also remove the root credentials of its member accounts.`,
    ];
  }
  return [
    step`Restrict ${whatItIs(context)} to the regions it needs, by a condition on aws:RequestedRegion, or the whole account by a service control policy. It called ${amount(context.sweep.regions.length, 'region')}; few accounts use that many.`,
    step`Remove ec2:DescribeInstances from identities that do not need it; it cannot be scoped to resources.`,
    step`Review every identity that may call it in all regions.`,
  ];
}

function watch(context: GuideContext): Step {
  const { account, rule } = context.sweep;
  const watched = text`${whatItIs(context)}${account === undefined ? [] : text` and account ${account}`}`;
  const fewer = Math.floor(rule.minRegions / 2);
  const how = text`: a daily replay with a lower threshold (--min-regions ${fewer}) costs little`;
  return step`Watch ${watched} closely for a few weeks${fewer < 2 ? [] : how}.`;
}

function whatItIs({ principal: { kind }, isOfIdentityCenter }: GuideContext): Text {
  if (kind === 'root') return ['the root user'];
  if (isOfIdentityCenter) return ['the permission set'];
  return [kind === 'role' ? 'the role' : 'the identity'];
}
