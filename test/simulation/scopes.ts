import type { MatchedCall } from '../../lambda/detection/classify';
import type { History } from './history';
import { type Plan, type PlannedCall, toldObjects } from './plan';

/** What a scope (the live state, or a replay) was ever told, and what of it was in the ledger at some time. */
export interface ScopeTruth {
  readonly replayId: string | undefined;
  /** all there is, in the end */
  readonly calls: readonly MatchedCall[];
  /** when an object's tally that tells of the call stood in the ledger first, or never */
  readonly stood: (call: MatchedCall) => number;
}

export function truthOf(plan: Plan, history: History, replayId: string | undefined): ScopeTruth {
  const objects = toldObjects(plan, replayId);
  const prefix = replayId === undefined ? '' : `replay/${replayId}/`;
  const firstPut = new Map<string, number>();
  for (const { at, key, object, cells } of history.puts) {
    if ((replayId === undefined) === key.startsWith('replay/') || !key.startsWith(prefix)) continue;
    for (const cell of cells) {
      const name = `${object} ${cell}`;
      if (!firstPut.has(name)) firstPut.set(name, at);
    }
  }
  const calls = new Map<string, { matchedCall: MatchedCall; stood: number }>();
  for (const { key, calls: own } of objects) {
    for (const call of own) {
      if (call.actor === undefined) continue;
      const cell = `${call.actor} ${call.region} ${call.second}`;
      const at = firstPut.get(`${key} ${cell}`) ?? Number.POSITIVE_INFINITY;
      const stood = Math.min(calls.get(call.id)?.stood ?? at, at);
      calls.set(call.id, { matchedCall: sightingOf(call, call.actor), stood });
    }
  }
  return {
    replayId,
    calls: [...calls.values()].map(({ matchedCall }) => matchedCall),
    stood: ({ callId }) => calls.get(callId)!.stood,
  };
}

function sightingOf({ region, second, id }: PlannedCall, actor: string): MatchedCall {
  return { actor, region, second, callId: id };
}
