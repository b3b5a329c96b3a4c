import { isRefusal, outcomeOf } from '../alert/evidence/actions';
import { claimedTool, toolNamed } from '../alert/evidence/known-tools';
import { addressOf, globOf } from '../alert/guide/quoting';
import { consoleUseOf } from '../detection/caller';
import type { TrailRecord } from '../detection/classify';
import { exceptionOf } from '../detection/exception-document';
import type { ExceptionEntry } from '../detection/exceptions';
import { isPublic } from '../detection/ip';
import { formatInstant, getOrInsert, maxOf, minOf, plural, valueAt } from '../util/values';
import type { Findings, FoundAlert, Hidden } from './alerts';

/** A proposed exception for recurring alerts, to be confirmed. */
export interface Proposal {
  readonly entry: ExceptionEntry;
  readonly alerts: number;
  readonly share: number;
  /** UTC epoch seconds of the first and the last of them */
  readonly first: number;
  readonly last: number;
  readonly hides: Hidden & { readonly calls: number; readonly deniedCalls: number };
}

const MIN_ALERTS = 2;
const MAX_PROPOSALS = 50;

/** Days after which the exception must be confirmed again. */
const EXPIRY_SECONDS = 90 * 86_400;

/**
 * The narrowest exceptions that explain alerts which recur, the one that explains most first. None would have hidden a
 * suspicious alert, or a call of a tool of attackers.
 */
export async function proposeExceptions(findings: Findings, now: number): Promise<Proposal[]> {
  const { alerts, options } = findings;
  const { history, turn } = options;
  const alike = new Map<string, { conditions: Conditions; alerts: FoundAlert[] }>();
  for (const alert of alerts) {
    await turn();
    if (alert.verdict === 'suspicious') continue;
    const conditions = conditionsOf([...alert.callers.keys()].map((caller) => history.records[caller]!));
    if (conditions === undefined) continue;
    getOrInsert(alike, JSON.stringify(conditions), () => ({ conditions, alerts: [] })).alerts.push(alert);
  }
  const recurring = [...alike.values()].filter((group) => group.alerts.length >= MIN_ALERTS);
  const proposals: Proposal[] = [];
  for (const group of recurring.sort((a, b) => b.alerts.length - a.alerts.length)) {
    const proposal = await proposalOf(group.conditions, group.alerts, findings, now);
    if (proposal !== undefined) proposals.push(proposal);
    if (proposals.length === MAX_PROPOSALS) break;
  }
  return proposals;
}

async function proposalOf(
  conditions: Conditions,
  explained: readonly FoundAlert[],
  findings: Findings,
  now: number,
): Promise<Proposal | undefined> {
  const { history, isCounted, turn } = findings.options;
  const count = findings.alerts.length;
  const starts = explained.map(({ start }) => start);
  const [first, last] = [minOf(starts), maxOf(starts)];
  const days = [first, last].map((second) => formatInstant(second).slice(0, 10)).join(' to ');
  const entry: ExceptionEntry = {
    ...conditions,
    reason: `why this is expected (proposed by a backtest: ${explained.length} of ${plural(count, 'alert')}, ${days})`,
    owner: 'who says so',
    expires: formatInstant(now + EXPIRY_SECONDS).slice(0, 10),
  };
  const { matches } = exceptionOf('proposal', entry);
  const alike = await history.matching(matches, turn);
  const isHidden = (caller: number) => alike[caller]! && isCounted(caller);
  if (history.records.some((record, caller) => isHidden(caller) && isOfAttackers(record))) return undefined;
  const hidden = await findings.without(isHidden);
  if (hidden.suspicious > 0) return undefined;
  let [calls, deniedCalls] = [0, 0];
  for (const [caller, made] of history.table.counts().entries()) {
    if (!isHidden(caller)) continue;
    calls += made;
    deniedCalls += isDenied(history.records[caller]!) ? made : 0;
  }
  const hides = { calls, deniedCalls, ...hidden };
  return { entry, alerts: explained.length, share: explained.length / count, first, last, hides };
}

type Conditions = Omit<ExceptionEntry, 'reason' | 'owner' | 'expires'>;

/** Identity and origin that all calls of an alert share; undefined without either, and for root. */
function conditionsOf(records: readonly TrailRecord[]): Conditions | undefined {
  if (records.some((record) => valueAt(record, 'userIdentity', 'type') === 'Root')) return undefined;
  const who = whoOf(records);
  const where = whereOf(records);
  if (who === undefined || where === undefined) return undefined;
  const product = common(records.map(({ userAgent }) => /^[\w.+-]{2,40}(?=\/)/.exec(String(userAgent))?.[0]));
  // The caller chooses it: it narrows, and decides nothing.
  const agent = product === undefined || where.consolePage ? {} : { userAgent: `${product}/*` };
  return { ...who, ...where, ...agent };
}

/** Tomorrow's session has another name; its role stays. */
function whoOf(records: readonly TrailRecord[]): Conditions | undefined {
  const issuer = common(
    records.map((record) => valueAt(record, 'userIdentity', 'sessionContext', 'sessionIssuer', 'arn')),
  );
  if (issuer?.startsWith('arn:')) return globbed('issuer', issuer);
  const arn = common(records.map((record) => valueAt(record, 'userIdentity', 'arn')));
  return arn?.startsWith('arn:') ? globbed('arn', arn) : undefined;
}

function globbed(field: 'issuer' | 'arn', value: string): Conditions | undefined {
  const glob = globOf(value);
  return glob === undefined ? undefined : { [field]: glob };
}

function whereOf(records: readonly TrailRecord[]): Conditions | undefined {
  const sources = records.map(({ sourceIPAddress }) => sourceIPAddress);
  const address = addressOf(common(sources) ?? '');
  if (records.every((record) => consoleUseOf(record) === 'page')) return { consolePage: true };
  const vpcEndpoint = common(records.map(({ vpcEndpointId }) => vpcEndpointId));
  if (vpcEndpoint !== undefined) {
    if (!/^vpce-[0-9a-f]{8,17}$/.test(vpcEndpoint)) return undefined;
    return address === undefined ? { vpcEndpoint } : { vpcEndpoint, source: address };
  }
  if (address !== undefined) return isPublic(address) ? { source: address } : undefined;
  const service = common(sources);
  if (service !== undefined)
    return /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com$/.test(service) ? { source: service } : undefined;
  const network = common(sources.map((source) => networkOf(source)));
  return network === undefined ? undefined : { source: network };
}

/** The 256 addresses around a public one of IPv4. */
function networkOf(source: unknown): string | undefined {
  if (typeof source !== 'string' || !/^[\d.]+$/.test(source) || addressOf(source) === undefined) return undefined;
  return isPublic(source) ? source.replace(/\d+$/, '0/24') : undefined;
}

/** The text that all values are. */
function common(values: readonly unknown[]): string | undefined {
  const [value] = values;
  return typeof value === 'string' && value !== '' && values.every((other) => other === value) ? value : undefined;
}

function isOfAttackers({ userAgent }: TrailRecord): boolean {
  const claim = typeof userAgent === 'string' ? claimedTool(userAgent) : undefined;
  return claim !== undefined && toolNamed(claim).kind === 'attack';
}

const isDenied = ({ errorCode }: TrailRecord) => typeof errorCode === 'string' && isRefusal(outcomeOf(errorCode));
