import type { Alert } from '../alert';
import type { Text } from '../text';
import { type Expected, expectedOf } from './expected';
import { measuresOf } from './measures';
import { questionsOf, replayOf } from './questions';

/** What to do with an alert: values are filled in, commands are safe to copy. */
export interface Guide {
  readonly questions: readonly Step[];
  /** the last of the questions: the rule again over that time */
  readonly replay: Step | undefined;
  readonly ifBad: readonly Step[];
  readonly ifExpected: Expected;
}

/** A question or a measure, and what answers it or carries it out. */
export interface Step {
  readonly text: Text;
  /** what is known already */
  readonly known?: Text | undefined;
  /** one command or query, a line each; nothing in it is anybody's but ours, or it is quoted */
  readonly command?: readonly string[] | undefined;
  readonly link?: string | undefined;
}

export function guideOf(alert: Alert): Guide {
  const replay = replayOf(alert);
  const questions = [...questionsOf(alert), ...(replay === undefined ? [] : [replay])];
  return { questions, replay, ifBad: measuresOf(alert), ifExpected: expectedOf(alert) };
}
