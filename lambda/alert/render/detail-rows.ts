import { formatInstant, plural } from '../../util/values';
import { isAllowedDryRun, isRefusal } from '../evidence/call';
import { MAX_VALUES } from '../evidence/collector';
import type { Counted, OtherCall, OtherKind, SignIn, ValueKind } from '../evidence/model';
import { keyIdOf } from '../identity';
import { type Alert, callCountOf, isLowerBound } from '../model';
import { joined, ours, quote, say, type Text } from '../text';

/** A labelled fact. */
export interface Row {
  readonly label: string;
  readonly values: readonly Text[];
}

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
  const named = codes.slice(0, MAX_LISTED).map(({ value, calls: made }) => say`${quote(value, 80)} ${made}x`);
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

/** Sign-ins are told one by one. */
const LISTED_KINDS: readonly OtherKind[] = ['sensitive', 'other', 'discovery'];

/** What else was seen of the actor, and who was seen beside it. */
export function otherRows(alert: Alert): Row[] {
  const { evidence } = alert;
  const { distinct, neighbours, siblings } = evidence;
  const kinds = LISTED_KINDS.map((kind) => ({
    label: kind,
    values: cut(
      evidence.otherCalls.filter((call) => call.kind === kind),
      distinct.otherCalls[kind],
      otherCallText,
      2 * MAX_LISTED,
    ),
  }));
  return given([
    ...kinds,
    { label: 'sign-in', values: signInsOf(alert) },
    {
      label: 'neighbours',
      values: cut(
        neighbours,
        distinct.neighbours,
        ({ actor, shares, calls }) => say`${quote(actor, 300)} ${calls}x from ${quote(shares, 60)}`,
      ),
    },
    {
      label: 'siblings',
      values: cut(
        siblings,
        distinct.siblings,
        ({ actor, calls, regions }) => say`${quote(actor, 300)} ${calls}x in ${ours(plural(regions, 'region'))}`,
      ),
    },
  ]);
}

/** The last ones, and before them what began the session. */
function signInsOf({ evidence: { signIns, distinct }, actor }: Alert): Text[] {
  const last = signIns.slice(-MAX_LISTED);
  const began = signIns.filter((one) => one.began && !last.includes(one)).slice(-1);
  return cut([...began, ...last], distinct.signIns, (one) => signInText(one, actor), MAX_LISTED + 1);
}

function signInText({ name, second, by, region, failed, detail, role }: SignIn, actor: string): Text {
  const who = by === actor ? [] : say` by ${quote(by, 300)}`;
  const what = role === undefined ? [] : say` of ${quote(role, 150)}`;
  const more = detail === undefined ? [] : say` (${quote(detail, 60)})`;
  return say`${ours(formatInstant(second))} ${quote(name, 60)}${what} in ${quote(region, 30)}${who}${more}${ours(failed ? ', failed' : '')}`;
}

/** Which files had arrived when it was decided, and what was looked for beside them. */
export function searchRows({ evidence: { search, distinct } }: Alert): Row[] {
  const { named, read, nearby, listRequests, arrived, missing, notSearched } = search;
  const count = read === named ? plural(read, 'file') : `${read === 0 ? 'none' : read} of ${plural(named, 'file')}`;
  const files = `${count} that ${named === 1 ? 'tells' : 'tell'} of the calls${nearby === 0 ? '' : `, ${nearby} beside them for sign-ins, role assumptions and other calls`}`;
  return given([
    {
      label: 'read',
      values: [ours(`${files}${listRequests === 0 ? '' : ` (${plural(listRequests, 'list request')})`}`)],
    },
    {
      label: 'arrived',
      values: arrived === undefined ? [] : [say`files of this time from ${ours(plural(arrived.length, 'region'))}`],
    },
    {
      label: 'not yet',
      values:
        missing.length === 0
          ? []
          : [
              say`${joined(
                missing.map((region) => quote(region, 30)),
                ', ',
              )}: no file of this time yet, or nothing was called there`,
            ],
    },
    {
      label: 'not searched',
      values: cut(notSearched, distinct.notSearched, (what) => quote(what, LONGEST_VALUE), 2 * MAX_LISTED),
    },
  ]);
}

function otherCallText({ service, name, calls, failed, regions }: OtherCall): Text {
  const where = regions === 1 ? '' : ` in ${regions} regions`;
  const failures = failed === 0 ? '' : failed === calls ? ', failed' : `, ${failed} failed`;
  return say`${quote(service, 40)} ${quote(name, 80)} ${calls}x${ours(where + failures)}`;
}

/** How much of a list, and of a value, a row shows. */
export const MAX_LISTED = 5;

export const LONGEST_VALUE = 200;

/** The rows that have a value. */
export function given(rows: readonly Row[]): Row[] {
  return rows.filter(({ values }) => values.length > 0);
}

/**
 * The first of a list, and how many there are beside them.
 * @param count how many there are in all: a list may be cut before it comes here
 */
export function cut<T>(
  values: readonly T[],
  count: number,
  text: (value: T) => Text,
  most: number = MAX_LISTED,
): Text[] {
  const shown = values.slice(0, most).map(text);
  const rest = count - shown.length;
  if (rest <= 0) return shown;
  return [...shown, say`and ${rest} ${ours(count >= MAX_VALUES ? 'or more' : 'more')}`];
}
