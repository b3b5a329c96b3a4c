import { leastOf } from '../../collections';
import { formatInstant, parseInstant } from '../../time';
import type { Alert } from '../alert';
import { consoleHost } from '../principal';
import { joined, many, ours, quote, say, type Text } from '../text';
import { conditionOf, forEachRegion, inKeys } from './commands';
import type { Step } from './guide';
import { homeRegion, ruleOptionsOf, type Subject, subjectOf, trailWordOf } from './subject';

const MOST_LISTED = 3;
/** addresses in one command */
const MOST_ASKED = 5;
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
  const others = keys < 2 ? [] : say`; it used ${ours(many(keys - 1, 'other key'))} too`;
  const kinds = Object.values(evidence.distinct.otherCalls).reduce((sum, count) => sum + count, 0);
  if (kinds === 0) return say`nothing else was seen in the files at hand${others}`;
  return say`${ours(many(kinds, 'other kind'))} of call in the files at hand, listed above${others}`;
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
  return sane.length === 0 ? start - LONGEST_SESSION : leastOf(sane) - 60;
}

function address({ alert, addresses, regions }: Subject): Step | undefined {
  const first = addresses[0];
  if (first === undefined) return undefined;
  const all = alert.evidence.sourceAddresses;
  const known = all.slice(0, MOST_LISTED).map(({ value, calls }) => say`${quote(value, 60)} ${calls}x`);
  const isSix = first.includes(':');
  const alike = addresses.filter((ip) => ip.includes(':') === isSix).slice(0, MOST_ASKED);
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
        : say`${ours(many(missing, 'region'))} had no file of that time yet; ${home} tells of sign-ins`,
    command: [
      `npm run -s regionsweep -- replay ${trail} \\`,
      `  --since ${from} --until ${until}${ruleOptionsOf(alert)}`,
    ],
  };
}
