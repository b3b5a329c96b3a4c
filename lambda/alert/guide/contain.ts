import { lastCallOf } from '../../detection/detections';
import { present } from '../../util/values';
import { valuesOf } from '../evidence/model';
import { foreignAccountOf, keyKindOf, serviceOfRole } from '../identity';
import type { Step, Sweep } from '../model';
import { amount, join, type Text, text, trusted, untrusted } from '../text';
import type { GuideContext, IdentityKind } from './context';
import { globOf } from './quoting';

const step = (...template: Parameters<typeof text>): Step => ({ text: text(...template) });

/** What to do if nobody can account for the calls, the most urgent first. */
export function containment(context: GuideContext): Step[] {
  return [...stop(context), checkAftermath(context.sweep), ...restrict(context), watch(context)];
}

const END_ROOT_SESSIONS: Step = {
  text: text`The organization opened a root session (AssumeRoot), which ends after at most 15 minutes. Find its AssumeRoot in the trail of the management account or of the delegated administrator, and contain the identity that made it. Until then switch such sessions off. Run this in that account.`,
  command: ['aws iam disable-organizations-root-sessions'],
};

/** Depends on the kind of identity: a step that IAM refuses costs time. */
const STOP: Readonly<Record<IdentityKind, (context: GuideContext) => Step[]>> = {
  root: ({ sweep: { evidence } }) => [
    step`Change the root user’s password and that of its e-mail account, replace its MFA device, delete all root access keys, and tell AWS Support that the account may be compromised.`,
    ...(evidence.assumedRoots.length > 0 ? [END_ROOT_SESSIONS] : []),
  ],
  'root-session': () => [END_ROOT_SESSIONS],
  'other-account': ({ sweep }) => [
    step`The identity belongs to account ${sweep.account ?? 'unknown'}: only IAM there can stop it. Ask its owner to, and remove here what gives it access: trust policies and resource policies that name it.`,
  ],
  'service-linked': ({ role }) => [
    step`Nothing to deny: IAM refuses to change a service-linked role, service control policies leave it alone, and only ${trusted(serviceOfRole(role ?? '') ?? 'its service')} can use it.${trusted(serviceOfRole(role ?? '') === undefined ? ' Check that it is one: its name says so, but the records lack its path.' : '')} If nobody wants the calls, switch off the feature of the service that makes them.`,
  ],
  'identity-center': stopPerson,
  instance: (context) => [
    step`Isolate ${trusted(context.sweep.evidence.instances.length > 1 ? 'each instance' : 'the instance')} whose credentials they are: give it a security group without rules and keep it running, since stopping it loses its memory. Snapshot its disks. Then require IMDSv2 on it (modify-instance-metadata-options, http-tokens required).`,
    revokeRole(
      context,
      text`Revoke the role’s sessions. Credentials issued before now are denied, on other instances of the role as well, until each is given new ones. Whoever is still on the instance gets those, too: isolate it first.`,
    ),
  ],
  function: (context) => [
    stopRecipients(context),
    revokeRole(
      context,
      text`Revoke the role’s sessions. Credentials issued before now are denied; what runs with them fails until it is started again.`,
    ),
  ],
  role: (context) => [...stopWorkload(context), revokeRole(context), closeTrust(context)],
  user: stopUser,
  federated: (context) => [
    step`A federated session has at most the permissions of the IAM user that called GetFederationToken, and no policy of its own to change: contain that user.`,
    ...stopUser(context),
  ],
  other: () => [
    step`Remove what gives it access: the trust in its account or identity provider, or the resource policy that names it.`,
  ],
};

/** What they say of the account they are run in themselves. */
const RUN_ELSEWHERE: ReadonlySet<IdentityKind> = new Set(['root', 'root-session', 'identity-center']);

function stop(context: GuideContext): Step[] {
  const steps = STOP[context.kind](context);
  const { account } = context.sweep;
  const first = steps.find(({ command }) => command !== undefined);
  if (first === undefined || account === undefined || RUN_ELSEWHERE.has(context.kind)) return steps;
  return steps.map((one) => (one === first ? { ...one, known: text`run in account ${account}` } : one));
}

