import { shrink } from './shrink';
import { type Case, REAL, simulate } from './simulate';
import type { Program } from './world';

/** A failing world, made small, with all that happened in it. */
export async function describeFailure(failing: Case, program: Program = REAL): Promise<string> {
  const small = await shrink(failing, program);
  const { plan, lived, wrong } = await simulate(small, program, true);
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
    ...lived.history.lines.map((line) => `  ${line}`),
  ].join('\n');
}
