import { handleBatch } from '../../lambda/pipeline/batch';
import { judge } from './judge';
import { makePlan, type Omissions } from './make-plan';
import type { Plan } from './plan';
import { type Lived, live, type Program } from './world';

export const REAL: Program = { handle: handleBatch };

/** One world to run: everything in it follows from this. */
export interface Case {
  readonly seed: number;
  readonly omitted: Omissions;
}

export interface Outcome {
  readonly plan: Plan;
  readonly lived: Lived;
  readonly wrong: readonly string[];
}

export async function simulate({ seed, omitted }: Case, program: Program = REAL, isTraced = false): Promise<Outcome> {
  const plan = makePlan(seed, omitted);
  const lived = await live(plan, seed, program, { isTraced });
  return { plan, lived, wrong: judge(plan, lived) };
}

/** How many worlds had what, to see that a search looks everywhere. */
export class Coverage {
  worlds = 0;
  private readonly counts = new Map<string, number>();

  add({ plan, lived }: Outcome): void {
    this.worlds += 1;
    for (const feature of featuresOf(plan, lived)) this.counts.set(feature, (this.counts.get(feature) ?? 0) + 1);
  }

  of(feature: string): number {
    return this.counts.get(feature) ?? 0;
  }

  get byFeature(): ReadonlyMap<string, number> {
    return new Map([...this.counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

function featuresOf(plan: Plan, { history, faults }: Lived): string[] {
  const keys = plan.notices.map(({ objects, replayId }) => `${replayId} ${objects}`);
  const kinds = new Set(history.published.map(({ message }) => message.attributes.kind));
  return [
    ...[...faults.keys()].map((kind) => `fault: ${kind}`),
    ...(faults.size === 0 ? ['fault: none'] : []),
    ...[...kinds].map((kind) => `told: ${kind}`),
    `windowing: ${plan.rule.windowing}`,
    ...(plan.rule.groupBy === 'issuer' ? ['rule: by issuer'] : []),
    ...(plan.rule.minCalls > plan.rule.minRegions ? ['rule: counts calls'] : []),
    ...(plan.rule.partitions > 1 ? ['rule: partitions'] : []),
    ...(plan.limits.capAlerts < 100 ? ['rule: small cap'] : []),
    ...(new Set(keys).size < keys.length ? ['notices: duplicate'] : []),
    ...(plan.notices.some(({ replayId }) => replayId !== undefined) ? ['notices: replay'] : []),
    ...(history.deadLetters.length > 0 ? ['dead letters: poison'] : []),
    ...(history.runs.some(({ end }) => end === 'killed') ? ['ended: at the deadline, lease expired'] : []),
    ...(isConcurrent(history.runs) ? ['functions: at the same time'] : []),
  ];
}

function isConcurrent(runs: Lived['history']['runs']): boolean {
  return runs.some((run, index) => index > 0 && runs[index - 1]!.endedAt > run.startedAt);
}
