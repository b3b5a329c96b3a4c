import { formatInstant } from '../time';
import { type Alert, callCountOf, isLowerBound } from './alert';
import { isAllowedDryRun, isRefusal } from './evidence/call-kinds';
import type { Counted, ValueKind } from './evidence/evidence';
import { keyIdOf } from './quoting';
import type { Row } from './report';
import { cut, given, LONGEST_VALUE, MOST_LISTED } from './rows';
import { joined, ours, quote, say, type Text } from './text';

/** What a reader wants to know of the calls, in order; rows without a value are left out. */
export function rowsOf(alert: Alert): Row[] {
  const { evidence, rule } = alert;
  const { sessions, distinct } = evidence;
  const counts = (kind: ValueKind) => cut(evidence[kind], distinct[kind], countedText);
  const plain = (kind: ValueKind) => cut(evidence[kind], distinct[kind], plainText);
  return given([
    {
      label: 'window',
      values: [ours(`${formatInstant(alert.start)} to ${formatInstant(alert.end)} (${rule.windowing})`)],
    },
    { label: 'actor', values: [quote(alert.actor, 600)] },
    { label: 'account', values: [quote(alert.account ?? 'not told by the records')] },
    { label: 'regions', values: [ours(String(alert.regions.length))] },
    { label: 'calls', values: [callsOf(alert)] },
    ...outcomeRows(alert),
    { label: 'asked for', values: counts('parameters') },
    { label: 'user agents', values: counts('userAgents') },
    { label: 'sources', values: counts('sourceAddresses') },
    { label: 'keys', values: cut(evidence.accessKeyIds, distinct.accessKeyIds, keyText) },
    { label: 'identity', values: plain('identityTypes') },
    { label: 'issuer', values: plain('issuers') },
    { label: 'sessions', values: sessions.count < 2 ? [] : sessionsOf(alert) },
    { label: 'since', values: plain('sessionsCreated') },
    { label: 'MFA', values: plain('mfa') },
    { label: 'source id', values: plain('sourceIdentities') },
    {
      label: 'console',
      values: evidence.fromConsole === 0 ? [] : [say`${evidence.fromConsole} with console credentials`],
    },
    { label: 'invoked by', values: plain('invokedBy') },
    { label: 'TLS hosts', values: hostsOf(evidence.tlsHosts) },
    { label: 'note', values: cut(evidence.gaps, distinct.gaps, (gap) => quote(gap, LONGEST_VALUE)) },
    { label: 'cut', values: evidence.shortened ? [ours('lists and texts were cut to fit the message')] : [] },
  ]);
}

function callsOf(alert: Alert): Text {
  const count = callCountOf(alert);
  return ours(isLowerBound(alert) ? `at least ${count}` : String(count));
}

/** What came of the calls. A dry run always ends in an error, which says whether it would have been allowed. */
function outcomeRows({ evidence }: Alert): Row[] {
  const { calls, failed, refused, allowedDryRuns } = evidence;
  if (calls === 0) return [{ label: 'denied', values: [ours('not known')] }];
  const codes = (isOne: (code: string) => boolean) => evidence.errorCodes.filter(({ value }) => isOne(value));
  const isOther = (code: string) => !isRefusal(code) && !isAllowedDryRun(code);
  const otherwise = failed - refused - allowedDryRuns;
  return [
    { label: 'denied', values: [refused === 0 ? ours('none') : withCodes(refused, codes(isRefusal))] },
    {
      label: 'failed',
      values: otherwise === 0 ? [] : [say`${withCodes(otherwise, codes(isOther))}, not denied`],
    },
    { label: 'dry runs', values: allowedDryRuns === 0 ? [] : [say`${allowedDryRuns} allowed (dry run)`] },
  ];
}

function withCodes(calls: number, codes: readonly Counted[]): Text {
  const named = codes
    .slice(0, MOST_LISTED)
    .map(({ value, calls: made }) => say`${quote(value, 80)} ${made}x`);
  const more = codes.length > named.length ? [ours('…')] : [];
  return named.length === 0 ? ours(String(calls)) : say`${calls} (${joined([...named, ...more], ', ')})`;
}

function countedText({ value, calls }: Counted): Text {
  return say`${calls}x  ${quote(value, LONGEST_VALUE)}`;
}

function plainText({ value }: Counted): Text {
  return quote(value, LONGEST_VALUE);
}

function keyText({ value, calls }: Counted): Text {
  const id = keyIdOf(value);
  const kind = id === undefined ? '' : id.startsWith('AKIA') ? '  long-lived' : '  temporary';
  return say`${calls}x  ${quote(value, 130)}${ours(kind)}`;
}

function sessionsOf({ evidence: { sessions, arns } }: Alert): Text[] {
  return [
    say`${sessions.count}, ${sessions.inOneRegion} of them in one region only`,
    ...cut(arns, sessions.count, countedText),
  ];
}

/** The endpoints of EC2 are told by the regions; what is not one of them is worth a line. */
function hostsOf(hosts: readonly Counted[]): Text[] {
  const strange = hosts.filter(({ value }) => !/^ec2\.(?:[a-z]+-)+\d\.amazonaws\.com(?:\.cn)?$/.test(value));
  return cut(strange, strange.length, countedText);
}
