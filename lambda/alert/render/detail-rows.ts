import { plural, present } from '../../util/values';
import { isRefusal, outcomeOf } from '../evidence/actions';
import { MAX_VALUES } from '../evidence/collector';
import type { Counted, Evidence, Neighbour, OtherCall, OtherKind, SignIn, ValueKind } from '../evidence/model';
import { keyKindOf } from '../identity';
import { type Alert, accountText, callCountOf, isLowerBound, type Row, TRUNCATED } from '../model';
import { amount, commaList, instant, join, type Text, text, trusted, untrusted } from '../text';

const MAX_LISTED = 5;
const NO_FILE = trusted('no log file for this period (delivery may be late, or no calls were made)');

/** Details of the calls, in order of interest; rows without a value are omitted. */
export function rowsOf(alert: Alert): Row[] {
  const { account, accountName, evidence, rule } = alert;
  const { distinct, fromConsole } = evidence;
  const counts = (kind: ValueKind) => listed(evidence[kind], distinct[kind], countedText);
  const plain = (kind: ValueKind) => listed(evidence[kind], distinct[kind], ({ value }) => untrusted(value));
  const atLeast = isLowerBound(alert) ? 'at least ' : '';
  return withValues([
    row('window', text`${instant(alert.start)} to ${instant(alert.end)} (${trusted(rule.windowing)})`),
    row('actor', untrusted(alert.actor, 600)),
    row('account', account === undefined ? ['not in the records'] : accountText(account, accountName)),
    row('regions', [String(alert.regions.length)]),
    row('calls', [`${atLeast}${callCountOf(alert)}`]),
    ...outcomeRows(evidence),
    row('parameters', ...counts('parameters')),
    row('user agents', ...counts('userAgents')),
    row('sources', ...counts('sourceAddresses')),
    row('access keys', ...listed(evidence.accessKeyIds, distinct.accessKeyIds, keyText)),
    row('identity type', ...plain('identityTypes')),
    row('issuer', ...plain('issuers')),
    row('sessions', ...sessionsOf(evidence)),
    row('session created', ...plain('sessionsCreated')),
    row('MFA', ...plain('mfa')),
    row('source identity', ...plain('sourceIdentities')),
    row('console', fromConsole > 0 && text`${amount(fromConsole, 'call')} with console-session credentials`),
    row('issued to', ...plain('issuedTo')),
    row('VPC endpoints', ...counts('vpcEndpoints')),
    row('endpoint owners', ...counts('vpcEndpointAccounts')),
    row('invoked by', ...plain('invokedBy')),
    row('TLS hosts', ...hostsOf(evidence)),
    row('note', ...listed(evidence.gaps, distinct.gaps, (gap) => untrusted(gap))),
    row('truncated', evidence.shortened && [TRUNCATED]),
  ]);
}

/** Results of the calls. A dry run always ends in an error, which says whether it would have been allowed. */
function outcomeRows({ calls, failed, refused, allowedDryRuns, errorCodes }: Evidence): Row[] {
  if (calls === 0) return [row('denied', ['unknown'])];
  const withCodes = (count: number, isOne: (code: string) => boolean): Text => {
    const codes = errorCodes.filter(({ value }) => isOne(value));
    const named = codes.map(({ value, calls: made }) => text`${untrusted(value, 80)} ${made}x`);
    return named.length === 0 ? [String(count)] : text`${count} (${commaList(named, MAX_LISTED)})`;
  };
  const otherwise = failed - refused - allowedDryRuns;
  const isDenied = (code: string) => isRefusal(outcomeOf(code));
  const isOther = (code: string) => !isDenied(code) && outcomeOf(code) !== 'allowed';
  return [
    row('denied', refused === 0 ? ['none'] : withCodes(refused, isDenied)),
    row('other errors', otherwise > 0 && withCodes(otherwise, isOther)),
    row('dry runs', allowedDryRuns > 0 && text`${allowedDryRuns} would have been allowed`),
  ];
}

function countedText({ value, calls }: Counted): Text {
  return text`${calls}x  ${untrusted(value)}`;
}

function keyText({ value, calls }: Counted): Text {
  const kind = keyKindOf(value);
  return text`${calls}x  ${untrusted(value, 130)}${trusted(kind === 'unknown' ? '' : `  ${kind}`)}`;
}

function sessionsOf({ sessions: { count, inOneRegion }, arns }: Evidence): Text[] {
  if (count < 2) return [];
  return [text`${count}; ${inOneRegion} of them called a single region each`, ...listed(arns, count, countedText)];
}

