import { edit, type Mutation } from './mutation';

/** How alerts are taken over, held back, followed up and kept apart. */
export const TELLING_MUTATIONS: readonly Mutation[] = [
  edit(
    'replays share the live state',
    'detection/keys.ts',
    "return replayId === undefined ? '' : ",
    "return replayId !== 'nothing' ? '' : ",
    3,
    'alert without a dense interval',
  ),
  edit(
    'an own write whose answer was lost is taken for a foreign one',
    'state/store.ts',
    'if (next === undefined || text === item?.value) return value;',
    'if (next === undefined || text === item?.value) return attempt === 0 ? value : absent;',
    45,
    'hit without an alert',
  ),
  edit(
    'nobody asks for the notice',
    'notify/rate-limit.ts',
    "if (current.notice !== 'none') return true;",
    'return true;',
    9,
    'no notice that',
  ),
  edit('the notice is never marked sent', 'notify/lease.ts', '!item.isSent(value) && ', '', 834, 'told twice'),
  edit(
    'a follow-up forgets that it was told',
    'notify/follow-up.ts',
    ' || alert.followedUp !== undefined',
    '',
    20_262_193,
    'told twice',
  ),
  edit('one claim for two buckets', 'notify/claims.ts', ', String(bucket.start))', ')', 3, 'told twice'),
  edit('alerts are taken over unseen', 'notify/claims.ts', ' && isSeen(alert) && isKnown(alert)', '', 818, 'misses'),
  edit(
    'an early follow-up is forgotten',
    'notify/follow-up.ts',
    'if (isBeingPublished)',
    'if (isBeingPublished && false)',
    3191,
    'no follow-up of',
  ),
  edit(
    'an alert held twice counts twice',
    'notify/rate-limit.ts',
    'ids.add(entry.alertId);',
    'ids.add(String(entry.at));',
    656,
    'the notice of',
  ),
  edit(
    'a poison message fails its batch',
    'pipeline/batch.ts',
    '  return failures.byMessage;',
    '  return new Map(failures.byMessage.size === 0 ? [] : messages.map(({ id }) => [id, id]));',
    234,
    'in the dead letters without being poison',
  ),
];
