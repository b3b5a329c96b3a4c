import type { Step, Sweep } from '../model';
import { amount, type Text, text, trusted } from '../text';
import type { GuideContext } from './context';
import { globOf } from './quoting';

/** What to do once nobody can say that it was theirs, the most urgent first. */
export function containment(context: GuideContext): Step[] {
  return [...stopIt(context), lookBack(context.sweep), ...narrowIt(context), watchIt(context)];
}

function stopIt(context: GuideContext): Step[] {
  switch (context.principal.kind) {
    case 'root':
      return [
        {
          text: text`Change the root user’s password and e-mail password, renew its second factor, delete every access key of root, and tell AWS Support that the account may be taken over.`,
        },
      ];
    case 'user':
      return stopUser(context);
    case 'role':
      return context.isOfIdentityCenter ? stopPerson(context) : stopRole(context);
    case 'other':
      return [
        {
          text: text`Take away what it was let in by: the trust in its account or identity provider, or the policy of the resource that names it.`,
        },
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
      ? {
          text: text`Switch the key off; a switched-off key can be looked at later, a deleted one cannot.`,
          command: keyOff,
          link,
        }
      : { text: text`Switch off the user’s keys and password: one of them opened the session.`, link },
    {
      text: text`Put the user in quarantine: AWS keeps a managed policy that denies what stolen keys are used for.`,
      command: command(
        `aws iam attach-user-policy --user-name ${nameWord} \\`,
        `  --policy-arn arn:${principal.partition}:iam::aws:policy/AWSCompromisedKeyQuarantineV3`,
      ),
    },
    {
      text: text`End the sessions that were opened with its keys, since they outlive them: a policy that denies everything to what was issued before now. Sessions of roles it took on end at those roles.`,
      command: command(...denialOf('user', nameWord)),
    },
  ];
}

function stopRole({ nameWord, iamPage: link }: GuideContext): Step[] {
  return [
    {
      text: text`Revoke the role’s sessions (its page in IAM, “Revoke sessions”, does this too): what was issued before that moment is denied, new sessions work on. Then close the way by which the session was got, or it is opened again.`,
      command: nameWord === undefined ? undefined : denialOf('role', nameWord),
      link,
    },
    {
      text: text`If it cannot be told who opened it, quarantine the role: take everybody out of its trust policy who is not needed this hour.`,
    },
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
    {
      text: text`The role is kept by IAM Identity Center, and IAM refuses to change it. In Identity Center take away the person’s assignments to this permission set, by groups too, switch the person off in the directory or identity provider, and delete their active sessions (Users, the person, Active sessions).`,
    },
    {
      text: text`Sessions of the role that are open live on until they end, twelve hours at most. A service control policy denies them at once to everybody who has them; from the organization’s management account:`,
      command: sessionsDenied(context),
    },
    {
      text: text`A service control policy does not reach the management account itself: for a session there put the same statement into the permission set, and provision it again.`,
    },
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

function lookBack({ evidence }: Sweep): Step {
  const isSensitive = evidence.otherCalls.some(({ kind }) => kind === 'sensitive');
  const first = trusted(isSensitive ? ' Begin with the sensitive calls listed above.' : '');
  return {
    text: text`Look for what was done with what it saw: copies and shares of snapshots and images, new keys, users and trust, changed security groups, started instances.${first}`,
  };
}

function narrowIt(context: GuideContext): Step[] {
  if (context.principal.kind === 'root') {
    return [
      {
        text: text`No policy of the account restrains its root user. A service control policy on aws:PrincipalArn does, in every account but the management account; the organization can also take root’s credentials away from its member accounts.`,
      },
    ];
  }
  return [
    {
      text: text`Keep ${whatItIs(context)} to the regions it needs: a condition on aws:RequestedRegion, or a service control policy for all of the account. ${amount(context.sweep.regions.length, 'region')} were asked here; few accounts work in as many.`,
    },
    {
      text: text`Give ec2:DescribeInstances to nobody who can do without: it cannot be limited to single instances, so whoever has it sees them all.`,
    },
    { text: text`Go through everybody who may call it in all regions, and ask of each what for.` },
  ];
}

function watchIt(context: GuideContext): Step {
  const { account, rule } = context.sweep;
  const watched = text`${whatItIs(context)}${account === undefined ? [] : text` and account ${account}`}`;
  const fewer = Math.floor(rule.minRegions / 2);
  const how = text`: a lower threshold in a daily replay (--min-regions ${fewer}) costs little`;
  return { text: text`Watch ${watched} closer for some weeks${fewer < 2 ? [] : how}.` };
}

function whatItIs({ principal: { kind }, isOfIdentityCenter }: GuideContext): Text {
  if (kind === 'root') return ['the root user'];
  if (isOfIdentityCenter) return ['the permission set'];
  return [kind === 'role' ? 'the role' : 'the identity'];
}
