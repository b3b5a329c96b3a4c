import { trailFileOf } from '../../trail/object-key';
import { consoleHost } from '../../util/partition';
import { formatInstant, minOf, parseInstant, present } from '../../util/values';
import { valuesOf } from '../evidence/model';
import { isInstanceId, keyKindOf } from '../identity';
import type { Step, Sweep } from '../model';
import { amount, instant, join, type Text, text, trusted, untrusted } from '../text';
import { type GuideContext, type IdentityKind, signInRegions } from './context';
import { sqlText } from './quoting';

const MAX_LISTED = 3;
const MAX_ADDRESSES = 5;

/** Most keys in a query: enough for a session per region, and still readable. */
const MAX_KEYS = 20;

const HOUR = 3600;

/** The longest lifetime of temporary credentials, in seconds; source: AWS STS API reference, GetSessionToken. */
const MAX_SESSION_SECONDS = 36 * HOUR;

/** What to find out next, the most decisive first. */
export function investigation(context: GuideContext): Step[] {
  const steps = [identity, instance, history, aftermath, origin, address, endpoint, replayStep];
  return present(steps.map((step) => step(context)));
}

function identity({ sweep, principal, kind, iamPage }: GuideContext): Step {
  const { issuers, sourceIdentities, sessionsCreated } = sweep.evidence;
  const created = kind === 'instance' ? 'credentials refreshed' : 'credentials issued';
  const known = present([
    issuers[0] && text`issued by ${untrusted(issuers[0].value, 200)}`,
    sourceIdentities[0] && text`source identity ${sourceIdentities[0].value}`,
    sessionsCreated[0] && text`${trusted(created)} ${sessionsCreated[0].value}`,
  ]);
  const time = instant(sweep.start);
  const asked =
    kind === 'root-session'
      ? text`Who in the organization opened the root session (AssumeRoot), and for which task at ${time}?`
      : principal.kind === 'root'
        ? text`Who has the root user’s password and MFA device, and can they account for calls at ${time}?`
        : text`Who owns ${untrusted(sweep.actor, 300)}, and can they account for calls at ${time}?`;
  return { text: asked, known: known.length === 0 ? undefined : join(known, ', '), link: iamPage };
}

function instance({ sweep: { evidence }, kind, regions }: GuideContext): Step | undefined {
  const ids = valuesOf(evidence.instances).filter(isInstanceId).slice(0, MAX_LISTED);
  if (kind !== 'instance' || ids.length === 0) return undefined;
  const asked =
    ids.length === 1
      ? 'Did the instance make the calls itself? Its'
      : 'Did the instances make the calls themselves? Their';
  return {
    text: text`${trusted(asked)} addresses, or those of the NAT gateway, must be those the calls came from.`,
    command: forEachRegion(regions, [
      'aws ec2 describe-instances --region "$region" \\',
      `  --filters Name=instance-id,Values=${ids.join(',')} --output text \\`,
      "  --query 'Reservations[].Instances[].[InstanceId,PublicIpAddress,PrivateIpAddress,VpcId,State.Name]'",
    ]),
  };
}

function history({ sweep, keyIds, from, until, regions, principal }: GuideContext): Step | undefined {
  const keyId = keyIds[0];
  const region = regions[0];
  if (keyId === undefined || region === undefined) return undefined;
  const query = `AccessKeyId=${keyId}&StartTime=${encodeURIComponent(from)}&EndTime=${encodeURIComponent(until)}`;
  return {
    text: text`What else was called with access key ${keyId} around that time, in each region? (CloudTrail’s event history, which keeps 90 days)`,
    known: otherActivity(sweep),
    command: forEachRegion(regions, [
      'aws cloudtrail lookup-events --region "$region" \\',
      `  --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=${keyId} \\`,
      `  --start-time ${from} --end-time ${until} \\`,
      "  --query 'Events[].[EventTime,EventSource,EventName]' --output text",
    ]),
    link: `https://${consoleHost(principal.partition, region)}/cloudtrailv2/home?region=${region}#/events?${query}`,
  };
}

function otherActivity({ evidence: { distinct } }: Sweep): Text {
  const others =
    distinct.accessKeyIds < 2 ? [] : text`; the calls used ${amount(distinct.accessKeyIds - 1, 'other key')}, too`;
  const kinds = Object.values(distinct.otherCalls).reduce((sum, count) => sum + count, 0);
  if (kinds === 0) return text`nothing else in the files that were read${others}`;
  return text`${amount(kinds, 'other API action')} in the files that were read, listed above${others}`;
}

function aftermath(context: GuideContext): Step | undefined {
  const condition = conditionOf(context);
  if (condition === undefined) return undefined;
  const { start, end } = context.sweep;
  return {
    text: text`What did it call in the six hours after? (Athena, on a table of the trail)`,
    known: condition.lacks,
    command: [
      'SELECT eventtime, awsregion, eventsource, eventname, errorcode, sourceipaddress',
      'FROM cloudtrail_logs',
      `WHERE ${condition.lines[0]}`,
      ...condition.lines.slice(1),
      `  AND eventtime BETWEEN '${formatInstant(start)}' AND '${formatInstant(end + 6 * HOUR)}'`,
      "  AND eventname <> 'DescribeInstances'",
      "ORDER BY readonly = 'false' DESC, eventtime",
    ],
  };
}

