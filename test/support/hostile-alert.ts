import { assess } from '../../lambda/alert/assemble';
import { type Counted, type Evidence, OUTCOMES, VALUE_KINDS, type ValueKind } from '../../lambda/alert/evidence/model';
import type { Alert } from '../../lambda/alert/model';
import { REGIONS, T0 } from './records';
import { ruleWith } from './windows';

/**
 * An alert in which everything that a record may say is `text`, in as many copies as evidence ever keeps.
 * @param text made anew for each place, by its number
 */
export function hostileAlert(text: (place: number) => string): Alert {
  let place = 0;
  const next = () => text(place++);
  const list = (): Counted[] => Array.from({ length: 50 }, () => ({ value: next(), calls: 3 }));
  const beside = () => Array.from({ length: 20 }, () => ({ actor: next(), shares: next(), calls: 2, regions: 1 }));
  const lists = Object.fromEntries(VALUE_KINDS.map((kind) => [kind, list()])) as Record<ValueKind, Counted[]>;
  const actor = next();
  const regions = REGIONS.map((name, index) => ({
    name: index === 0 ? next() : name,
    first: T0,
    last: T0 + 9,
    calls: 4,
    failed: 2,
    refused: 1,
  }));
  const evidence = {
    ...lists,
    ...{
      calls: 100,
      failed: 25,
      refused: 20,
      allowedDryRuns: 1,
      fromConsole: 3,
      unfiltered: 100,
      dryRuns: 1,
    },
    outcomes: Object.fromEntries(
      OUTCOMES.map((outcome) => [outcome, { calls: 20, regions: 5 }]),
    ) as Evidence['outcomes'],
    around: { refused: 2, allowed: 3, firstAllowed: T0 + 40, othersAllowed: 4, first: T0 - 40 },
    elsewhere: list(),
    reopened: Array.from({ length: 20 }, next),
    consoleUses: { page: 2, shell: 0, program: 1 },
    claims: list(),
    contradictions: list(),
    timeline: regions.map(({ name }) => ({ region: name, second: T0 + 1, calls: 4, failed: 2, refused: 1 })),
    requests: Array.from({ length: 50 }, () => ({
      ...{ eventId: next(), region: next(), second: T0, error: next(), parameters: next() },
    })),
    otherCalls: Array.from({ length: 60 }, (_, index) => ({
      kind: (['sensitive', 'discovery', 'sign-in', 'other'] as const)[index % 4]!,
      ...{ service: next(), name: next(), calls: 3, failed: 1, regions: 2, first: T0, last: T0 },
    })),
    signIns: Array.from({ length: 20 }, () => ({
      ...{ name: `AssumeRole${next()}`, second: T0, region: next(), by: next(), address: next() },
      ...{ failed: false, detail: next(), role: next(), began: true, isOwn: true, claim: next() },
    })),
    neighbours: beside(),
    siblings: beside(),
    sessions: { count: 50, inOneRegion: 50 },
    distinct: {
      ...(Object.fromEntries(VALUE_KINDS.map((kind) => [kind, 5000])) as Record<ValueKind, number>),
      ...{ ips: 4000, signIns: 90, neighbours: 80, siblings: 70, gaps: 2, notSearched: 1 },
      otherCalls: { sensitive: 15, discovery: 15, 'sign-in': 15, other: 900 },
    },
    search: {
      named: 12,
      read: 9,
      nearby: 3,
      listRequests: 18,
      arrived: [next()],
      missing: [next()],
      notSearched: [next()],
    },
    gaps: [next(), next()],
    owners: Array.from({ length: 50 }, () => ({
      ...{ address: next(), asn: 64500, organization: next(), country: next(), files: [next(), next()] },
    })),
    shortened: false,
  } satisfies Evidence;
  const sweep = {
    alertId: '0123456789abcdef0123456789abcdef',
    rule: ruleWith(),
    actor,
    account: next(),
    ...{ start: T0, end: T0 + 30, decidedAt: T0 + 9 },
    regions,
    evidence,
    objects: Array.from({ length: 200 }, next),
    partial: false,
  };
  return { ...sweep, assessment: assess(sweep) };
}
