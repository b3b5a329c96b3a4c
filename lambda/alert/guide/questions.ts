import { formatInstant } from '../../time';
import type { Alert } from '../alert';
import { consoleHost } from '../principal';
import { joined, many, ours, quote, say, type Text } from '../text';
import type { Step } from './guide';
import { homeRegion, ruleOptionsOf, type Subject, subjectOf, trailWordOf } from './subject';

const MOST_LISTED = 3;
const HOUR = 3600;

/** What to find out next, in the order in which answers settle most. */
export function questionsOf(alert: Alert): Step[] {
  const subject = subjectOf(alert);
  return [who, history, afterwards, whence, address, replay].flatMap((question) => question(subject) ?? []);
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
    command: [
      `for region in ${regions.slice(0, 4).join(' ')}${regions.length > 4 ? ' \\' : '; do'}`,
      ...regionLines(regions.slice(4)),
      '  aws cloudtrail lookup-events --region "$region" \\',
      `    --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=${keyId} \\`,
      `    --start-time ${from} --end-time ${until} \\`,
      "    --query 'Events[].[EventTime,EventSource,EventName]' --output text",
      'done',
    ],
    link: `https://${consoleHost(principal.partition, region)}/cloudtrailv2/home?region=${region}#/events?${query}`,
  };
}

/** The rest of a shell's list of regions, four a line. */
function regionLines(regions: readonly string[]): string[] {
  const lines: string[] = [];
  for (let at = 0; at < regions.length; at += 4) {
    const isLast = at + 4 >= regions.length;
    lines.push(`    ${regions.slice(at, at + 4).join(' ')}${isLast ? '; do' : ' \\'}`);
  }
  return lines;
}

function besides({ evidence }: Alert): Text {
  const keys = evidence.accessKeyIds.length;
  const others = keys < 2 ? [] : say`; it used ${ours(many(keys - 1, 'other key'))} too`;
  if (evidence.otherCalls.length === 0) return say`nothing else was seen in the files at hand${others}`;
  const kinds = evidence.otherCalls.length;
  return say`${ours(many(kinds, 'other kind'))} of call in the files at hand, listed above${others}`;
}

function afterwards({ alert, condition }: Subject): Step | undefined {
  if (condition === undefined) return undefined;
  const from = formatInstant(alert.start);
  const until = formatInstant(alert.end + 6 * HOUR);
  return {
    text: say`Did it act on what it found, in the hours after? (Athena, over a table of the trail)`,
    command: [
      'SELECT eventtime, awsregion, eventsource, eventname, errorcode, sourceipaddress',
      'FROM cloudtrail_logs',
      `WHERE ${condition}`,
      `  AND eventtime BETWEEN '${from}' AND '${until}'`,
      "  AND eventname <> 'DescribeInstances'",
      "ORDER BY readonly = 'false' DESC, eventtime",
    ],
  };
}

function whence({ alert, keyId, isLongLived }: Subject): Step | undefined {
  const began = alert.evidence.signIns.some(
    ({ name }) => name.startsWith('AssumeRole') || name === 'ConsoleLogin',
  );
  if (keyId === undefined || isLongLived || began || alert.evidence.fromConsole > 0) return undefined;
  return {
    text: say`Who opened the session? No AssumeRole for its key was in the files that were searched.`,
    command: [
      'SELECT eventtime, useridentity.arn, sourceipaddress, useragent',
      'FROM cloudtrail_logs',
      "WHERE eventsource = 'sts.amazonaws.com'",
      "  AND json_extract_scalar(responseelements, '$.credentials.accessKeyId')",
      `    = '${keyId}'`,
    ],
  };
}

function address({ alert, address: ip }: Subject): Step | undefined {
  if (ip === undefined) return undefined;
  const all = alert.evidence.sourceAddresses;
  const known = all.slice(0, MOST_LISTED).map(({ value, calls }) => say`${quote(value, 60)} ${calls}x`);
  return {
    text: say`Is the address one of yours: an office, a VPN, a build runner, a NAT gateway?`,
    known: joined(known, ', '),
    command: ip.includes(':')
      ? undefined
      : [
          `aws ec2 describe-addresses --filters Name=public-ip,Values=${ip}`,
          `aws ec2 describe-nat-gateways --query 'NatGateways[].NatGatewayAddresses[]' | grep -F ${ip}`,
        ],
  };
}

function replay(subject: Subject): Step | undefined {
  const { alert, from, until, principal } = subject;
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
      `npx regionsweep replay ${trail} \\`,
      `  --since ${from} --until ${until}${ruleOptionsOf(alert)}`,
    ],
  };
}