/** Identities whose sessions AWS opens, or that nobody assumes. */
const NO_OPENER: ReadonlySet<IdentityKind> = new Set([
  ...(['root', 'service-linked', 'instance', 'function'] as const),
  // Its own account has the record.
  'other-account',
]);

/** The call that issues the keys of a session, if not AssumeRole. */
const ISSUING: Readonly<Partial<Record<IdentityKind, string>>> = {
  user: 'GetSessionToken',
  federated: 'GetFederationToken',
  'identity-center': 'AssumeRoleWithSAML',
  'root-session': 'AssumeRoot',
};

function origin({ sweep, kind, keyIds: all }: GuideContext): Step | undefined {
  const { actor, evidence, end } = sweep;
  const beginnings = evidence.signIns.filter(({ began }) => began);
  const issued = new Set(beginnings.map(({ detail }) => detail));
  const keyIds = all.filter((keyId) => keyKindOf(keyId) === 'temporary' && !issued.has(keyId));
  const isKnown =
    evidence.consoleUses.page === evidence.calls || beginnings.some(({ name }) => name === 'ConsoleLogin');
  if (keyIds.length === 0 || isKnown || NO_OPENER.has(kind)) return undefined;
  const when = `  AND eventtime BETWEEN '${formatInstant(openedFrom(sweep))}' AND '${formatInstant(end)}'`;
  if (evidence.fromConsole > 0 && (kind === 'user' || evidence.fromConsole === evidence.calls)) {
    const name = sqlText(actor);
    return {
      text: text`Who opened the session? No ConsoleLogin that fits was in the files searched. (Athena)`,
      command: [
        'SELECT eventtime, awsregion, sourceipaddress, useragent, responseelements, additionaleventdata',
        'FROM cloudtrail_logs',
        "WHERE eventsource = 'signin.amazonaws.com' AND eventname = 'ConsoleLogin'",
        when,
        ...(name === undefined ? [] : [`  AND ${fieldOf(sweep)} = ${name}`]),
      ],
    };
  }
  const issuing = trusted(ISSUING[kind] ?? 'AssumeRole or AssumeRoleWith…');
  return {
    text: text`Who opened the session? No ${issuing} that issued its key was in the files searched. (Athena)`,
    command: [
      'SELECT eventtime, useridentity.arn, sourceipaddress, useragent',
      'FROM cloudtrail_logs',
      "WHERE eventsource = 'sts.amazonaws.com'",
      when,
      "  AND json_extract_scalar(responseelements, '$.credentials.accessKeyId')",
      ...inKeys(keyIds).map((line) => `    ${line}`),
    ],
  };
}

/** The earliest time at which a session can have been opened; UTC epoch seconds. */
function openedFrom({ evidence, start }: Sweep): number {
  const created = valuesOf(evidence.sessionsCreated).flatMap((text) => parseInstant(text) ?? []);
  const sane = created.filter((second) => second <= start && second > start - MAX_SESSION_SECONDS);
  return sane.length === 0 ? start - MAX_SESSION_SECONDS : minOf(sane) - 60;
}

function address({ sweep: { evidence }, addresses, regions }: GuideContext): Step | undefined {
  const first = addresses[0];
  // CloudShell calls from AWS's addresses.
  if (first === undefined || evidence.consoleUses.shell === evidence.calls) return undefined;
  const known = evidence.publicAddresses
    .slice(0, MAX_LISTED)
    .map(({ value, calls }) => text`${untrusted(value, 60)} ${calls}x`);
  const isSix = first.includes(':');
  const alike = addresses.filter((ip) => ip.includes(':') === isSix).slice(0, MAX_ADDRESSES);
  const filter = isSix ? 'ipv6-addresses.ipv6-address' : 'association.public-ip';
  const command = forEachRegion(regions, [
    'aws ec2 describe-network-interfaces --region "$region" \\',
    `  --filters Name=${filter},Values=${alike.join(',')} --output text \\`,
    "  --query 'NetworkInterfaces[].[NetworkInterfaceId,InterfaceType,Description]'",
  ]);
  return {
    text: text`Is the address yours (office, VPN, build runner, NAT gateway)? List the network interfaces that have it in this account.`,
    known: join(known, ', '),
    command: regions.length === 0 ? undefined : command,
  };
}

