import { formatInstant } from '../time';
import type { Alert } from './alert';
import type { Counted, OtherCall, OtherKind, SignIn } from './evidence/evidence';
import { keyIdOf } from './quoting';
import type { Row } from './report';
import { joined, many, ours, quote, say, type Text } from './text';

const MOST_LISTED = 5;
const LONGEST_VALUE = 200;

/** What a reader wants to know of the calls, in order; rows without a value are left out. */
export function rowsOf(alert: Alert): Row[] {
  const { evidence, rule } = alert;
  const { sessions } = evidence;
  return given([
    {
      label: 'window',
      values: [ours(`${formatInstant(alert.start)} to ${formatInstant(alert.end)} (${rule.windowing})`)],
    },
    { label: 'actor', values: [quote(alert.actor, 600)] },
    { label: 'account', values: [quote(alert.account ?? 'not told by the records')] },
    { label: 'regions', values: [ours(String(alert.regions.length))] },
    { label: 'calls', values: [callsOf(alert)] },
    { label: 'denied', values: [deniedOf(alert)] },
    { label: 'asked for', values: listed(evidence.parameters) },
    { label: 'user agents', values: listed(evidence.userAgents) },
    { label: 'sources', values: listed(evidence.sourceAddresses) },
    { label: 'keys', values: keysOf(evidence.accessKeyIds) },
    {
      label: 'identity',
      values: evidence.identityTypes.slice(0, MOST_LISTED).map(({ value }) => quote(value)),
    },
    { label: 'issuer', values: plain(evidence.issuers) },
    { label: 'sessions', values: sessions.count < 2 ? [] : sessionsOf(alert) },
    { label: 'since', values: plain(evidence.sessionsCreated) },
    { label: 'MFA', values: plain(evidence.mfa) },
    { label: 'source id', values: plain(evidence.sourceIdentities) },
    {
      label: 'console',
      values: evidence.fromConsole === 0 ? [] : [say`${evidence.fromConsole} with console credentials`],
    },
    { label: 'invoked by', values: plain(evidence.invokedBy) },
    { label: 'TLS hosts', values: hostsOf(evidence.tlsHosts) },
    { label: 'note', values: evidence.gaps.slice(0, MOST_LISTED).map((gap) => quote(gap, LONGEST_VALUE)) },
    { label: 'cut', values: evidence.shortened ? [ours('lists and texts were cut to fit the message')] : [] },
  ]);
}

const KIND_LABELS: Readonly<Record<OtherKind, string>> = {
  sensitive: 'sensitive',
  'sign-in': 'sign-in',
  other: 'other',
  discovery: 'discovery',
};
/** Sign-ins are told one by one. */
const LISTED_KINDS: readonly OtherKind[] = ['sensitive', 'other', 'discovery'];

/** What else was seen of the actor, and who was seen beside it. */
export function otherRows({ evidence, actor }: Alert): Row[] {
  const kinds = LISTED_KINDS.map((kind) => ({
    label: KIND_LABELS[kind],
    values: callsText(evidence.otherCalls.filter((call) => call.kind === kind)),
  }));
  return given([
    ...kinds,
    { label: 'sign-in', values: evidence.signIns.slice(-MOST_LISTED).map((one) => signInText(one, actor)) },
    {
      label: 'neighbours',
      values: evidence.neighbours
        .slice(0, MOST_LISTED)
        .map(({ actor, shares, calls }) => say`${quote(actor, 300)} ${calls}x from ${quote(shares, 60)}`),
    },
    {
      label: 'siblings',
      values: evidence.siblings
        .slice(0, MOST_LISTED)
        .map(
          ({ actor, calls, regions }) =>
            say`${quote(actor, 300)} ${calls}x in ${ours(many(regions, 'region'))}`,
        ),
    },
  ]);
}

