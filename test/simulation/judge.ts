import { judgeCap } from './judge-cap';
import { judgeFollowUps } from './judge-follow-ups';
import { judgeHits } from './judge-hits';
import { judgeOnce } from './judge-once';
import type { Plan } from './plan';
import { readHeld, readTopic } from './published';
import { truthOf } from './scopes';
import type { Lived } from './world';

/** What is wrong with how a world went; nothing where all promises were kept. */
export function judge(plan: Plan, lived: Lived): string[] {
  const topic = readTopic(lived);
  const held = readHeld(lived);
  const scopes = new Set([undefined, ...plan.notices.map(({ replayId }) => replayId)]);
  const truths = [...scopes].map((replayId) => truthOf(plan, lived.history, replayId));
  return [
    ...lived.history.thrown.map((error) => `the handler threw ${error}`),
    ...judgeDeadLetters(plan, lived),
    ...truths.flatMap((truth) => judgeHits(plan, truth, topic, held)),
    ...judgeOnce(plan, lived, topic),
    ...truths.flatMap((truth) => judgeFollowUps(plan, truth, topic, lived)),
    ...judgeCap(plan, lived, topic, held),
  ];
}

/** The dead letters hold all poison and nothing else. */
function judgeDeadLetters(plan: Plan, { history }: Lived): string[] {
  const dead = history.deadLetters.filter(({ poison }) => !poison);
  const wrong = dead.map(({ id, body }) => `in the dead letters without being poison: ${id} ${body}`);
  const planned = plan.notices.length - history.deadLetters.length;
  const seen = new Set(history.runs.flatMap(({ messages }) => messages).filter(({ poison }) => poison));
  const missing = [...seen].filter((message) => !history.deadLetters.includes(message));
  return planned < 0
    ? [...wrong, 'more dead letters than messages']
    : [...wrong, ...missing.map(({ id, body }) => `poison, but acknowledged: ${id} ${body}`)];
}
