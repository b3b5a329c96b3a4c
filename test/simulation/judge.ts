import type { History } from './history';
import { judgeDetections } from './judge-detections';
import { judgeFollowUps } from './judge-follow-ups';
import { judgeOnce } from './judge-once';
import { judgeRateLimit } from './judge-rate-limit';
import { judgeSuppression } from './judge-suppression';
import type { Plan } from './plan';
import { trialOf } from './trial';

/** What is wrong with how a world went; nothing where all promises were kept. */
export function judge(plan: Plan, history: History): string[] {
  const trial = trialOf(plan, history);
  return [
    ...history.thrown.map((error) => `the handler threw ${error}`),
    ...judgeDeadLetters(history),
    ...trial.scopes.flatMap((scope) => judgeDetections(plan, scope)),
    ...judgeOnce(trial),
    ...trial.scopes.flatMap((scope) => judgeFollowUps(trial, scope)),
    ...trial.scopes.flatMap((scope) => judgeRateLimit(plan, scope)),
    ...trial.scopes.flatMap((scope) => judgeSuppression(plan, scope)),
  ];
}

/** The dead letters hold all poison and nothing else: what faults brought there was moved back. */
function judgeDeadLetters({ deadLetters, runs }: History): string[] {
  const seen = new Set(runs.flatMap(({ messages }) => messages).filter(({ poison }) => poison));
  const wrong = deadLetters.filter(({ poison }) => !poison);
  const missing = [...seen].filter((message) => !deadLetters.includes(message));
  return [
    ...wrong.map(({ id, body }) => `in the dead letters without being poison: ${id} ${body}`),
    ...missing.map(({ id, body }) => `poison, but acknowledged: ${id} ${body}`),
  ];
}
