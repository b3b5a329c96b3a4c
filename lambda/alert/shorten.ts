import type { Alert } from './alert';
import { type Counted, type Evidence, VALUE_KINDS, type ValueKind } from './evidence/evidence';
import { findingsOf, shortenedFindings } from './findings';
import type { Telling } from './telling';

/** How much is kept of each list, each text, the names of objects, and the actor's own name. */
export interface Cut {
  readonly values: number;
  readonly characters: number;
  readonly objects: number;
  readonly actor: number;
  readonly regions: number;
}

/**
 * From nearly everything to almost nothing. At the last nothing that anybody may write is long enough to matter: 40 names
 * of regions are more than there are, and each of a name's characters takes 28 bytes in the four forms at most.
 */
export const CUTS: readonly Cut[] = [
  { values: 50, characters: 2000, objects: 200, actor: 2048, regions: 100 },
  { values: 20, characters: 300, objects: 50, actor: 1024, regions: 60 },
  { values: 8, characters: 120, objects: 10, actor: 512, regions: 50 },
  { values: 3, characters: 60, objects: 3, actor: 200, regions: 40 },
  { values: 1, characters: 25, objects: 1, actor: 60, regions: 40 },
];

export function shortened(telling: Telling, cut: Cut): Telling {
  switch (telling.kind) {
    case 'alert':
      return { ...telling, alert: shortenedAlert(telling.alert, cut) };
    case 'follow-up':
      return {
        ...telling,
        alert: shortenedAlert(telling.alert, cut),
        added: telling.added && shortenedRegions(telling.added, cut),
        joinedWith: telling.joinedWith.slice(0, cut.values),
      };
    case 'notice':
      return { ...telling, held: telling.held.slice(0, cut.values) };
    case 'summary':
      return {
        ...telling,
        actor: telling.actor.slice(0, cut.actor),
        repeats: telling.repeats.slice(0, cut.values),
      };
  }
}

function shortenedAlert(alert: Alert, cut: Cut): Alert {
  return {
    ...alert,
    actor: alert.actor.slice(0, cut.actor),
    account: alert.account?.slice(0, cut.characters),
    regions: shortenedRegions(alert.regions, cut),
    objects: alert.objects.slice(0, cut.objects).map((name) => name.slice(0, 2 * cut.actor)),
    evidence: shortenedEvidence(alert.evidence, cut),
    findings: shortenedFindings(findingsOf(alert), cut.characters),
  };
}

function shortenedRegions(regions: Alert['regions'], cut: Cut): Alert['regions'] {
  return regions
    .slice(0, cut.regions)
    .map((region) => ({ ...region, name: region.name.slice(0, cut.characters) }));
}

function shortenedEvidence(evidence: Evidence, { values, characters, regions }: Cut): Evidence {
  const text = (value: string) => value.slice(0, characters);
  const maybe = (value: string | undefined) => value?.slice(0, characters);
  const { search } = evidence;
  return {
    ...evidence,
    ...shortenedLists(evidence, (counted) =>
      counted.slice(0, values).map(({ value, calls }) => ({ value: text(value), calls })),
    ),
    timeline: evidence.timeline.map((cell) => ({ ...cell, region: text(cell.region) })),
    requests: evidence.requests.slice(0, values).map((request) => ({
      ...request,
      eventId: text(request.eventId),
      region: text(request.region),
      error: maybe(request.error),
      parameters: text(request.parameters),
    })),
    otherCalls: evidence.otherCalls
      .slice(0, values)
      .map((call) => ({ ...call, service: text(call.service), name: text(call.name) })),
    signIns: evidence.signIns.slice(-values).map((signIn) => ({
      ...signIn,
      name: text(signIn.name),
      region: text(signIn.region),
      by: text(signIn.by),
      address: maybe(signIn.address),
      detail: maybe(signIn.detail),
      role: maybe(signIn.role),
    })),
    neighbours: shortenedNeighbours(evidence.neighbours, values, characters),
    siblings: shortenedNeighbours(evidence.siblings, values, characters),
    search: {
      ...search,
      arrived: search.arrived?.slice(0, regions).map(text),
      missing: search.missing.slice(0, regions).map(text),
      notSearched: search.notSearched.slice(0, values).map(text),
    },
    gaps: evidence.gaps.slice(0, values).map(text),
    shortened: true,
  };
}

function shortenedLists(
  evidence: Evidence,
  shorten: (counted: readonly Counted[]) => Counted[],
): Record<ValueKind, Counted[]> {
  const lists = VALUE_KINDS.map((kind) => [kind, shorten(evidence[kind])]);
  return Object.fromEntries(lists) as Record<ValueKind, Counted[]>;
}

function shortenedNeighbours(
  neighbours: Evidence['neighbours'],
  values: number,
  characters: number,
): Evidence['neighbours'] {
  return neighbours.slice(0, values).map((neighbour) => ({
    ...neighbour,
    actor: neighbour.actor.slice(0, characters),
    shares: neighbour.shares.slice(0, characters),
  }));
}
