/** What the records say of who called, with what, and from where. */

import { firstCallOf } from '../../detection/detections';
import { isIp } from '../../detection/ip';
import { formatInstant, maxOf, minOf, parseInstant, plural } from '../../util/values';
import { type Counted, type Evidence, valuesOf } from '../evidence/model';
import { foreignAccountOf, keyKindOf, serviceOfRole } from '../identity';
import type { Checks, Sweep } from '../model';
import { commaList, type Text, text, trusted, untrusted } from '../text';
import { addressText, callsWith, share } from './quantify';

const MAX_NAMED = 3;
const FRESH_SECONDS = 900;

const isRoot = (type: string) => type === 'Root';
const isLongLived = (keyId: string) => keyKindOf(keyId) === 'long-lived';
// The console calls as a service, too.
const isService = (name: string) => name !== 'signin.amazonaws.com';

export const IDENTITY_CHECKS: Checks = {
  root: {
    verdict: 'suspicious',
    why: 'Listing instances never needs root, and no IAM policy of the account restricts it.',
    field: 'userIdentity.type, userIdentity.sessionContext.assumedRoot, userIdentity.sessionContext.sessionIssuer.type',
    calls: ({ evidence }) => rootCallsOf(evidence) + callsWith(evidence.issuerTypes, isRoot),
    says: ({ evidence }) => {
      const opened = callsWith(evidence.assumedRoots);
      const made = callsWith(evidence.issuerTypes, isRoot);
      if (made > 0) {
        const or = trusted(rootCallsOf(evidence) > 0 ? 'the account’s root user or ' : '');
        return text`came from ${or}a session that the account’s root user made (GetFederationToken)`;
      }
      if (opened === 0) return text`came from the account’s root user`;
      const all = opened === rootCallsOf(evidence);
      return text`came from ${trusted(all ? 'a root session' : `the root user, ${opened} of them in a root session`)}, which the organization opened for a privileged task (AssumeRoot)`;
    },
  },
  'service-linked-role': {
    verdict: 'likely-benign',
    headline: 'a service’s own role',
    why: 'AWS creates such a role, and only its service can use it. Find out which feature of the service is switched on.',
    field: 'userIdentity.sessionContext.sessionIssuer.arn',
    calls: ({ evidence }) => callsWith(evidence.issuers, (role) => serviceOfRole(role) !== undefined),
    says: ({ evidence: { issuers } }) => {
      const services = issuers.flatMap(({ value }) => serviceOfRole(value) ?? []);
      return text`came from the service-linked role of ${services.slice(0, MAX_NAMED).join(', ')}`;
    },
    inPart: { verdict: 'context', headline: undefined },
  },
  'invoked-by': {
    verdict: 'likely-benign',
    headline: 'via an AWS service',
    why: 'AWS writes this field. Find out who asked the service to make the calls.',
    field: 'userIdentity.invokedBy',
    calls: ({ evidence }) => (isOfService(evidence) ? 0 : callsWith(evidence.invokedBy, isService)),
    says: ({ evidence: { invokedBy } }) =>
      text`came through ${listOf(invokedBy.filter(({ value }) => isService(value)))}`,
    inPart: {
      verdict: 'context',
      headline: undefined,
      why: 'AWS writes this field. The identity made the others itself.',
    },
  },
  'long-lived-key': {
    verdict: 'suspicious',
    headline: 'long-lived key',
    why: 'Long-lived keys are the ones that leak, into repositories, images and logs, and work from anywhere until disabled.',
    field: 'userIdentity.accessKeyId',
    calls: ({ evidence }) => callsWith(evidence.accessKeyIds, isLongLived),
    says: ({ evidence: { accessKeyIds } }) => {
      const keys = accessKeyIds.filter(({ value }) => isLongLived(value));
      return text`came with ${trusted(keys.length === 1 ? 'a long-lived access key' : 'long-lived access keys')}: ${listOf(keys)}`;
    },
  },
  'instance-role': {
    verdict: 'context',
    why: 'Anything that runs on an instance can read them from its metadata service. If the source address is neither the instance’s own nor that of its way out (NAT gateway, proxy), they were taken off the instance.',
    field: 'userIdentity.sessionContext.ec2RoleDelivery, userIdentity.arn',
    // Without the name they may have been handed on.
    calls: ({ evidence }) => callsWith(evidence.instances),
    says: ({ evidence: { instances, distinct, roleDeliveries, sessionsCreated } }) => {
      const [whose, service] =
        distinct.instances === 1
          ? ['EC2 instance', 'its metadata service']
          : [`${distinct.instances} EC2 instances:`, 'their metadata services'];
      const plain = callsWith(roleDeliveries, (version) => version === '1.0');
      const how = plain === 0 ? '' : `; ${plural(plain, 'call')} with those that a plain request got (IMDSv1)`;
      const refreshed = sessionsCreated.length > 0 ? '; their creation time is that of the last refresh' : '';
      return text`came with the role credentials of ${trusted(whose!)} ${listOf(instances)}, from ${trusted(service! + how + refreshed)}`;
    },
  },
  'instance-name': {
    verdict: 'suspicious',
    why: 'AWS writes ec2RoleDelivery where an instance’s metadata service issued the credentials. Without it, whoever opened the session chose the name: Systems Manager, for the instances it manages, or somebody who wants to look like one. Old records lack the field.',
    field: 'userIdentity.arn, userIdentity.sessionContext.ec2RoleDelivery',
    calls: ({ evidence }) => callsWith(evidence.instanceNames),
    says: ({ evidence: { instanceNames } }) =>
      text`came from ${trusted(instanceNames.length === 1 ? 'a session named as EC2 instance' : 'sessions named as EC2 instances')} ${listOf(instanceNames)}, and their records do not say that a metadata service issued the credentials`,
  },
  'function-role': {
    verdict: 'context',
    why: 'AWS writes what it issued the credentials to. If the source address is neither AWS’s nor that of the way out of its network, they were taken out of it: look at its code, its environment and its latest deployment.',
    field: 'userIdentity.inScopeOf.credentialsIssuedTo',
    calls: ({ evidence }) => callsWith(evidence.issuedTo),
    says: ({ evidence }) => text`came with credentials that AWS issued to ${listOf(evidence.issuedTo, 150)}`,
  },
  'other-account': {
    verdict: 'context',
    headline: 'identity of another account',
    why: 'An identity of another account was given access. Ask whoever set up that trust what it is for.',
    field: 'userIdentity.accountId, recipientAccountId',
    calls: (sweep) => callsWith(sweep.evidence.recipients, (account) => account === foreignAccountOf(sweep)),
    says: (sweep) =>
      text`were recorded for account ${foreignAccountOf(sweep) ?? ''}; the identity belongs to account ${sweep.account ?? 'unknown'}`,
  },
  'foreign-endpoint': {
    verdict: 'suspicious',
    headline: 'through a foreign VPC endpoint',
    why: 'The calls came from a network of that account. In a shared VPC it is your network account; otherwise the credentials are in use in somebody else’s account.',
    field: 'vpcEndpointId, vpcEndpointAccountId',
    calls: (sweep) => callsWith(foreignOwnersOf(sweep)),
    says: (sweep) => {
      const { vpcEndpoints } = sweep.evidence;
      const owners = foreignOwnersOf(sweep);
      // Of endpoints of several owners it is not known whose is which.
      const isNamed = callsWith(vpcEndpoints) === callsWith(owners);
      return text`came through a VPC endpoint${isNamed ? text` (${listOf(vpcEndpoints)})` : []} of account ${listOf(owners)}, which is not the identity’s account`;
    },
  },
  'vpc-endpoint': {
    verdict: 'context',
    why: 'Behind an endpoint the source address is one of its network, and means nothing outside of it.',
    field: 'vpcEndpointId, vpcEndpointAccountId',
    calls: (sweep) => callsWith(sweep.evidence.vpcEndpoints) - callsWith(foreignOwnersOf(sweep)),
    says: (sweep) => {
      const { vpcEndpoints, vpcEndpointAccounts } = sweep.evidence;
      const foreign = foreignOwnersOf(sweep);
      const owners = vpcEndpointAccounts.filter((one) => !foreign.includes(one));
      const named = foreign.length > 0 ? [] : text` (${listOf(vpcEndpoints)})`;
      const isOwned = callsWith(vpcEndpointAccounts) === callsWith(vpcEndpoints);
      const rest = trusted(isOwned ? '' : ', the owner not always recorded');
      const owner =
        owners.length > 0 ? text` of account ${listOf(owners)}${rest}` : text`, whose owner is not in the records`;
      return text`came through a VPC endpoint${named}${owner}`;
    },
  },
  'several-addresses': {
    verdict: 'context',
    why: 'One program normally has one outbound address. Several within seconds are proxies, a network with several ways out, several machines that share an identity, or a browser next to the console.',
    field: 'sourceIPAddress',
    find: ({ evidence: { distinct, sourceAddresses } }) => {
      // Services and the console show names in place of an address.
      const ips = sourceAddresses.filter(({ value }) => isIp(value)).map(addressText);
      // A host that reaches its own region through a VPC endpoint has a private address there, and a public one elsewhere.
      if ((distinct.publicAddresses || distinct.ips) < 2) return undefined;
      return text`The calls came from ${distinct.ips} addresses: ${commaList(ips, MAX_NAMED, distinct.ips)}.`;
    },
  },
  // Not of roles: their identity provider may have asked for a second factor, and none of it is logged.
  'without-mfa': {
    verdict: 'context',
    why: 'A password or a key alone was enough to open it.',
    field: 'userIdentity.sessionContext.attributes.mfaAuthenticated',
    calls: ({ evidence: { mfa, identityTypes, assumedRoots } }) =>
      assumedRoots.length === 0 && identityTypes.every(({ value }) => value === 'IAMUser' || value === 'Root')
        ? callsWith(mfa, (value) => value === 'false')
        : 0,
    says: () => text`came from a session opened without MFA`,
  },
  'with-mfa': {
    verdict: 'likely-benign',
    why: 'Whoever opened it had the second factor. Whoever took it over afterwards needed none.',
    field: 'userIdentity.sessionContext.attributes.mfaAuthenticated',
    calls: ({ evidence }) => callsWith(evidence.mfa, (value) => value === 'true'),
    says: () => text`came from a session opened with MFA`,
    inPart: { verdict: 'context', why: 'It says nothing of the other calls.' },
  },
  // Not where the time is that of a refresh: the console's credentials, an instance's and a service's; nor where the
  // sign-in or AssumeRole itself was found, which says more.
  'fresh-session': {
    verdict: 'context',
    why: 'Jobs, and people who have just signed in, start at once; so does someone who has just got in. Credentials of containers are renewed every few hours.',
    field: 'userIdentity.sessionContext.attributes.creationDate',
    find: (sweep) => {
      const { sessionsCreated, fromConsole, signIns, around, distinct, ...evidence } = sweep.evidence;
      const first = firstCallOf(sweep.regions);
      const created = valuesOf(sessionsCreated).flatMap((time) => parseInstant(time) ?? []);
      const isFresh = (second: number) => second <= first && second > first - FRESH_SECONDS;
      const isByAws = [...evidence.roleDeliveries, ...evidence.issuedTo].length > 0 || isOfService(evidence);
      if (isByAws || fromConsole > 0 || signIns.some(({ began }) => began)) return undefined;
      if (created.length === 0 || created.length < distinct.sessionsCreated || !created.every(isFresh))
        return undefined;
      const [earliest, latest] = [formatInstant(minOf(created)), formatInstant(maxOf(created))];
      const when = earliest === latest ? `at ${earliest}` : `between ${earliest} and ${latest}`;
      const isActive = around.first !== undefined && around.first < first;
      const before = isActive ? '' : '; no earlier activity was seen in the files searched';
      return text`${share(sweep, callsWith(sessionsCreated))} came with credentials issued ${trusted(when + before)}.`;
    },
  },
};

function rootCallsOf({ identityTypes }: Evidence): number {
  return callsWith(identityTypes, isRoot);
}

function isOfService({ issuers }: Pick<Evidence, 'issuers'>): boolean {
  return valuesOf(issuers).some((role) => serviceOfRole(role) !== undefined);
}

function listOf(values: readonly Counted[], maxLength = 60): Text {
  return commaList(
    valuesOf(values).map((value) => untrusted(value, maxLength)),
    MAX_NAMED,
  );
}

/** Accounts whose VPC endpoints carried the calls, other than the identity's and the trail's. */
function foreignOwnersOf({ account, evidence: { vpcEndpointAccounts, recipients } }: Sweep): readonly Counted[] {
  const own = new Set([account, ...valuesOf(recipients)]);
  return vpcEndpointAccounts.filter(({ value }) => !own.has(value));
}
