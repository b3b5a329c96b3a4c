import type { Alert } from '../alert';
import { ours, say } from '../text';
import type { Step } from './guide';
import { type Subject, subjectOf } from './subject';

/** What to do once nobody can say that it was theirs, the most urgent first. */
export function measuresOf(alert: Alert): Step[] {
  const subject = subjectOf(alert);
  return [...stopIt(subject), ...lookBack(subject), ...narrowIt(subject)];
}

function stopIt({ principal, keyId, isLongLived, nameWord, iamPage }: Subject): Step[] {
  switch (principal.kind) {
    case 'root':
      return [
        {
          text: say`Change the root user’s password and e-mail password, renew its second factor, delete every access key of root, and tell AWS Support that the account may be taken over.`,
        },
      ];
    case 'user':
      return [
        {
          text: say`Switch the key off; a switched-off key can be looked at later, a deleted one cannot.`,
          command:
            keyId === undefined || !isLongLived || nameWord === undefined
              ? undefined
              : [
                  `aws iam update-access-key --user-name ${nameWord} \\`,
                  `  --access-key-id ${keyId} --status Inactive`,
                ],
          link: iamPage,
        },
        {
          text: say`Put the user in quarantine: AWS keeps a managed policy that denies what stolen keys are used for, and end the sessions it opened, which outlive the key.`,
          command:
            nameWord === undefined
              ? undefined
              : [
                  `aws iam attach-user-policy --user-name ${nameWord} \\`,
                  `  --policy-arn arn:${principal.partition}:iam::aws:policy/AWSCompromisedKeyQuarantineV3`,
                ],
        },
      ];
    case 'role':
      return [
        {
          text: say`Revoke the role’s sessions (its page in IAM, “Revoke sessions”): what was issued before that moment is denied, new sessions work on. Then close the way by which the session was got, or it is opened again.`,
          link: iamPage,
        },
        {
          text: say`If it cannot be told who opened it, quarantine the role: take everybody out of its trust policy who is not needed this hour.`,
        },
      ];
    case 'other':
      return [
        {
          text: say`Take away what it was let in by: the trust in its account or identity provider, or the policy of the resource that names it.`,
        },
      ];
  }
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

function narrowIt({ principal, alert }: Subject): Step[] {
  const it =
    principal.kind === 'root' ? 'the account' : principal.kind === 'role' ? 'the role' : 'the identity';
  return [
    {
      text: say`Keep ${ours(it)} to the regions it needs: a condition on aws:RequestedRegion, or a service control policy for all of the account. ${alert.regions.length} regions were asked here; few accounts work in as many.`,
    },
    {
      text: say`Give ec2:DescribeInstances to nobody who can do without: it cannot be limited to single instances, so whoever has it sees them all.`,
    },
    {
      text: say`Go through everybody who may call it in all regions, and ask of each what for.`,
    },
    {
      text: say`Watch ${ours(it)} and account ${alert.account ?? 'unknown'} closer for some weeks: a lower threshold in a daily replay (--min-regions 5) costs little.`,
    },
  ];
}