/** Behind an endpoint the address is one of its network, known only to the network's owner. */
function endpoint({ sweep: { account, evidence }, regions }: GuideContext): Step | undefined {
  const ids = valuesOf(evidence.vpcEndpoints).filter((id) => /^vpce-[0-9a-f]{8,17}$/.test(id));
  const owners = valuesOf(evidence.vpcEndpointAccounts);
  const owner = owners.find((one) => one !== account) ?? owners[0];
  if (ids.length === 0) return undefined;
  const elsewhere = new Set(valuesOf(evidence.publicAddresses));
  const hosts = valuesOf(evidence.sourceAddresses).filter((address) => !elsewhere.has(address));
  const named = hosts.slice(0, MAX_LISTED).map((address) => untrusted(address, 60));
  const listed = ids.slice(0, MAX_LISTED);
  const known = text`${join(named, ', ')} behind ${listed.join(', ')}`;
  if (owner !== undefined && owner !== account) {
    return { text: text`Whose network is it? Ask the owner of account ${owner} which host has the address.`, known };
  }
  return {
    text: text`Which host has the address? List the VPC of the endpoint, then its network interfaces.`,
    known,
    command: forEachRegion(regions, [
      'aws ec2 describe-vpc-endpoints --region "$region" \\',
      `  --filters Name=vpc-endpoint-id,Values=${listed.join(',')} --output text \\`,
      "  --query 'VpcEndpoints[].[VpcId,ServiceName,OwnerId]'",
    ]),
  };
}

/** The rule again over the same time, once every file has arrived. */
export function replayStep({ sweep, from, until, principal }: GuideContext): Step | undefined {
  const trail = trailWordOf(sweep);
  if (trail === undefined) return undefined;
  const missing = sweep.evidence.search.missing.length;
  const late = text`${amount(missing, 'region')} had no file for this period yet; sign-ins are logged in ${trusted(signInRegions(principal.partition))}`;
  return {
    text: text`Is this all? Run the rule again over this period once all files have arrived.`,
    known: missing === 0 ? undefined : late,
    command: [
      `npm run -s regionsweep -- replay ${trail} \\`,
      `  --since ${from} --until ${until}${ruleOptionsOf(sweep)}`,
    ],
  };
}

/** The part of the trail with the alert's objects, as an argument of `regionsweep replay`. */
function trailWordOf({ objects }: Sweep): string | undefined {
  const root = objects.flatMap((name) => trailFileOf(name)?.root ?? [])[0];
  // A bucket's name may have dots and look like a link: it is the reader's own.
  return root !== undefined && /^[\w./:=][\w./:=-]*$/.test(root) ? root : undefined;
}

function ruleOptionsOf({ rule }: Sweep): string {
  return [
    rule.minRegions === 10 ? '' : ` --min-regions ${rule.minRegions}`,
    rule.minCalls === rule.minRegions ? '' : ` --min-calls ${rule.minCalls}`,
    rule.windowSeconds === 30 ? '' : ` --window ${rule.windowSeconds}`,
    rule.windowing === 'tumbling' ? '' : ' --windowing sliding',
    rule.groupBy === 'arn' ? '' : ` --group-by ${rule.groupBy}`,
  ].join('');
}

/** A shell loop over regions, four per line; the body uses `$region`. */
function forEachRegion(regions: readonly string[], body: readonly string[]): string[] {
  const lines = inGroups(regions, 4).map(
    (group, index) => `${index === 0 ? 'for region in' : '   '} ${group.join(' ')}`,
  );
  return [...ended(lines, ' \\', '; do'), ...body.map((line) => `  ${line}`), 'done'];
}

/** `IN ('…', '…')`, two per line. */
function inKeys(keyIds: readonly string[]): string[] {
  const shown = keyIds.slice(0, MAX_KEYS).map((keyId) => `'${keyId}'`);
  if (shown.length === 1) return [`= ${shown[0]}`];
  const lines = inGroups(shown, 2).map((group) => `    ${group.join(', ')}`);
  return ['IN (', ...ended(lines, ',', ')')];
}

function inGroups<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );
}

function ended(lines: readonly string[], each: string, last: string): string[] {
  return lines.map((line, index) => line + (index === lines.length - 1 ? last : each));
}

/** The narrowest condition for all the actor did, by keys if its name cannot be quoted; `lacks`: what that misses. */
function conditionOf({ sweep, keyIds }: GuideContext): { lines: string[]; lacks?: Text } | undefined {
  const [first, ...rest] = inKeys(keyIds);
  const byKeys = [`useridentity.accesskeyid ${first}`, ...rest];
  const count = sweep.evidence.distinct.accessKeyIds;
  if (keyIds.length === 1 && count === 1) return { lines: byKeys };
  const name = sqlText(sweep.actor);
  if (name !== undefined) return { lines: [`${fieldOf(sweep)} = ${name}`] };
  if (keyIds.length === 0) return undefined;
  const named = Math.min(keyIds.length, MAX_KEYS);
  const lacks =
    named === count
      ? text`by access key, because the ARN would turn into a link here`
      : text`by ${named} of ${count} access keys, because the ARN would turn into a link here: add the others, or fill in the ARN by hand`;
  return { lines: byKeys, lacks };
}

function fieldOf({ actor, rule }: Sweep): string {
  if (!actor.startsWith('arn:')) return 'useridentity.principalid';
  return rule.groupBy === 'issuer' && actor.includes(':role/')
    ? 'useridentity.sessioncontext.sessionissuer.arn'
    : 'useridentity.arn';
}