function signInText({ name, second, by, region, failed, detail }: SignIn, actor: string): Text {
  const who = by === actor ? [] : say` by ${quote(by, 300)}`;
  const more = detail === undefined ? [] : say` (${quote(detail, 60)})`;
  return say`${ours(formatInstant(second))} ${quote(name, 60)} in ${quote(region, 30)}${who}${more}${ours(failed ? ', failed' : '')}`;
}

/** Which files had arrived when it was decided, and what was looked for beside them. */
export function searchRows({ evidence: { search } }: Alert): Row[] {
  const { told, beside, lists, arrived, missing, notSearched } = search;
  const files = `${many(told, 'file')} that tell of the calls${beside === 0 ? '' : `, ${beside} beside them for sign-ins, role assumptions and other calls`}`;
  return given([
    { label: 'read', values: [ours(`${files}${lists === 0 ? '' : ` (${many(lists, 'list request')})`}`)] },
    {
      label: 'arrived',
      values:
        arrived === undefined ? [] : [say`files of this time from ${ours(many(arrived.length, 'region'))}`],
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
      values: notSearched.slice(0, MOST_LISTED).map((what) => quote(what, LONGEST_VALUE)),
    },
  ]);
}

function given(rows: readonly Row[]): Row[] {
  return rows.filter(({ values }) => values.length > 0);
}

function callsOf({ evidence: { calls, gaps } }: Alert): Text {
  return ours(gaps.length === 0 ? String(calls) : `at least ${calls}`);
}

function deniedOf({ evidence: { denied, errorCodes } }: Alert): Text {
  if (denied === 0) return ours('none');
  const codes = errorCodes
    .slice(0, MOST_LISTED)
    .map(({ value, calls }) => say`${quote(value, 80)} ${calls}x`);
  return codes.length === 0 ? ours(String(denied)) : say`${denied} (${joined(codes, ', ')})`;
}

function listed(counted: readonly Counted[]): Text[] {
  return cut(counted, ({ value, calls }) => say`${calls}x  ${quote(value, LONGEST_VALUE)}`);
}

function plain(counted: readonly Counted[]): Text[] {
  return cut(counted, ({ value }) => quote(value, LONGEST_VALUE));
}

function cut<T>(values: readonly T[], text: (value: T) => Text): Text[] {
  const shown = values.slice(0, MOST_LISTED).map(text);
  const rest = values.length - shown.length;
  return rest > 0 ? [...shown, say`and ${rest} more`] : shown;
}

function keysOf(keys: readonly Counted[]): Text[] {
  return cut(keys, ({ value, calls }) => {
    const id = keyIdOf(value);
    const kind = id === undefined ? '' : id.startsWith('AKIA') ? '  long-lived' : '  temporary';
    return say`${calls}x  ${quote(value, 130)}${ours(kind)}`;
  });
}

function sessionsOf({ evidence: { sessions, arns } }: Alert): Text[] {
  return [
    say`${sessions.count}, ${sessions.inOneRegion} of them in one region only`,
    ...cut(arns.slice(0, MOST_LISTED), ({ value, calls }) => say`${calls}x  ${quote(value, LONGEST_VALUE)}`),
  ];
}

/** The endpoints of EC2 are told by the regions; what is not one of them is worth a line. */
function hostsOf(hosts: readonly Counted[]): Text[] {
  const strange = hosts.filter(({ value }) => !/^ec2\.(?:[a-z]+-)+\d\.amazonaws\.com(?:\.cn)?$/.test(value));
  return listed(strange);
}

function callsText(calls: readonly OtherCall[]): Text[] {
  const texts = calls.slice(0, 2 * MOST_LISTED).map(({ service, name, calls: made, failed, regions }) => {
    const where = regions === 1 ? '' : ` in ${regions} regions`;
    const failures = failed === 0 ? '' : failed === made ? ', failed' : `, ${failed} failed`;
    return say`${quote(service, 40)} ${quote(name, 80)} ${made}x${ours(where + failures)}`;
  });
  const rest = calls.length - texts.length;
  return rest > 0 ? [...texts, say`and ${rest} more`] : texts;
}
