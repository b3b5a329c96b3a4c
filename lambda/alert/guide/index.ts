import type { Alert, Guide } from '../model';
import { measuresOf } from './contain';
import { expectedOf } from './false-positive';
import { questionsOf, replayOf } from './investigate';

export function guideOf(alert: Alert): Guide {
  const replay = replayOf(alert);
  const questions = [...questionsOf(alert), ...(replay === undefined ? [] : [replay])];
  return { questions, replay, ifBad: measuresOf(alert), ifExpected: expectedOf(alert) };
}
