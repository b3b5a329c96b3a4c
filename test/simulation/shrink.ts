import { FAULT_KINDS } from './faults';
import { makePlan, NOTHING_OMITTED, type Omissions } from './make-plan';
import { type Case, simulate } from './simulate';
import type { Program } from './world';

/** Leaves out one thing after the other as long as the world still fails. */
export async function shrink(failing: Case, program: Program): Promise<Case> {
  let small = failing;
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (const omitted of smaller(small)) {
      const candidate = { seed: small.seed, omitted };
      const { wrong } = await simulate(candidate, program);
      if (wrong.length === 0) continue;
      small = candidate;
      isSmaller = true;
      break;
    }
  }
  return small;
}

function* smaller({ seed, omitted }: Case): Generator<Omissions> {
  if (!omitted.oneFunction) yield { ...omitted, oneFunction: true };
  if (!omitted.noSkew) yield { ...omitted, noSkew: true };
  for (const kind of FAULT_KINDS) {
    if (!omitted.faults.includes(kind)) yield { ...omitted, faults: [...omitted.faults, kind] };
  }
  const { objects, notices } = makePlan(seed, NOTHING_OMITTED);
  const actors = new Set(objects.flatMap(({ calls }) => calls.map(({ owner }) => owner)));
  for (const actor of actors) {
    if (!omitted.actors.includes(actor)) yield { ...omitted, actors: [...omitted.actors, actor] };
  }
  for (const notice of notices.keys()) {
    if (!omitted.notices.includes(notice)) yield { ...omitted, notices: [...omitted.notices, notice] };
  }
}
