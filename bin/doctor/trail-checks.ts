import type { AdvancedSelector, EventSelectors } from '../../lambda/adapters/aws/cloudtrail';
import type { NotificationTarget } from '../../lambda/adapters/aws/s3';
import { CALL } from '../../lambda/detection/rule';
import { formatInstant, plural } from '../../lambda/util/values';
import { shellLine } from '../cli/options';
import { type Checks, fail, pass, skip, warn, watchedPrefix } from './model';
import type { TrailFacts } from './read';

/** Checks of any trail. */
export const TRAIL_CHECKS: Checks<TrailFacts> = {
  'multi-region': ({ trail }) =>
    trail.isMultiRegion
      ? pass('logs every region')
      : fail(
          `logs only ${trail.homeRegion}: a sweep is never seen`,
          aws(trail.homeRegion, 'update-trail', '--name', trail.arn, '--is-multi-region-trail'),
        ),

  logging: async ({ trail, status }) =>
    (await status).isLogging
      ? pass('is logging')
      : fail('is stopped', aws(trail.homeRegion, 'start-logging', '--name', trail.arn)),

  'read events': async ({ trail, selectors }) => {
    const records = recordsCall(await selectors);
    const show = aws(trail.homeRegion, 'get-event-selectors', '--trail-name', trail.arn);
    if (records === 'all') return pass(`records ${CALL.eventName}`);
    if (records === 'some') return warn(`its selectors take only some calls of ${CALL.eventName}`, `See ${show}`);
    return fail(
      `never records ${CALL.eventName}, a read event of ${CALL.eventSource}`,
      `Select management events, read and write, without that exclusion; see ${show}`,
    );
  },

  delivery: async ({ status, now }) => {
    const { deliveryError, lastDelivery } = await status;
    if (deliveryError !== undefined) {
      return fail(`cannot deliver to its bucket: ${deliveryError}`, 'See the policies of bucket and key');
    }
    if (lastDelivery === undefined) return warn('has not delivered yet', 'Wait a quarter of an hour and look again');
    return now - lastDelivery > QUIET_SECONDS
      ? warn(`delivered last at ${formatInstant(lastDelivery)}`, 'Is the account that quiet?')
      : pass(`delivered at ${formatInstant(lastDelivery)}`);
  },

  organization: async ({ trail, organizations }) => {
    if (trail.isOrganization) return pass('logs every account of the organization');
    const ids = await organizations;
    return ids.length === 0
      ? pass('logs one account')
      : warn(
          `logs one account; the bucket also holds ${plural(ids.length, 'organization')}: ${ids.join(', ')}`,
          'Another trail writes there; check that one as well',
        );
  },

  key: async ({ trail: { keyArn }, keyState, caller }) => {
    if (keyArn === undefined) return skip('its objects have no key of KMS');
    const state = await keyState;
    if (state !== 'Enabled') return fail(`the key ${keyArn} is ${state}`, 'Enable it, or its objects cannot be read');
    return keyArn.split(':')[4] === caller.account
      ? pass(`the key ${keyArn} is enabled`)
      : warn(
          `the key ${keyArn} is of another account`,
          "Its policy must allow kms:Decrypt to the function's role, the stack's output FunctionRoleArn",
        );
  },
};

/** Checks of a trail before deployment. */
export const SOURCE_CHECKS: Checks<TrailFacts> = {
  ...TRAIL_CHECKS,

  region: async ({ trail, bucketRegion, caller }) => {
    const region = await bucketRegion;
    return region === caller.region
      ? pass(`its bucket ${trail.bucket} is in ${region}`)
      : warn(`its bucket ${trail.bucket} is in ${region}, not in ${caller.region}`, `Deploy in ${region}`);
  },

  notifications: async (facts) => {
    const { isOnEventBridge } = await facts.notifications;
    const target = await overlapping(facts);
    if (target === undefined) return pass('no notification of the bucket is in the way');
    const text = `a notification to ${target.arn} covers the same objects, and S3 takes no second one`;
    if (isTopic(target)) return warn(text, 'Subscribe to that topic, as the command below does');
    return isOnEventBridge
      ? warn(text, 'Use EventBridge, as the command below does')
      : warn(text, 'Turn on EventBridge first: properties of the bucket, Amazon EventBridge');
  },
};

