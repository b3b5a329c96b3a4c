import type { ActorCalls, CallTable } from '../detection/call-table';
import { recordOf } from '../detection/caller';
import { actorNameOf, type TrailRecord } from '../detection/classify';
import type { RuleParameters } from '../detection/rule';
import type { Turn } from '../util/concurrency';

/** The rule's calls of a trail, whose actors are their callers as `callerOf` gives them, and these as records. */
export class CallHistory {
  private constructor(
    readonly table: CallTable,
    /** of the callers, by their numbers */
    readonly records: readonly TrailRecord[],
  ) {}

  static async of(table: CallTable, turn: Turn): Promise<CallHistory> {
    const records: TrailRecord[] = [];
    for (const caller of table.actors) {
      records.push(recordOf(caller));
      await turn();
    }
    return new CallHistory(table, records);
  }

  async matching(matches: (record: TrailRecord) => boolean, turn: Turn): Promise<boolean[]> {
    const matched: boolean[] = [];
    for (const record of this.records) {
      matched.push(matches(record));
      await turn();
    }
    return matched;
  }

  /** The calls of each actor in enough regions, as far as the calls of a caller count. */
  byActor(
    { groupBy, minRegions }: Pick<RuleParameters, 'groupBy' | 'minRegions'>,
    isCounted: (caller: number) => boolean,
    turn: Turn,
  ): AsyncIterable<ActorCalls> {
    const actorOf = (caller: number) => actorNameOf(this.records[caller]!.userIdentity, { groupBy });
    return this.table.groups((_, caller) => (isCounted(caller) ? actorOf(caller) : undefined), minRegions, turn);
  }
}
