import { formatInstant, minOf, parseInstant, plural } from '../../util/values';
import { consoleHost, sqlText } from '../identity';
import type { Alert, Step } from '../model';
import { joined, ours, quote, say, type Text } from '../text';
import { homeRegion, ruleOptionsOf, type Subject, subjectOf, trailWordOf } from './context';

const MAX_LISTED = 3;

/** addresses in one command */
const MAX_ASKED = 5;

const HOUR = 3600;

/** What to find out next, in the order in which answers settle most. */
export function questionsOf(alert: Alert): Step[] {
  const subject = subjectOf(alert);
  return [who, history, afterwards, whence, address].flatMap((question) => question(subject) ?? []);
}

function who({ alert, principal, iamPage }: Subject): Step {
  const { evidence } = alert;
  const known: Text[] = [
    ...evidence.issuers.slice(0, 1).map(({ value }) => say`issued by ${quote(value, 200)}`),
    ...evidence.sourceIdentities.slice(0, 1).map(({ value }) => say`source identity ${value}`),
    ...evidence.sessionsCreated.slice(0, 1).map(({ value }) => say`session since ${value}`),
  ];
  const text =
    principal.kind === 'root'
      ? say`Who has the root user’s password and second factor, and were they at it at ${formatInstant(alert.start)}?`
      : say`Whose identity is ${quote(alert.actor, 300)}, and were they at it at ${formatInstant(alert.start)}?`;
  return { text, known: known.length === 0 ? undefined : joined(known, ', '), link: iamPage };
}

function history({ alert, keyId, from, until, regions, principal }: Subject): Step | undefined {
  if (keyId === undefined || regions.length === 0) return undefined;
  const region = regions[0]!;
  const query = `AccessKeyId=${keyId}&StartTime=${encodeURIComponent(from)}&EndTime=${encodeURIComponent(until)}`;
  return {
    text: say`What else did its key ${keyId} do around then, in each region?`,
    known: besides(alert),
    command: forEachRegion(regions, [
      'aws cloudtrail lookup-events --region "$region" \\',
      `  --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=${keyId} \\`,
      `  --start-time ${from} --end-time ${until} \\`,
      "  --query 'Events[].[EventTime,EventSource,EventName]' --output text",
    ]),
    link: `https://${consoleHost(principal.partition, region)}/cloudtrailv2/home?region=${region}#/events?${query}`,
  };
}

function besides({ evidence }: Alert): Text {
  const keys = evidence.distinct.accessKeyIds;
  const others = keys < 2 ? [] : say`; it used ${ours(plural(keys - 1, 'other key'))} too`;
  const kinds = Object.values(evidence.distinct.otherCalls).reduce((sum, count) => sum + count, 0);
  if (kinds === 0) return say`nothing else was seen in the files at hand${others}`;
  return say`${ours(plural(kinds, 'other kind'))} of call in the files at hand, listed above${others}`;
}

function afterwards(subject: Subject): Step | undefined {
  const condition = conditionOf(subject);
  if (condition === undefined) return undefined;
  const from = formatInstant(subject.alert.start);
  const until = formatInstant(subject.alert.end + 6 * HOUR);
  const [first, ...rest] = condition.lines;
  return {
    text: say`Did it act on what it found, in the hours after? (Athena, over a table of the trail)`,
    known: condition.lacks,
    command: [
      'SELECT eventtime, awsregion, eventsource, eventname, errorcode, sourceipaddress',
      'FROM cloudtrail_logs',
      `WHERE ${first}`,
      ...rest,
      `  AND eventtime BETWEEN '${from}' AND '${until}'`,
      "  AND eventname <> 'DescribeInstances'",
      "ORDER BY readonly = 'false' DESC, eventtime",
    ],
  };
}

function whence({ alert, principal, keyIds, isLongLived }: Subject): Step | undefined {
  const began = alert.evidence.signIns.some((signIn) => signIn.began);
  // Nobody assumes root: its sessions come from its own password.
  if (keyIds.length === 0 || isLongLived || began || principal.kind === 'root') return undefined;
  if (alert.evidence.fromConsole > 0) return undefined;
  const [first, ...rest] = inKeys(keyIds);
  return {
    text: say`Who opened the session? No AssumeRole for its key was in the files that were searched.`,
    command: [
      'SELECT eventtime, useridentity.arn, sourceipaddress, useragent',
      'FROM cloudtrail_logs',
      "WHERE eventsource = 'sts.amazonaws.com'",
      `  AND eventtime BETWEEN '${formatInstant(openedFrom(alert))}' AND '${formatInstant(alert.end)}'`,
      "  AND json_extract_scalar(responseelements, '$.credentials.accessKeyId')",
      `    ${first}`,
      ...rest.map((line) => `    ${line}`),
    ],
  };
}

/** The longest that a session of temporary credentials lives; source: AWS STS API reference, GetSessionToken. */
const LONGEST_SESSION = 36 * HOUR;

/** When the first of its sessions may have been opened; UTC epoch seconds. */
function openedFrom({ evidence, start }: Alert): number {
  const created = evidence.sessionsCreated.flatMap(({ value }) => parseInstant(value) ?? []);
  const sane = created.filter((second) => second <= start && second > start - LONGEST_SESSION);
  return sane.length === 0 ? start - LONGEST_SESSION : minOf(sane) - 60;
}

