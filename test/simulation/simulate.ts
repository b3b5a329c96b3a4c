import { handleBatch } from '../../lambda/pipeline/batch';
import type { Run } from './history';
import { judge } from './judge';
import { makePlan, NOTHING_OMITTED, type Omissions } from './make-plan';
import type { Plan } from './plan';
import { type Lived, live, type Program } from './world';

export const REAL: Program = { handle: handleBatch };

/** One world to run: everything in it follows from this. */
export interface Case {
  readonly seed: number;
  readonly omitted?: Omissions;
}

export interface Outcome extends Lived {
  readonly plan: Plan;
  readonly wrong: readonly string[];
}

export async function simulate(
  { seed, omitted = NOTHING_OMITTED }: Case,
  program: Program = REAL,
  isTraced = false,
): Promise<Outcome> {
  const plan = makePlan(seed, omitted);
  const lived = await live(plan, seed, program, isTraced);
  return { plan, ...lived, wrong: judge(plan, lived.history) };
}

/** How many worlds had what, to see that a search looks everywhere. */
export class Coverage {
  worlds = 0;
  private readonly counts = new Map<string, number>();

  add(outcome: Outcome): void {
    this.worlds += 1;
    for (const feature of featuresOf(outcome)) this.counts.set(feature, this.of(feature) + 1);
  }

  of(feature: string): number {
    return this.counts.get(feature) ?? 0;
  }

  get byFeature(): ReadonlyMap<string, number> {
    return new Map([...this.counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

function featuresOf({ plan, history, faults }: Outcome): string[] {
  const { rule, limits, notices } = plan;
  const keys = notices.map(({ objects, replayId }) => `${replayId} ${objects}`);
  const kinds = new Set(history.published.map(({ message }) => message.attributes.kind));
  const features: Readonly<Record<string, boolean>> = {
    'fault: none': faults.size === 0,
    'rule: by issuer': rule.groupBy === 'issuer',
    'rule: counts calls': rule.minCalls > rule.minRegions,
    'rule: partitions': rule.partitions > 1,
    'rule: small rate limit': limits.capAlerts < 100,
    'published: slow alert': history.published.some(({ message }) => message.body.includes(SLOW)),
    'liveness: faults without number, then none': plan.faults.until !== undefined,
    'liveness: slow calls': plan.fleet.slowness > 1,
    suppression: plan.suppressMinutes > 0,
    'reading: exceptions': plan.excepted !== undefined,
    'reading: gzip': plan.objects.some(({ isGzip }) => isGzip),
    'reading: evidence by listing': plan.isListed,
    'notices: duplicate': new Set(keys).size < keys.length,
    'notices: replay': notices.some(({ replayId }) => replayId !== undefined),
    'dead letters: poison': history.deadLetters.length > 0,
    'ended: at the deadline, lease expired': history.runs.some(({ end }) => end === 'killed'),
    'functions: at the same time': isConcurrent(history.runs),
  };
  return [
    ...[...faults.keys()].map((kind) => `fault: ${kind}`),
    ...[...kinds].map((kind) => `published: ${kind}`),
    `windowing: ${rule.windowing}`,
    ...Object.keys(features).filter((feature) => features[feature]),
  ];
}

/** As the text for machines has it, which stands in JSON once more. */
const SLOW = JSON.stringify('"windowing":"slow"').slice(1, -1);

function isConcurrent(runs: readonly Run[]): boolean {
  return runs.some((run, index) => index > 0 && runs[index - 1]!.endedAt > run.startedAt);
}
