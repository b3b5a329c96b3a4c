import { RULE } from '../detection/rule';
import { type Scope, scopePrefix } from '../detection/store-keys';
import { hashHex, minOf } from '../util/values';
import { ALERT_SECONDS, type JsonItem, readValue, type StateStore, updateItem } from './store';

/**
 * What the published alerts of one identity contained, so that the next can say what is new: the value of one item per
 * identity, and its pure transition. Seconds are UTC epoch.
 */
export interface EarlierAlerts {
  /** by start; those of the last 60 days, at most MAX_ALERTS */
  readonly alerts: readonly AlertTraits[];
}

export const TRAITS = ['regions', 'addresses', 'agents', 'hosts', 'keys'] as const;

export type Trait = (typeof TRAITS)[number];

export interface AlertTraits {
  readonly alertId: string;
  readonly start: number;
  readonly values: Readonly<Record<Trait, readonly string[]>>;
  /** fields that had more values than are kept */
  readonly cut: readonly Trait[];
}

export const NO_EARLIER_ALERTS: EarlierAlerts = { alerts: [] };

/** With these bounds an item stays below DynamoDB's 400 KB, whatever a caller writes. */
const MAX_ALERTS = 100;
const MAX_VALUES: Readonly<Record<Trait, number>> = { regions: 40, addresses: 10, agents: 5, hosts: 5, keys: 5 };
const MAX_LENGTH = 45;

/** @param values by descending frequency */
export function traitsOf(alertId: string, start: number, values: AlertTraits['values']): AlertTraits {
  // A longer value is not worth reading, and its hash compares as well.
  const short = (value: string) => (value.length <= MAX_LENGTH ? value : hashHex(16, value));
  const kept = (trait: Trait) => values[trait].slice(0, MAX_VALUES[trait]).map(short).sort();
  return {
    ...{ alertId, start },
    values: Object.fromEntries(TRAITS.map((trait) => [trait, kept(trait)])) as Record<Trait, string[]>,
    cut: TRAITS.filter((trait) => values[trait].length > MAX_VALUES[trait]),
  };
}

/** Adds alerts. A repeated alert replaces itself, so that it is never its own history. */
export function addAlerts({ alerts }: EarlierAlerts, added: readonly AlertTraits[]): EarlierAlerts {
  const byId = new Map([...alerts, ...added].map((alert) => [alert.alertId, alert]));
  const all = [...byId.values()].sort((a, b) => a.start - b.start || (a.alertId < b.alertId ? -1 : 1));
  const oldest = (all.at(-1)?.start ?? 0) - ALERT_SECONDS;
  return { alerts: all.filter(({ start }) => start >= oldest).slice(-MAX_ALERTS) };
}

/** UTC epoch second from which nothing was dropped: `since`, or the start of the oldest alert if the item is full. */
export function rememberedSince({ alerts }: EarlierAlerts, since: number): number {
  return alerts.length < MAX_ALERTS ? since : Math.max(since, minOf(alerts.map(({ start }) => start)));
}

/**
 * The identity under which an actor's alerts are remembered: for a session its role, since sessions come and go; for
 * IAM Identity Center the session, which is the person. Source: IAM user guide, "IAM identifiers"; session ARNs have
 * the role's name without its path.
 */
export function identityOfActor(actor: string): { readonly name: string; readonly isRole: boolean } {
  const [, prefix, account, type, path = ''] =
    /^(arn:[^:]*):(?:iam|sts)::(\d*):(assumed-role|role)\/(.+)$/s.exec(actor) ?? [];
  const role = type === 'role' ? path.split('/').at(-1) : path.split('/', 1)[0];
  if (prefix !== undefined && !role!.startsWith('AWSReservedSSO_')) {
    return { name: `${prefix}:iam::${account}:role/${role}`, isRole: true };
  }
  const issuer = /^(AROA[A-Z0-9]+):/.exec(actor)?.[1];
  return issuer === undefined ? { name: actor, isRole: false } : { name: issuer, isRole: true };
}

const DAY_SECONDS = 86_400;

const partitionKeyOf = (scope: Scope) => `${scopePrefix(scope)}${RULE.id}/actors`;

function earlierAlertsItem(identity: string, scope: Scope): JsonItem<EarlierAlerts> {
  return { key: { partitionKey: partitionKeyOf(scope), sortKey: hashHex(16, identity) }, absent: NO_EARLIER_ALERTS };
}

/** @returns everything remembered of the identity, these included @throws ServiceError */
export function rememberAlerts(
  store: StateStore,
  identity: string,
  scope: Scope,
  added: readonly AlertTraits[],
  now: number,
): Promise<EarlierAlerts> {
  return updateItem(store, earlierAlertsItem(identity, scope), now, (known) => addAlerts(known, added));
}

/**
 * The UTC epoch second since which alerts are remembered: that of the first call. Renewed once a day, so that it lives
 * while anything is published at least every 60 days.
 * @throws ServiceError
 */
export async function memorySince(store: StateStore, scope: Scope, now: number): Promise<number> {
  const second = Math.floor(now);
  const { since } = await updateItem(store, sinceItem(scope, second), now, (memory) =>
    memory.renewed > second - DAY_SECONDS ? undefined : { ...memory, renewed: second },
  );
  return since;
}

function sinceItem(scope: Scope, since: number): JsonItem<{ readonly since: number; readonly renewed: number }> {
  return { key: { partitionKey: partitionKeyOf(scope), sortKey: 'since' }, absent: { since, renewed: 0 } };
}

/** What is remembered of an identity, and since when; read only. @throws ServiceError */
export async function readEarlierAlerts(store: StateStore, identity: string, scope: Scope, now: number) {
  const earlier = await readValue(store, earlierAlertsItem(identity, scope));
  return { earlier, since: (await readValue(store, sinceItem(scope, now))).since };
}