/** Keys that one alert's steps deactivate, and functions that they stop. */
const MAX_STOPPED = 3;

function stopUser(context: GuideContext): Step[] {
  const { keyIds, kind, nameWord, iamPage: link, principal, sweep } = context;
  const command = (...lines: string[]) => (nameWord === undefined ? undefined : lines);
  const keys = keyIds.filter((keyId) => keyKindOf(keyId) === 'long-lived');
  const isConsole = kind === 'user' && sweep.evidence.fromConsole > 0;
  const which = trusted(keyIds.length > 0 ? ': one of them opened the session' : '');
  const keysOff = keys
    .slice(0, MAX_STOPPED)
    .flatMap((keyId) => [
      `aws iam update-access-key --user-name ${nameWord} \\`,
      `  --access-key-id ${keyId} --status Inactive`,
    ]);
  return present([
    keys.length > 0 && {
      text: text`Deactivate the key (do not delete it: you lose its last-used data).`,
      command: command(...keysOff),
      link,
    },
    isConsole && {
      text: text`Remove the user’s console password, and check its MFA devices: someone may have added one.`,
      command: command(`aws iam delete-login-profile --user-name ${nameWord}`),
      link,
    },
    keys.length === 0 && !isConsole && { text: text`Deactivate the user’s access keys${which}.`, link },
    // Not known to exist elsewhere.
    principal.partition === 'aws' && {
      text: text`Quarantine the user: this AWS managed policy denies what stolen keys are used for.`,
      command: command(
        `aws iam attach-user-policy --user-name ${nameWord} \\`,
        '  --policy-arn arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV4',
      ),
    },
    {
      text: text`Revoke the sessions opened with its keys or password, which outlive them: this policy denies everything to credentials issued before now. Sessions of roles that it assumed are revoked at those roles.`,
      command: command(...denialOf('user', nameWord)),
    },
  ]);
}

const REVOKE = text`Revoke the role’s sessions (in the IAM console: “Revoke sessions” on the role’s page). Credentials issued before now are denied. New sessions are not, so find and close the way in as well.`;

function revokeRole({ nameWord, iamPage: link }: GuideContext, words: Text = REVOKE): Step {
  return { text: words, command: nameWord === undefined ? undefined : denialOf('role', nameWord), link };
}