function address({ alert, addresses, regions }: Subject): Step | undefined {
  const first = addresses[0];
  if (first === undefined) return undefined;
  const all = alert.evidence.sourceAddresses;
  const known = all.slice(0, MAX_LISTED).map(({ value, calls }) => say`${quote(value, 60)} ${calls}x`);
  const isSix = first.includes(':');
  const alike = addresses.filter((ip) => ip.includes(':') === isSix).slice(0, MAX_ASKED);
  const filter = isSix ? 'ipv6-addresses.ipv6-address' : 'association.public-ip';
  return {
    text: say`Is the address one of yours: an office, a VPN, a build runner, a NAT gateway? What has it in this account is listed by:`,
    known: joined(known, ', '),
    command:
      regions.length === 0
        ? undefined
        : forEachRegion(regions, [
            'aws ec2 describe-network-interfaces --region "$region" \\',
            `  --filters Name=${filter},Values=${alike.join(',')} --output text \\`,
            "  --query 'NetworkInterfaces[].[NetworkInterfaceId,InterfaceType,Description]'",
          ]),
  };
}

/** Whether it was all, once every file is there. */
export function replayOf(alert: Alert): Step | undefined {
  const { from, until, principal } = subjectOf(alert);
  const trail = trailWordOf(alert);
  if (trail === undefined) return undefined;
  const missing = alert.evidence.search.missing.length;
  const home = homeRegion(principal.partition);
  return {
    text: say`Is this all of it? Run the rule again over that time when every file is there.`,
    known:
      missing === 0
        ? undefined
        : say`${ours(plural(missing, 'region'))} had no file of that time yet; ${home} tells of sign-ins`,
    command: [
      `npm run -s regionsweep -- replay ${trail} \\`,
      `  --since ${from} --until ${until}${ruleOptionsOf(alert)}`,
    ],
  };
}

/** Commands and queries that more than one step is made of. Values put in must be safe: see `quoting.ts`. */

/** Keys named in a query: what one session a region takes, and a query that can still be read. */
const MAX_KEYS = 20;

/** A shell's loop over regions, four a line; `$region` stands for each of them in the body. */
export function forEachRegion(regions: readonly string[], body: readonly string[]): string[] {
  return [
    `for region in ${regions.slice(0, 4).join(' ')}${regions.length > 4 ? ' \\' : '; do'}`,
    ...regionLines(regions.slice(4)),
    ...body.map((line) => `  ${line}`),
    'done',
  ];
}

function regionLines(regions: readonly string[]): string[] {
  const lines: string[] = [];
  for (let at = 0; at < regions.length; at += 4) {
    const isLast = at + 4 >= regions.length;
    lines.push(`    ${regions.slice(at, at + 4).join(' ')}${isLast ? '; do' : ' \\'}`);
  }
  return lines;
}

/** `IN ('…', '…')`, two a line. */
export function inKeys(keyIds: readonly string[]): string[] {
  const shown = keyIds.slice(0, MAX_KEYS).map((keyId) => `'${keyId}'`);
  if (shown.length === 1) return [`= ${shown[0]}`];
  const lines: string[] = [];
  for (let at = 0; at < shown.length; at += 2) lines.push(`    ${shown.slice(at, at + 2).join(', ')}`);
  return ['IN (', ...lines.map((line, index) => (index === lines.length - 1 ? `${line})` : `${line},`))];
}

/** Whom to filter records by in SQL. */
export interface Condition {
  readonly lines: readonly string[];
  /** what it leaves out */
  readonly lacks?: Text | undefined;
}

/** The narrowest condition that takes all the actor did; by its keys where its name cannot be quoted safely. */
export function conditionOf({ alert, keyIds }: Subject): Condition | undefined {
  const { actor, evidence } = alert;
  const count = evidence.distinct.accessKeyIds;
  if (keyIds.length === 1 && count === 1) return byKeys(keyIds);
  const name = sqlText(actor);
  if (name !== undefined) return { lines: [`${fieldOf(alert)} = ${name}`] };
  if (keyIds.length === 0) return undefined;
  const named = Math.min(keyIds.length, MAX_KEYS);
  return {
    ...byKeys(keyIds),
    lacks:
      named === count
        ? say`by its keys, since its name would become a link here`
        : say`by ${named} of its ${count} keys, since its name would become a link here: add the others, or put in its ARN by hand`,
  };
}

function byKeys(keyIds: readonly string[]): Condition {
  const [first, ...rest] = inKeys(keyIds);
  return { lines: [`useridentity.accesskeyid ${first}`, ...rest] };
}

function fieldOf({ actor, rule }: Alert): string {
  if (!actor.startsWith('arn:')) return 'useridentity.principalid';
  return rule.groupBy === 'issuer' && actor.includes(':role/')
    ? 'useridentity.sessioncontext.sessionissuer.arn'
    : 'useridentity.arn';
}

/** The time at which the command is run, within a text in single quotes. */
const NOW = `'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'`;

/**
 * A policy that denies everything to sessions opened before it is run, in single quotes, for a shell. Long-lived keys have
 * no issue time, so it leaves them alone; source: IAM user guide, "Disabling permissions for temporary credentials".
 * @param more conditions beside, as JSON
 */
export function olderSessionsDenied(more = ''): string[] {
  return [
    `'{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*",`,
    `"Condition":{${more}"DateLessThan":{"aws:TokenIssueTime":"${NOW}"}}}]}'`,
  ];
}
