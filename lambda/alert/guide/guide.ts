import type { Alert } from '../alert';
import type { Text } from '../text';
import { type Expected, expectedOf } from './expected';
import { measuresOf } from './measures';
import { questionsOf } from './questions';

/** What to do with an alert: values are filled in, commands are safe to copy. */
export interface Guide {
  readonly questions: readonly Step[];
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
  return { questions: questionsOf(alert), ifBad: measuresOf(alert), ifExpected: expectedOf(alert) };
}
