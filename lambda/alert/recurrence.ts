import type { Detection } from '../detection/detections';
import { isIp, isPublic } from '../detection/ip';
import {
  type AlertTraits,
  type EarlierAlerts,
  rememberedSince,
  TRAITS,
  type Trait,
  traitsOf,
} from '../state/earlier-alerts';
import { ALERT_SECONDS } from '../state/store';
import { type Evidence, valuesOf } from './evidence/model';

/** How an alert compares with earlier ones of the same identity. Seconds are UTC epoch. */
export interface Recurrence {
  /** the memory: the detector's state, or what a replay has read so far */
  readonly memory: 'state' | 'replay';
  /** since when the memory is complete; `undefined` if unknown */
  readonly since: number | undefined;
  /** whole days before the alert that `earlier` covers; 0 if it covers all since `since` */
  readonly days: number;
  readonly earlier: number;
  /** start of the last earlier one */
  readonly last: number | undefined;
  /** kinds of values of which all were in earlier alerts */
  readonly same: readonly (Trait | 'hour')[];
  /** how many values were in no earlier alert */
  readonly added: Readonly<Partial<Record<Trait, number>>>;
  /** whether the same credential recurs from the same place on different days */
  readonly isUsual: boolean;
}

const DAY_SECONDS = 86_400;
const USUAL_DAYS = 3;

/** The values of a detection that are compared. Keys of sessions are always new, so only long-lived ones count. */
export function traitsOfAlert(alertId: string, { start, regions }: Detection, evidence: Evidence): AlertTraits {
  // An updated program is the same, and regions are compared by themselves.
  const agents = valuesOf(evidence.userAgents).map((agent) => agent.replace(/\d+(?:[.-]\d+)*/g, '#'));
  const hosts = valuesOf(evidence.tlsHosts).map((host) => host.replace(/\b[a-z]{2}(?:-[a-z]+)+-\d+\b/, '*'));
  return traitsOf(alertId, start, {
    regions: regions.map(({ region }) => region),
    addresses: valuesOf(evidence.sourceAddresses),
    agents: [...new Set(agents)],
    hosts: [...new Set(hosts)],
    keys: valuesOf(evidence.accessKeyIds).filter((key) => key.startsWith('AKIA')),
  });
}

/**
 * Compares an alert with those of its identity that began before it, whenever they were published.
 * @param since UTC epoch second from which alerts are remembered; `undefined` if unknown
 * @returns nothing for an alert from before that day
 */
export function recurrenceOf(
  alert: AlertTraits,
  remembered: EarlierAlerts,
  memory: Recurrence['memory'],
  since: number | undefined,
): Recurrence | undefined {
  const { start, alertId } = alert;
  const kept = since === undefined ? undefined : rememberedSince(remembered, since);
  if (kept !== undefined && dayOf(kept) > start) return undefined;
  const all = remembered.alerts.filter((one) => one.alertId !== alertId && one.start < start);
  const { days, earlier } = countedIn(all, start, kept);
  const compared = TRAITS.map((trait) => [trait, unknownOf(trait, alert, earlier)] as const);
  const same = compared.filter(([trait, unknown]) => alert.values[trait].length > 0 && unknown === 0);
  const isSameHour = earlier.filter((one) => hoursApart(one.start, start) <= 1).length * 2 >= earlier.length;
  const isFirst = earlier.length === 0;
  const isAllKnown = compared.every(([, unknown]) => unknown === 0);
  return {
    memory,
    since: kept,
    days,
    earlier: earlier.length,
    last: earlier.at(-1)?.start,
    same: isFirst ? [] : [...same.map(([trait]) => trait), ...(isSameHour ? (['hour'] as const) : [])],
    added: isFirst ? {} : Object.fromEntries(compared.filter(([, unknown]) => unknown !== undefined && unknown > 0)),
    isUsual: isAllKnown && isFromKnownPlace(alert) && daysOf(earlier) >= USUAL_DAYS,
  };
}

/** The earlier alerts of 30 days, else of the longest time, else of as much as is remembered. */
function countedIn(all: readonly AlertTraits[], start: number, since: number | undefined) {
  const most = since === undefined ? 0 : Math.floor((start - since) / DAY_SECONDS);
  for (const days of [30, ALERT_SECONDS / DAY_SECONDS]) {
    const earlier = all.filter((one) => one.start >= start - days * DAY_SECONDS);
    if (most >= days && earlier.length > 0) return { days, earlier };
  }
  // Files arrive after their calls, so the first alerts began before the memory did.
  const earlier = all.filter((one) => since === undefined || one.start >= dayOf(since));
  const days = Math.min(Math.max(most, 0), ALERT_SECONDS / DAY_SECONDS);
  return { days: earlier.length > 0 ? 0 : days, earlier };
}

function dayOf(second: number): number {
  return second - (second % DAY_SECONDS);
}

/** How many values no earlier alert had; `undefined` if unknown. */
function unknownOf(trait: Trait, { values, cut }: AlertTraits, earlier: readonly AlertTraits[]): number | undefined {
  if (cut.includes(trait) || earlier.some((one) => one.cut.includes(trait))) return undefined;
  const known = new Set(earlier.flatMap((one) => one.values[trait]));
  return values[trait].filter((value) => !known.has(value)).length;
}

/** Seconds between two times of day. */
function hoursApart(one: number, other: number): number {
  const apart = Math.abs((one % DAY_SECONDS) - (other % DAY_SECONDS)) / 3600;
  return Math.min(apart, 24 - apart);
}

/** By a public address or a service: private addresses exist everywhere. */
function isFromKnownPlace({ values: { addresses } }: AlertTraits): boolean {
  return addresses.length > 0 && addresses.every((address) => !isIp(address) || isPublic(address));
}

function daysOf(alerts: readonly AlertTraits[]): number {
  return new Set(alerts.map(({ start }) => dayOf(start))).size;
}
