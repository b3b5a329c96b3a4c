import { handleBatch } from '../../lambda/detect/batch';
import { type Edit, mutated } from './mutate';
import {
  evaluatesBeforePut,
  eventuallyConsistent,
  forgetful,
  tallyKeyedByTime,
  withoutCompare,
} from './mutated-ports';
import type { Program } from './world';

/** A way to break the detector, and a world that shows it. */
export interface Mutation {
  readonly name: string;
  /** a world in which it is caught */
  readonly seed: number;
  /** what is said to be wrong there */
  readonly caught: string;
  readonly ports?: Omit<Program, 'handle'>;
  readonly edits?: readonly Edit[];
}

export async function programOf({ ports, edits }: Mutation): Promise<Program> {
  return { handle: edits === undefined ? handleBatch : await mutated(edits), ...ports };
}

const PORT_MUTATIONS: readonly Mutation[] = [
  {
    name: 'pages are read without consistency',
    seed: 1,
    caught: 'dense interval without an alert',
    ports: { store: eventuallyConsistent },
  },
  {
    name: 'registers are written without comparing',
    seed: 5,
    caught: 'told twice',
    ports: { store: withoutCompare },
  },
  {
    name: 'tallies expire after ten minutes',
    seed: 2,
    caught: 'dense interval without an alert',
    ports: { store: forgetful },
  },
  {
    name: 'tallies are keyed by time',
    seed: 1,
    caught: '2 tallies of',
    ports: { detector: tallyKeyedByTime },
  },
  {
    name: 'buckets are looked at before the put',
    seed: 11,
    caught: 'dense interval without an alert',
    ports: { detector: evaluatesBeforePut },
  },
];

function edit(
  name: string,
  file: string,
  find: string,
  replace: string,
  seed: number,
  caught: string,
): Mutation {
  return { name, seed, caught, edits: [{ file, find, replace }] };
}

const SOURCE_MUTATIONS: readonly Mutation[] = [
  edit(
    'marked sent before it is published',
    'detect/telling.ts',
    "  const messageId = await publish({ kind: 'alert', alert }",
    "  await changeClaimed(claim, detector, (told) => ({ ...told, state: 'sent', regions: alert.regions.length }));\n  const messageId = await publish({ kind: 'alert', alert }",
    32,
    'no look back at',
  ),
  edit(
    'a lease that never ends',
    'detect/claims.ts',
    'leaseUntil: deadline + LEASE_SLACK_SECONDS',
    'leaseUntil: Number.MAX_SAFE_INTEGER',
    32,
    'dense interval without an alert',
  ),
  edit(
    'a lease that ends before its claimant',
    'detect/claims.ts',
    'leaseUntil: deadline + LEASE_SLACK_SECONDS',
    'leaseUntil: now() + 1',
    3,
    'told twice',
  ),
  edit('leases are ignored', 'alert/told.ts', '(leaseUntil ?? 0) > now', 'false', 1, 'told twice'),
  edit(
    'a failed publish is acknowledged',
    'detect/batch.ts',
    'failures.add(messagesTouching(claim, touched, detector), claim.alert.alertId, error);',
    '',
    16,
    'hit without an alert',
  ),
  edit(
    'no follow-up is asked for',
    'detect/telling.ts',
    'if (followUpSeconds > 0)',
    'if (followUpSeconds > 1e9)',
    1,
    'no look back at',
  ),
  edit(
    'the cap forgets who has a place',
    'alert/cap.ts',
    'if (cap.alertIds.includes(alertId)) return { next: cap, admitted: true };',
    '',
    11,
    'two places',
  ),
  edit(
    'one account may use up the cap',
    'alert/cap.ts',
    ' || ofAccount >= Math.floor(most / 2)',
    '',
    13,
    'alerts of - in the interval',
  ),
  edit(
    'actors are spread over partitions by region',
    'window/tally.ts',
    'const bucket = bucketOf(sighting.actor, sighting.second, rule);',
    'const bucket = { ...bucketOf(sighting.actor, sighting.second, rule), partition: sighting.region };',
    1,
    'dense interval without an alert',
  ),
  edit(
    'sliding looks at one bucket alone',
    'detect/claims.ts',
    'const neighbours = neighboursOf(bucket, activities, rule);',
    'const neighbours: Bucket[] = [];',
    1,
    'no follow-up of',
  ),
  edit(
    'what was not begun in time is acknowledged',
    'detect/batch.ts',
    "failures.add(messageIds, objectName(object), 'not begun, for want of time; it comes back');",
    '',
    2962,
    'dense interval without an alert',
  ),
  edit(
    'an object that could not be read is acknowledged',
    'detect/batch.ts',
    'if (error !== undefined && !(error instanceof ObjectGoneError)) throw error;',
    '',
    13,
    'poison, but acknowledged',
  ),
  edit(
    'replays share the live state',
    'window/bucket-key.ts',
    "return replayId === undefined ? '' : ",
    "return replayId !== 'nothing' ? '' : ",
    3,
    'alert without a dense interval',
  ),
  edit(
    'an own write whose answer was lost is taken for a foreign one',
    'register.ts',
    'if (next === undefined || next === register?.value) return register?.value;',
    'if (next === undefined || next === register?.value) return attempt === 0 ? register?.value : undefined;',
    45,
    'hit without an alert',
  ),
  edit(
    'nobody asks for the notice',
    'detect/holding-back.ts',
    "if (current.notice !== 'none') return true;",
    'return true;',
    9,
    'no notice that',
  ),
  edit(
    'an alert held too late is in no notice',
    'detect/holding-back.ts',
    'if (current.claimId !== undefined) return false;',
    '',
    20_261_756,
    'the notice of',
  ),
  edit(
    'the notice is never marked sent',
    'detect/cap-notice.ts',
    "cap.notice !== 'sent' && isFree",
    'isFree',
    729,
    'told twice',
  ),
  edit(
    'a follow-up forgets that it was told',
    'detect/follow-up.ts',
    ' || alert.followedUp !== undefined',
    '',
    231,
    'told twice',
  ),
  edit('one claim for two buckets', 'detect/claims.ts', ', String(bucket.start))', ')', 3, 'told twice'),
  edit(
    'alerts are taken over unseen',
    'alert/told.ts',
    ' && isSeen(alert) && isKnown(alert)',
    '',
    818,
    'misses',
  ),
  edit(
    'an early follow-up is forgotten',
    'detect/follow-up.ts',
    'if (isBeingTold)',
    'if (isBeingTold && false)',
    3191,
    'no follow-up of',
  ),
  edit(
    'an alert held twice counts twice',
    'detect/cap-notice.ts',
    'ids.add(entry.alertId);',
    'ids.add(String(entry.at));',
    9,
    'the notice of',
  ),
  edit(
    'a poison message fails its batch',
    'detect/batch.ts',
    '  return failures.byMessage;',
    '  return new Map(failures.byMessage.size === 0 ? [] : messages.map(({ id }) => [id, id]));',
    234,
    'in the dead letters without being poison',
  ),
];

export const MUTATIONS: readonly Mutation[] = [...PORT_MUTATIONS, ...SOURCE_MUTATIONS];