/** The regions imply EC2's endpoints; only others are worth a line. */
function hostsOf({ tlsHosts }: Evidence): Text[] {
  const strange = tlsHosts.filter(({ value }) => !/^ec2\.(?:[a-z]+-)+\d\.amazonaws\.(?:com(?:\.cn)?|eu)$/.test(value));
  return listed(strange, strange.length, countedText);
}

/** Sign-ins are listed one by one. */
const LISTED_KINDS: readonly OtherKind[] = ['sensitive', 'other', 'discovery'];

export function otherRows({ evidence, actor }: Alert): Row[] {
  const { otherCalls, distinct, neighbours, siblings } = evidence;
  const kinds = LISTED_KINDS.map((kind) => {
    const calls = otherCalls.filter((call) => call.kind === kind);
    return row(`${kind} calls`, ...listed(calls, distinct.otherCalls[kind], otherCallText, 2 * MAX_LISTED));
  });
  const callsOf = ({ actor, calls }: Neighbour) => text`${untrusted(actor, 300)}, ${amount(calls, 'call')}`;
  const neighbourText = (one: Neighbour) => text`${callsOf(one)} from ${untrusted(one.shares, 60)}`;
  const siblingText = (one: Neighbour) => text`${callsOf(one)} in ${amount(one.regions, 'region')}`;
  return withValues([
    ...kinds,
    row('sign-ins', ...signInsOf(evidence, actor)),
    row('same address', ...listed(neighbours, distinct.neighbours, neighbourText)),
    row('other sessions', ...listed(siblings, distinct.siblings, siblingText)),
  ]);
}

function otherCallText({ service, name, calls, failed, regions }: OtherCall): Text {
  const where = regions === 1 ? '' : ` in ${regions} regions`;
  const failures = failed === 0 ? '' : failed === calls ? ', failed' : `, ${failed} failed`;
  return text`${untrusted(service, 40)} ${untrusted(name, 80)} ${calls}x${trusted(where + failures)}`;
}

/** The last ones, and before them the one that opened the session. */
function signInsOf({ signIns, distinct }: Evidence, actor: string): Text[] {
  const last = signIns.slice(-MAX_LISTED);
  const began = signIns.filter((one) => one.began && !last.includes(one)).slice(-1);
  return listed([...began, ...last], distinct.signIns, (one) => signInText(one, actor), MAX_LISTED + 1);
}

function signInText({ name, second, by, region, failed, detail, role }: SignIn, actor: string): Text {
  const who = by === actor ? [] : text` by ${untrusted(by, 300)}`;
  const what = role === undefined ? [] : text` of ${untrusted(role, 150)}`;
  const more = detail === undefined ? [] : text` (${untrusted(detail, 60)})`;
  return text`${instant(second)} ${untrusted(name, 60)}${what} in ${untrusted(region, 30)}${who}${more}${trusted(failed ? ', failed' : '')}`;
}

/** Which files had arrived when the alert was raised, and what else was searched. */
export function searchRows({ evidence: { search, distinct } }: Alert): Row[] {
  const { named, read, nearby, listRequests, arrived, missing, notSearched } = search;
  const files = read === named ? plural(read, 'file') : `${read === 0 ? 'none' : read} of ${plural(named, 'file')}`;
  const others = nearby === 0 ? '' : `, plus ${nearby} others searched for sign-ins, role assumptions and other calls`;
  const requests = listRequests === 0 ? '' : ` (${plural(listRequests, 'list request')})`;
  const late = missing.map((region) => untrusted(region, 30));
  return withValues([
    row('read', [`${files} with the calls${others}${requests}`]),
    row('arrived', arrived && text`files for this period from ${amount(arrived.length, 'region')}`),
    row('not arrived', missing.length > 0 && text`${join(late, ', ')}: ${NO_FILE}`),
    row('not searched', ...listed(notSearched, distinct.notSearched, (what) => untrusted(what), 2 * MAX_LISTED)),
  ]);
}

export function row(label: string, ...values: readonly (Text | false | undefined)[]): Row {
  return { label, values: present(values) };
}

export function withValues(rows: readonly Row[]): Row[] {
  return rows.filter(({ values }) => values.length > 0);
}

/** The first of a list, and how many more there are. @param count of all: the list may be truncated already */
function listed<T>(values: readonly T[], count: number, textOf: (value: T) => Text, max: number = MAX_LISTED): Text[] {
  const shown = values.slice(0, max).map(textOf);
  const rest = count - shown.length;
  if (rest <= 0) return shown;
  return [...shown, text`and ${rest} ${trusted(count >= MAX_VALUES ? 'or more' : 'more')}`];
}