const QUIET_SECONDS = 3600;

function aws(region: string, ...words: readonly string[]): string {
  return shellLine(['aws', 'cloudtrail', ...words, '--region', region]);
}

/** The call's fields in selectors; CloudTrail API reference, AdvancedFieldSelector. */
const EVENT: Readonly<Record<string, string>> = {
  eventCategory: 'Management',
  readOnly: 'true',
  eventSource: CALL.eventSource,
  eventName: CALL.eventName,
  eventType: 'AwsApiCall',
};

/** Whether a trail records the rule's call. */
export function recordsCall({ basic, advanced }: EventSelectors): 'all' | 'some' | 'none' {
  if (advanced.length === 0) {
    const takes = basic.some(
      ({ IncludeManagementEvents = true, ReadWriteType = 'All', ExcludeManagementEventSources = [] }) =>
        IncludeManagementEvents &&
        ReadWriteType !== 'WriteOnly' &&
        !ExcludeManagementEventSources.includes(CALL.eventSource),
    );
    return takes ? 'all' : 'none';
  }
  const found = advanced.map(selects);
  if (found.includes('all')) return 'all';
  return found.includes('some') ? 'some' : 'none';
}

/** All fields of a selector must match. The result is unknown for a field that differs between calls. */
function selects({ FieldSelectors = [] }: AdvancedSelector): 'all' | 'some' | 'none' {
  let found: 'all' | 'some' = 'all';
  for (const { Field = '', Equals, NotEquals, StartsWith, NotStartsWith, EndsWith, NotEndsWith } of FieldSelectors) {
    const value = EVENT[Field];
    if (value === undefined) {
      found = 'some';
      continue;
    }
    const wanted = [
      ...(Equals ?? []).map((one) => one === value),
      ...(StartsWith ?? []).map((one) => value.startsWith(one)),
      ...(EndsWith ?? []).map((one) => value.endsWith(one)),
    ];
    const unwanted =
      NotEquals?.includes(value) ||
      NotStartsWith?.some((one) => value.startsWith(one)) ||
      NotEndsWith?.some((one) => value.endsWith(one));
    if (unwanted || (wanted.length > 0 && !wanted.includes(true))) return 'none';
  }
  return found;
}

const LOG_SUFFIX = '.json.gz';

/**
 * The existing notification because of which S3 would refuse ours; S3 user guide, "Configuring notifications with object
 * key name filtering".
 */
async function overlapping({ trail, notifications }: TrailFacts): Promise<NotificationTarget | undefined> {
  const ours = watchedPrefix(trail);
  return (await notifications).targets.find(
    ({ prefix, suffix }) =>
      (prefix.startsWith(ours) || ours.startsWith(prefix)) &&
      (suffix.endsWith(LOG_SUFFIX) || LOG_SUFFIX.endsWith(suffix)),
  );
}

function isTopic({ arn }: NotificationTarget): boolean {
  return arn.split(':')[2] === 'sns';
}

/** The command that deploys a detector for this trail, as far as its facts could be read. */
export async function deployCommand(facts: TrailFacts, profile: string | undefined): Promise<string> {
  const { trail, bucketRegion } = facts;
  const organizations = await facts.organizations.catch(() => []);
  const target = await overlapping(facts).catch(() => undefined);
  const settings = {
    trailBucket: trail.bucket,
    trailPrefix: trail.prefix,
    organizationId: trail.isOrganization && organizations.length === 1 ? organizations[0] : undefined,
    trailKeyArn: trail.keyArn,
    trailTopicArn: target !== undefined && isTopic(target) ? target.arn : undefined,
    source: target !== undefined && !isTopic(target) ? 'eventbridge' : undefined,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) =>
    value === undefined ? [] : ['-c', `${name}=${value}`],
  );
  const region = await bucketRegion.catch(() => trail.homeRegion);
  const credentials = profile === undefined ? [] : ['--profile', profile];
  return shellLine([`AWS_REGION=${region}`, 'npx', 'cdk', 'deploy', ...flags, ...credentials]);
}
