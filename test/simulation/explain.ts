import { FAULT_KINDS } from './faults';
import { makePlan, NOTHING_OMITTED, type Omissions } from './make-plan';
import { type Case, REAL, simulate } from './simulate';

/** A failing world, made small, with all that happened in it. */
export async function explain(failing: Case): Promise<string> {
  const small = await shrink(failing);
  const { plan, history, wrong } = await simulate(small, REAL, true);
  const { objects, notices, faults, ...settings } = plan;
  return [
    `seed ${failing.seed} fails; smallest found: ${JSON.stringify(small)}`,
    ...wrong.map((one) => `  wrong: ${one}`),
    `  ${JSON.stringify(settings)}`,
    `  faults: ${JSON.stringify(faults)}`,
    ...objects.flatMap(({ calls, state }, index) => [
      `  object ${index} (${state}): ${calls.map(({ actor, region, second }) => `${second} ${region} ${actor}`).join('; ')}`,
    ]),
    ...notices.map(({ at, objects: named, replayId }) => `  notice at ${at.toFixed(1)}: ${named} ${replayId ?? ''}`),
    ...history.lines.map((line) => `  ${line}`),
  ].join('\n');
}

/** Leaves out one thing after the other as long as the world still fails. */
async function shrink({ seed, omitted = NOTHING_OMITTED }: Case): Promise<Case> {
  for (const less of smaller(seed, omitted)) {
    const { wrong } = await simulate({ seed, omitted: less });
    if (wrong.length > 0) return shrink({ seed, omitted: less });
  }
  return { seed, omitted };
}

function* smaller(seed: number, omitted: Omissions): Generator<Omissions> {
  if (!omitted.oneFunction) yield { ...omitted, oneFunction: true };
  if (!omitted.noSkew) yield { ...omitted, noSkew: true };
  const { objects, notices } = makePlan(seed);
  const all = {
    faults: FAULT_KINDS,
    actors: new Set(objects.flatMap(({ calls }) => calls.map(({ owner }) => owner))),
    notices: notices.keys(),
  };
  for (const name of ['faults', 'actors', 'notices'] as const) {
    const without: readonly unknown[] = omitted[name];
    for (const one of all[name]) if (!without.includes(one)) yield { ...omitted, [name]: [...without, one] };
  }
}
