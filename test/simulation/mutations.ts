import { evaluatesBeforePut, eventuallyConsistent, forgetful, tallyKeyedByTime, withoutCompare } from './mutated-ports';
import type { Mutation } from './mutation';

const UNALERTED = 'dense interval without an alert';

const TWICE = 'published twice';

/** By name: the seed of a world in which it is caught, what is said to be wrong there, and the ports. */
const PORTS: Readonly<Record<string, readonly [seed: number, caught: string, ports: Mutation['ports'] & object]>> = {
  'pages are read without consistency': [1, UNALERTED, { store: eventuallyConsistent }],
  'items are written without comparing': [18, TWICE, { store: withoutCompare }],
  'tallies expire after ten minutes': [2, UNALERTED, { store: forgetful }],
  'tallies are keyed by time': [1, '2 tallies of', { detector: tallyKeyedByTime }],
  'buckets are read before the put': [26, UNALERTED, { detector: evaluatesBeforePut }],
};

type Row = readonly [seed: number, caught: string, find: string, replace: string];

/** The same with an edit of the source, by file. */
const EDITS: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
  'detection/store-keys.ts': {
    'replays share the live state': [3, 'alert without a dense interval', "replayId === undefined ? ''", "true ? ''"],
  },
  'detection/windows.ts': {
    'the slow window repeats what the first one finds': [
      6,
      'slow window: published before',
      'return next === found.length || found[next]!.start >= end;',
      'return true;',
    ],
  },
  'detection/tally.ts': {
    'actors are spread over partitions by region': [
      1,
      UNALERTED,
      'bucketOf(matchedCall.actor,',
      'bucketOf(matchedCall.region,',
    ],
  },
  'notify/claims.ts': {
    'leases are ignored': [1, TWICE, '!isLeaseFree(alert, lease.claimId, now)', 'false'],
    'sliding looks at one bucket alone': [1, 'no follow-up of', '? neighboursOf(bucket, activities, rule)', '? []'],
    'one claim for two buckets': [3, TWICE, ', String(bucket.start))', ')'],
    'alerts are taken over unseen': [
      2444,
      'misses',
      'mayTake(alert) && isKnown(alert)',
      "alert.state === 'claimed' && !isForeign(alert)",
    ],
  },
  'notify/follow-up.ts': {
    'a follow-up forgets that it was published': [345, TWICE, "'sent' || alert.followedUp !== undefined", "'sent'"],
  },
  'notify/lease.ts': {
    'a lease that never ends': [6, UNALERTED, 'deadline + SLACK_SECONDS', 'Number.MAX_SAFE_INTEGER'],
    'a lease that ends before its claimant': [3, TWICE, 'deadline + SLACK_SECONDS', 'deadline - 119'],
    'the notice is never marked sent': [5771, TWICE, '!item.isSent(value) && ', ''],
  },
  'notify/publish-claims.ts': {
    'marked sent before it is published': [
      6,
      'without an alert',
      "  const messageId = await publish({ kind: 'alert', alert }",
      "  await changeClaimed(claim, detector, (stored) => ({ ...stored, state: 'sent', regions: alert.regions.length }));\n  const messageId = await publish({ kind: 'alert', alert }",
    ],
    'claims without time left are forgotten': [6605, 'without an alert', 'late.push(claim);', ''],
    'no follow-up is sent': [5, 'no look back at', 'alerting.followUpMinutes > 0', 'alerting.followUpMinutes > 1e9'],
  },
  'notify/rate-limit.ts': {
    'the rate limit forgets what it admitted': [209, 'admitted twice', 'limit.alertIds.includes(alertId)', 'false'],
    'one account may use up the rate limit': [
      13,
      'alerts of - in the interval',
      'Math.floor(capAlerts / 2)',
      'capAlerts',
    ],
    'nobody sends the notice': [9, 'no notice that', "if (current.notice !== 'none') return true;", 'return true;'],
    'an alert held twice counts twice': [198, 'the notice of', 'ids.add(entry.alertId)', 'ids.add(String(entry.at))'],
  },
  'notify/suppression.ts': {
    'a repeat is held though no summary is to come': [
      20,
      'no summary names',
      'if (!(await isInSummary(actor, period.from, scope, detector))) return false;',
      '',
    ],
  },
  'pipeline/batch.ts': {
    'the rest of a bucket is forgotten': [
      99,
      'without an alert',
      'addDue(rest, detector.invocation.now(), detector)',
      'Promise.resolve()',
    ],
    'a failed publish is acknowledged': [
      471,
      'detection without an alert',
      'failures.add(new Set(due',
      'void (new Set(due',
    ],
    'an object that could not be read is acknowledged': [13, 'poison, but acknowledged', 'throw read.error', 'void 0'],
    'a poison message fails its batch': [
      3148,
      'in the dead letters without being poison',
      '  return failures.byMessage;',
      '  return new Map(failures.byMessage.size === 0 ? [] : messages.map(({ id }) => [id, id]));',
    ],
  },
  'state/store.ts': {
    'a write whose answer was lost is taken for a foreign one': [
      45,
      'detection without an alert',
      'if (next === undefined || text === item?.value) return value;',
      'if (next === undefined || text === item?.value) return attempt === 0 ? value : absent;',
    ],
  },
};

export const MUTATIONS: readonly Mutation[] = [
  ...Object.entries(PORTS).map(([name, [seed, caught, ports]]) => ({ name, seed, caught, ports })),
  ...Object.entries(EDITS).flatMap(([file, rows]) =>
    Object.entries(rows).map(([name, [seed, caught, find, replace]]) => {
      return { name, seed, caught, edit: { file, find, replace } };
    }),
  ),
];
