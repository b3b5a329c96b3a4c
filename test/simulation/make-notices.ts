import type { Random } from '../../bin/synthetic-trail/random';
import { T0 } from '../support/records';
import type { Notice } from './plan';

/** When the first notice comes: after everything was called. */
export const OPENING = T0 + 1500;

/** Who is told of which object when: mostly at once, so that functions race; some late, some twice, some as a replay. */
export function makeNotices(objects: number, random: Random): Notice[] {
  const pace = random.pick([1, 5, 60, 600]);
  const notices: Notice[] = [];
  for (const named of grouped(objects, random)) {
    notices.push({ at: timeOf(pace, random), objects: named });
    while (random.chance(0.15)) notices.push({ at: timeOf(pace, random), objects: named });
  }
  if (random.chance(0.15)) {
    for (let object = 0; object < objects; object += 1) {
      if (random.chance(0.7)) notices.push({ at: timeOf(pace, random), objects: [object], replayId: 'again-1' });
    }
    // What only the replay is told of must not show up in the live state.
    if (random.chance(0.5)) return notices.filter(({ replayId }) => replayId !== undefined || random.chance(0.7));
  }
  if (random.chance(0.05)) notices.push({ at: timeOf(pace, random), objects: [], body: 'no notice' });
  return notices;
}

function grouped(objects: number, random: Random): number[][] {
  const several = random.chance(0.3);
  const groups: number[][] = [];
  for (let object = 0; object < objects; object += 1) {
    if (several && groups.length > 0 && random.chance(0.4)) random.pick(groups).push(object);
    else groups.push([object]);
  }
  return groups;
}

/** Within seconds or minutes; some an hour late, and few after twelve days, which is less than a queue keeps them. */
function timeOf(pace: number, random: Random): number {
  const chance = random.fraction();
  const soon = OPENING + random.fraction() * pace;
  if (chance < 0.02) return soon + 12 * 86_400;
  if (chance < 0.12) return soon + random.integer(600, 5000);
  return soon;
}
