import { plural } from '../../util/values';
import { globOf } from '../identity';
import type { Alert, Step } from '../model';
import { ours, say, type Text } from '../text';
import { type Subject, subjectOf } from './context';
import { olderSessionsDenied } from './investigate';

/** What to do once nobody can say that it was theirs, the most urgent first. */
export function measuresOf(alert: Alert): Step[] {
  const subject = subjectOf(alert);
  return [...stopIt(subject), ...lookBack(subject), ...narrowIt(subject), watchIt(subject)];
}

function stopIt(subject: Subject): Step[] {
  switch (subject.principal.kind) {
    case 'root':
      return [
        {
          text: say`Change the root user’s password and e-mail password, renew its second factor, delete every access key of root, and tell AWS Support that the account may be taken over.`,
        },
      ];
    case 'user':
      return [keyOff(subject), quarantine(subject), endUserSessions(subject)];
    case 'role':
      return subject.isOfIdentityCenter ? stopPerson(subject) : stopRole(subject);
    case 'other':
      return [
        {
          text: say`Take away what it was let in by: the trust in its account or identity provider, or the policy of the resource that names it.`,
        },
      ];
  }
}

function keyOff({ keyId, isLongLived, nameWord, iamPage: link }: Subject): Step {
  if (!isLongLived) {
    return { text: say`Switch off the user’s keys and password: one of them opened the session.`, link };
  }
  return {
    text: say`Switch the key off; a switched-off key can be looked at later, a deleted one cannot.`,
    command:
      nameWord === undefined
        ? undefined
        : [`aws iam update-access-key --user-name ${nameWord} \\`, `  --access-key-id ${keyId!} --status Inactive`],
    link,
  };
}

function quarantine({ principal, nameWord }: Subject): Step {
  return {
    text: say`Put the user in quarantine: AWS keeps a managed policy that denies what stolen keys are used for.`,
    command:
      nameWord === undefined
        ? undefined
        : [
            `aws iam attach-user-policy --user-name ${nameWord} \\`,
            `  --policy-arn arn:${principal.partition}:iam::aws:policy/AWSCompromisedKeyQuarantineV3`,
          ],
  };
}

function endUserSessions({ nameWord }: Subject): Step {
  return {
    text: say`End the sessions that were opened with its keys, since they outlive them: a policy that denies everything to what was issued before now. Sessions of roles it took on end at those roles.`,
    command: nameWord === undefined ? undefined : policyPut('user', nameWord),
  };
}

/** The name is the one that IAM's own button for it gives. */
function policyPut(kind: 'user' | 'role', nameWord: string): string[] {
  return [
    `aws iam put-${kind}-policy --${kind}-name ${nameWord} \\`,
    '  --policy-name AWSRevokeOlderSessions --policy-document \\',
    ...olderSessionsDenied(),
  ];
}

function stopRole({ nameWord, iamPage: link }: Subject): Step[] {
  return [
    {
      text: say`Revoke the role’s sessions (its page in IAM, “Revoke sessions”, does this too): what was issued before that moment is denied, new sessions work on. Then close the way by which the session was got, or it is opened again.`,
      command: nameWord === undefined ? undefined : policyPut('role', nameWord),
      link,
    },
    {
      text: say`If it cannot be told who opened it, quarantine the role: take everybody out of its trust policy who is not needed this hour.`,
    },
  ];
}

/** Source: IAM Identity Center user guide, "Revoke active IAM role sessions created by permission sets". */
function stopPerson(subject: Subject): Step[] {
  return [
    {
      text: say`The role is kept by IAM Identity Center, and IAM refuses to change it. In Identity Center take away the person’s assignments to this permission set, by groups too, switch the person off in the directory or identity provider, and delete their active sessions (Users, the person, Active sessions).`,
    },
    {
      text: say`Sessions of the role that are open live on until they end, twelve hours at most. A service control policy denies them at once to everybody who has them; from the organization’s management account:`,
      command: sessionsDenied(subject),
    },
    {
      text: say`A service control policy does not reach the management account itself: for a session there put the same statement into the permission set, and provision it again.`,
    },
  ];
}

function sessionsDenied({ alert, principal }: Subject): string[] | undefined {
  const name = 'name' in principal ? globOf(principal.name) : undefined;
  if (name === undefined || !/^\d{12}$/.test(alert.account ?? '')) return undefined;
  const role = `arn:${principal.partition}:iam::${alert.account}:role/aws-reserved/*/${name}`;
  return [
    `aws organizations attach-policy --target-id ${alert.account} --policy-id "$(`,
    '  aws organizations create-policy --type SERVICE_CONTROL_POLICY \\',
    '    --name end-sessions --description "ends open sessions of one role" \\',
    '    --query Policy.PolicySummary.Id --output text --content \\',
    ...olderSessionsDenied(`"ArnLike":{"aws:PrincipalArn":"${role}"},`),
    ')"',
  ];
}

function lookBack({ alert }: Subject): Step[] {
  const sensitive = alert.evidence.otherCalls.filter(({ kind }) => kind === 'sensitive');
  const also = sensitive.length === 0 ? '' : ' Begin with the sensitive calls listed above.';
  return [
    {
      text: say`Look for what was done with what it saw: copies and shares of snapshots and images, new keys, users and trust, changed security groups, started instances.${ours(also)}`,
    },
  ];
}

function narrowIt(subject: Subject): Step[] {
  if (subject.principal.kind === 'root') {
    return [
      {
        text: say`No policy of the account restrains its root user. A service control policy on aws:PrincipalArn does, in every account but the management account; the organization can also take root’s credentials away from its member accounts.`,
      },
    ];
  }
  return [
    {
      text: say`Keep ${itOf(subject)} to the regions it needs: a condition on aws:RequestedRegion, or a service control policy for all of the account. ${ours(plural(subject.alert.regions.length, 'region'))} were asked here; few accounts work in as many.`,
    },
    {
      text: say`Give ec2:DescribeInstances to nobody who can do without: it cannot be limited to single instances, so whoever has it sees them all.`,
    },
    {
      text: say`Go through everybody who may call it in all regions, and ask of each what for.`,
    },
  ];
}

function itOf({ principal, isOfIdentityCenter }: Subject): Text {
  if (isOfIdentityCenter) return ours('the permission set');
  return ours(principal.kind === 'role' ? 'the role' : 'the identity');
}

function watchIt(subject: Subject): Step {
  const { alert, principal } = subject;
  const account = alert.account === undefined ? [] : say`account ${alert.account}`;
  const it = principal.kind === 'root' ? ours('the root user') : itOf(subject);
  const both = account.length === 0 ? it : say`${it} and ${account}`;
  const fewer = Math.floor(alert.rule.minRegions / 2);
  return {
    text:
      fewer < 2
        ? say`Watch ${both} closer for some weeks.`
        : say`Watch ${both} closer for some weeks: a lower threshold in a daily replay (--min-regions ${fewer}) costs little.`,
  };
}
