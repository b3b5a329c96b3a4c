import { RULE } from '../rule/rule';
import { formatInstant } from '../time';
import type { Alert } from './alert';
import type { Counted, Evidence } from './evidence/evidence';

/** A labelled fact of an alert. Values may quote what an attacker wrote: each renderer makes them safe its own way. */
export interface Fact {
  readonly label: string;
  readonly values: readonly string[];
}

const MOST_LISTED = 5;

/** What a reader wants to know first, in order; facts without a value are left out. */
export function factsOf(alert: Alert): Fact[] {
  const { evidence } = alert;
  const window = `${formatInstant(alert.start)} to ${formatInstant(alert.end)} (${alert.rule.windowing})`;
  return [
    { label: 'window', values: [window] },
    { label: 'actor', values: [alert.actor] },
    { label: 'account', values: [alert.account ?? 'not told by the records'] },
    { label: 'regions', values: [String(alert.regions.length)] },
    { label: 'calls', values: [callsOf(evidence)] },
    { label: 'denied', values: [deniedOf(evidence)] },
    { label: 'user agents', values: listed(evidence.userAgents) },
    { label: 'sources', values: listed(evidence.sourceAddresses) },
    { label: 'keys', values: listed(evidence.accessKeyIds) },
    { label: 'alert id', values: [alert.alertId] },
    { label: 'technique', values: [`MITRE ${RULE.threat.technique.id} ${RULE.threat.technique.name}`] },
    { label: 'note', values: evidence.gaps.slice(0, MOST_LISTED) },
    { label: 'cut', values: evidence.shortened ? ['lists and texts were cut to fit the message'] : [] },
  ].filter(({ values }) => values.length > 0);
}

function callsOf({ calls, gaps }: Evidence): string {
  return gaps.length === 0 ? String(calls) : `at least ${calls}`;
}

function deniedOf({ denied, errorCodes }: Evidence): string {
  if (denied === 0) return 'none';
  const codes = errorCodes.slice(0, MOST_LISTED).map(({ value, calls }) => `${value} ${calls}x`);
  return codes.length === 0 ? String(denied) : `${denied} (${codes.join(', ')})`;
}

function listed(counted: readonly Counted[]): string[] {
  const shown = counted.slice(0, MOST_LISTED).map(({ value, calls }) => `${calls}x  ${value}`);
  const rest = counted.length - shown.length;
  return rest > 0 ? [...shown, `and ${rest} more`] : shown;
}
