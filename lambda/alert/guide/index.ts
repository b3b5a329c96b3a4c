import type { Guide, Sweep } from '../model';
import { containment } from './contain';
import { contextOf } from './context';
import { falsePositive } from './false-positive';
import { investigation, replayStep } from './investigate';

export function guideFor(sweep: Sweep): Guide {
  const context = contextOf(sweep);
  const replay = replayStep(context);
  return {
    investigation: [...investigation(context), ...(replay === undefined ? [] : [replay])],
    replay,
    containment: containment(context),
    falsePositive: falsePositive(context),
  };
}