/** Who may open sessions: the identities that did, if they were seen. */
function closeTrust({ sweep }: GuideContext): Step {
  const beginnings = sweep.evidence.signIns.filter(({ began }) => began);
  const openers = [...new Set(beginnings.map(({ by }) => by))].map((by) => untrusted(by, 200));
  if (openers.length > 1) {
    return step`${join(openers, ', ')} opened the sessions and can open the next: contain each, or take it out of the role’s trust policy.`;
  }
  const { by = '', name = '' } = beginnings.at(-1) ?? {};
  const [, ofArn, named] = /^arn:[\w-]+:(?:iam|sts)::(\d{12}):|of account (\d{12})$/.exec(by) ?? [];
  const account = ofArn ?? named;
  if (account !== undefined && account !== sweep.account) {
    return step`The session was opened from account ${account}: tell its owner, and remove that account from the role’s trust policy until it is clean.`;
  }
  if (/^[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?$/.test(by)) {
    return step`${untrusted(by, 60)} opened the session (${name}) for something of yours that runs with the role: find it and stop it, or it gets the next one.`;
  }
  if (name.startsWith('AssumeRoleWith')) {
    return step`${untrusted(by, 200)} opened the session (${name}) and can open the next: disable it at its identity provider, or take that provider out of the role’s trust policy.`;
  }
  // A ConsoleLogin is the session's own.
  if (name.startsWith('AssumeRole')) {
    return step`${untrusted(by, 200)} opened the session (${name}) and can open the next: contain that, too, or take it out of the role’s trust policy.`;
  }
  return step`If you cannot tell who opened the session, quarantine the role: remove every principal you do not need right now from its trust policy.`;
}

const WORKLOADS: Readonly<Record<string, string>> = {
  Lambda: 'set the function’s reserved concurrency to 0; Lambda names a session as its function',
  ECS: 'stop the task, and set the service’s desired count to 0',
  CodeBuild: 'stop the build, and check its project’s source, webhook and buildspec',
};

/** If only the user agent, not AWS, says what got the credentials. */
function stopWorkload({ sweep: { evidence } }: GuideContext): Step[] {
  const [where] = evidence.claims.flatMap(({ value }) => / in (\w+)$/.exec(value)?.[1] ?? []);
  const how = where === undefined ? undefined : WORKLOADS[where];
  return how === undefined ? [] : [step`If it runs in ${where ?? ''}, as its user agent claims: ${trusted(how)}.`];
}

/** Stops invocations; AWS records the function's ARN as the recipient of the credentials. */
function stopRecipients({ sweep: { evidence } }: GuideContext): Step {
  const arns = valuesOf(evidence.issuedTo).slice(0, MAX_STOPPED);
  const command = arns.flatMap((arn) => {
    const [, region, name] = /^arn:[\w-]+:lambda:([a-z0-9-]{4,30}):\d{12}:function:([\w-]{1,140})$/.exec(arn) ?? [];
    if (region === undefined || name === undefined) return [];
    return [
      `aws lambda put-function-concurrency --region ${region} \\`,
      `  --function-name ${name} --reserved-concurrent-executions 0`,
    ];
  });
  const recipients = arns.map((arn) => untrusted(arn));
  return {
    text: text`Stop what AWS issued the credentials to: ${join(recipients, ', ')}.`,
    command: command.length === 0 ? undefined : command,
  };
}

/** The policy has the name that IAM's console gives it. */
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
 * A policy that denies everything to sessions opened before now, in single quotes for a shell, which inserts the time. It
 * does not affect long-lived keys, which have no issue time; source: IAM user guide, "Disabling permissions for temporary
 * credentials".
 * @param more further conditions, as JSON
 */
function olderSessionsDenied(more = ''): string[] {
  return [
    `'{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*",`,
    `"Condition":{${more}"DateLessThan":{"aws:TokenIssueTime":"'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'"}}}]}'`,
  ];
}

function checkAftermath({ evidence, regions }: Sweep): Step {
  const last = lastCallOf(regions);
  const isSensitive = evidence.otherCalls.some((call) => call.kind === 'sensitive' && call.last > last);
  const first = trusted(isSensitive ? ' Start with the sensitive calls listed above.' : '');
  return step`Check what happened next: copied or shared snapshots and images, new keys, users and trust policies, changed security groups, started instances.${first}`;
}

function restrict(context: GuideContext): Step[] {
  const { kind, sweep } = context;
  if (kind === 'service-linked' || kind === 'other-account') return [];
  if (kind === 'root' || kind === 'root-session') {
    return [
      step`No policy of the account restricts its root user. A service control policy on aws:PrincipalArn does, except in the management account. The organization can also remove the root credentials of its member accounts.`,
    ];
  }
  return [
    step`Restrict ${whatItIs(context)} to the regions it needs, by a condition on aws:RequestedRegion, or the whole account by a service control policy. It called ${amount(sweep.regions.length, 'region')}; few accounts use that many.`,
    step`Remove ec2:DescribeInstances from identities that do not need it; it cannot be scoped to resources.`,
    step`Review every identity that may call it in all regions.`,
  ];
}

function watch(context: GuideContext): Step {
  const { rule } = context.sweep;
  const account = foreignAccountOf(context.sweep) ?? context.sweep.account;
  const watched = text`${whatItIs(context)}${account === undefined ? [] : text` and account ${account}`}`;
  const fewer = Math.floor(rule.minRegions / 2);
  const how = text`: a daily replay with a lower threshold (--min-regions ${fewer}) costs little`;
  return step`Watch ${watched} closely for a few weeks${fewer < 2 ? [] : how}.`;
}

function whatItIs({ principal, kind }: GuideContext): Text {
  if (kind === 'root' || kind === 'root-session') return ['the root user'];
  if (kind === 'identity-center') return ['the permission set'];
  return [principal.kind === 'role' ? 'the role' : 'the identity'];
}
