import { formatInstant, plural, valueAt } from '../../lambda/util/values';
import { formatDuration } from '../cli/progress';
import { type Checks, fail, pass, RECENT_SECONDS, skip, warn, watchedPrefix } from './model';
import type { StackFacts, TrailFacts } from './read';

/** Checks of a deployed detector, apart from its trails. */
export const STACK_CHECKS: Checks<StackFacts> = {
  region: ({ output, caller }) => {
    const region = output('QueueArn').split(':')[3] ?? '';
    return pass(`is deployed in ${region}, account ${caller.account}`);
  },

  trail: async ({ trails, output }) => {
    const found = await trails;
    const [bucket, prefix] = [output('TrailBucketName'), output('TrailPrefix')];
    if (found.length === 0) {
      return warn(
        `no trail that this account sees delivers to ${bucket}`,
        'Run doctor --source in the account of the trail',
      );
    }
    const delivered = found.map(({ trail }) => watchedPrefix(trail));
    return delivered.some((one) => prefix.startsWith(one) || one.startsWith(prefix))
      ? pass(`watches ${found.map(({ trail }) => trail.name).join(', ')}: s3://${bucket}/${prefix}`)
      : fail(
          `watches s3://${bucket}/${prefix}; the trail delivers to ${delivered[0]}`,
          'Deploy again with the trailPrefix that doctor --source shows',
        );
  },

  key: async ({ trails, outputs }) => {
    const known = outputs.get('TrailKeyArn');
    const other = (await trails).find(({ trail: { keyArn } }) => keyArn !== undefined && keyArn !== known);
    return other === undefined
      ? pass(known === undefined ? 'needs no key' : `knows the key ${known}`)
      : fail(
          `does not know the key of the trail, ${other.trail.keyArn}: the function may not decrypt`,
          `Deploy again with -c trailKeyArn=${other.trail.keyArn}`,
        );
  },

  permissions: async ({ permissions }) => {
    const asked = await permissions;
    const denied = asked.filter(({ isAllowed }) => !isAllowed).map(({ action }) => action);
    return denied.length === 0
      ? pass(`the function's role may ${asked.map(({ action }) => action).join(', ')}`)
      : fail(
          `the function's role may not ${denied.join(', ')}`,
          'Deploy again; a boundary or a policy of the organization may deny it',
        );
  },

  notifications: async (facts) => SOURCES[(await facts.source).kind](facts),

  subscriptions: async ({ subscriptions, output }) => {
    const found = await subscriptions;
    const pending = found.filter(({ isPending }) => isPending);
    if (pending.length > 0) {
      const who = pending.map(({ protocol, endpoint }) => `${protocol} ${endpoint}`).join(', ');
      return warn(
        `${plural(pending.length, 'subscription')} not confirmed: ${who}`,
        pending.some(({ protocol }) => protocol === 'email')
          ? 'Follow the link in the first mail'
          : 'Whoever has the endpoint must confirm; the chat client does with the channel’s configuration',
      );
    }
    return found.length === 0
      ? fail('nobody is subscribed to the alerts', `Subscribe to ${output('TopicArn')}`)
      : pass(`${plural(found.length, 'subscription')}, all confirmed`);
  },

  'dead letters': async ({ deadLetters, output }) => {
    const count = await deadLetters;
    return count === 0
      ? pass('no dead letters')
      : fail(
          `${plural(count, 'message')} in ${output('DeadLetterQueueUrl')}`,
          "The function's log says why; correct it, then redrive the queue",
        );
  },

  alarms: async ({ alarms, outputs }) => {
    const names = await alarms;
    return names.length === 0
      ? pass('no alarm is on')
      : fail(`in alarm: ${names.join(', ')}`, `See ${outputs.get('DashboardLink') ?? 'its dashboard'}`);
  },

  objects: async ({ recent, trails, now }) => {
    const { count, longestLag = 0 } = await recent;
    const within = 'in the last hour';
    if (count > 0) {
      const lag = `the slowest ${formatDuration(longestLag)} after its calls`;
      return longestLag <= SLOW_SECONDS
        ? pass(`read ${plural(count, 'object')} ${within}, ${lag}`)
        : warn(`read ${plural(count, 'object')} ${within}, ${lag}`, 'See lag and queue on its dashboard');
    }
    const delivered = await trails.then(
      (all) => Promise.all(all.map(lastDelivery)),
      () => [],
    );
    const last = Math.max(...delivered);
    return now - last < RECENT_SECONDS
      ? fail(
          `read no object ${within}, though the trail delivered at ${formatInstant(last)}`,
          "See the other checks and the function's log",
        )
      : warn(`read no object ${within}`, 'No delivery by the trail is known of either; see its checks');
  },

  version: async ({ code }) => {
    const found = await code;
    if (typeof found === 'string') return skip(found);
    return found.deployed === found.local
      ? pass('the function is the one of this version')
      : warn('the function is another one than this version would deploy', 'Deploy again: npx cdk deploy');
  },
};

/** CloudTrail delivers within about ten minutes; alerts that come later than this are of little use. */
const SLOW_SECONDS = 1800;

/** -Infinity if none is known. */
async function lastDelivery({ status }: TrailFacts): Promise<number> {
  return status.then(
    ({ lastDelivery: at = Number.NEGATIVE_INFINITY }) => at,
    () => Number.NEGATIVE_INFINITY,
  );
}

/** Whether new objects are announced to the queue, for each kind of source. */
const SOURCES = {
  bucket: async ({ notifications, output }) => {
    const [queue, prefix] = [output('QueueArn'), output('TrailPrefix')];
    return (await notifications).targets.some((target) => target.arn === queue && prefix.startsWith(target.prefix))
      ? pass('the bucket notifies the queue')
      : fail(
          'the bucket does not notify the queue (any more)',
          'Another stack or tool has replaced its notifications: deploy again, or with -c source=eventbridge',
        );
  },

  eventbridge: async ({ notifications, sourceRule, output }) => {
    if (!(await notifications).isOnEventBridge) {
      return fail(
        'the bucket sends no events to EventBridge',
        'Turn it on: properties of the bucket, Amazon EventBridge',
      );
    }
    const again = 'Deploy again: npx cdk deploy --revert-drift';
    const rule = await sourceRule;
    if (rule === undefined) return fail('the stack has no rule of EventBridge for new objects', again);
    const { properties } = rule;
    if (properties === undefined) return fail('the EventBridge rule for new objects was deleted', again);
    if (properties.State !== 'ENABLED') return fail('the EventBridge rule for new objects is disabled', again);
    const targets = Array.isArray(properties.Targets) ? properties.Targets : [];
    return targets.some((target) => valueAt(target, 'Arn') === output('QueueArn'))
      ? pass('the bucket sends its events to EventBridge, whose rule sends them to the queue')
      : fail('the EventBridge rule for new objects does not send to the queue', again);
  },

  topic: async ({ sourceSubscriptions, output }) => {
    const ours = (await sourceSubscriptions)?.find(({ endpoint }) => endpoint === output('QueueArn'));
    if (ours === undefined) return fail('the queue is not subscribed to the topic of new objects', 'Deploy again');
    return ours.isPending
      ? fail('the subscription to the topic of new objects is pending', "The topic's owner must confirm it")
      : pass('the queue is subscribed to the topic of new objects');
  },
} satisfies Checks<StackFacts>;
