/** The facts that `doctor` reads from an account, and the findings of its checks. Times are UTC epoch seconds. */

import type { StackResource } from '../../lambda/adapters/aws/cloudformation';
import type { EventSelectors, Trail, TrailStatus } from '../../lambda/adapters/aws/cloudtrail';
import type { RecentObjects } from '../../lambda/adapters/aws/cloudwatch';
import type { Caller, Subscription } from '../../lambda/adapters/aws/lookups';
import type { BucketNotifications } from '../../lambda/adapters/aws/s3';
import type { JsonObject } from '../../lambda/util/values';

/** The result of a request, or why it failed. */
export type Reading<T> = { readonly value: T } | Unread;

export interface Unread {
  readonly unread: string;
}

/** A trail, and what delivers its objects. */
export interface TrailFacts {
  readonly trail: Trail;
  readonly caller: Caller;
  readonly now: number;
  readonly status: Reading<TrailStatus>;
  readonly selectors: Reading<EventSelectors>;
  readonly bucketRegion: Reading<string>;
  readonly notifications: Reading<BucketNotifications>;
  /** present if the trail has a key */
  readonly keyState: Reading<string> | undefined;
  /** the folders of organizations in the bucket */
  readonly organizations: Reading<readonly string[]>;
}

/** How the template delivers objects of the watched bucket to the queue. */
export type StackSource =
  | { readonly kind: 'bucket' }
  | { readonly kind: 'eventbridge'; readonly rule: StackResource | undefined }
  | { readonly kind: 'topic'; readonly topicArn: string };

/** A deployed detector. The names of outputs are those of lib/regionsweep-stack.ts. */
export interface StackFacts {
  readonly stackName: string;
  readonly outputs: ReadonlyMap<string, string>;
  readonly caller: Caller;
  readonly now: number;
  readonly source: Reading<StackSource>;
  /** trails that deliver to the watched bucket, as far as this account sees them */
  readonly trails: Reading<readonly TrailFacts[]>;
  readonly notifications: Reading<BucketNotifications>;
  /** of the rule that sends objects, where one does; without a value once it was deleted */
  readonly sourceRule: Reading<JsonObject | undefined> | undefined;
  /** of the topic that announces objects, if any */
  readonly sourceSubscriptions: Reading<readonly Subscription[]> | undefined;
  /** whether the function's role is allowed, by action and resource */
  readonly permissions: Reading<readonly { readonly action: string; readonly isAllowed: boolean }[]>;
  readonly subscriptions: Reading<readonly Subscription[]>;
  readonly deadLetters: Reading<number>;
  readonly alarms: Reading<readonly string[]>;
  /** in the last RECENT_SECONDS */
  readonly recent: Reading<RecentObjects>;
  /** the deployed asset, and that of this checkout */
  readonly code: Reading<{ readonly deployed: string; readonly local: string }>;
}

export const RECENT_SECONDS = 3600;

export type Status = 'pass' | 'warn' | 'fail' | 'skip';

export interface Finding {
  readonly status: Status;
  readonly text: string;
  /** what to do about it */
  readonly todo?: string | undefined;
  /** whether a request failed, so that it is no all-clear */
  readonly isUnread?: true;
}

/** A finding and its check. */
export interface Result extends Finding {
  readonly check: string;
  /** `trail NAME` or `stack NAME` */
  readonly subject: string;
}

/** Checks by name, in the order of output; each is a pure function of the facts. */
export type Checks<F> = Readonly<Record<string, (facts: F) => Finding>>;

export function runChecks<F>(checks: Checks<F>, subject: string, facts: F): Result[] {
  return Object.entries(checks).map(([check, find]) => ({ check, subject, ...find(facts) }));
}

export const pass = (text: string): Finding => ({ status: 'pass', text });

export const skip = (text: string): Finding => ({ status: 'skip', text });

export const warn = (text: string, todo: string): Finding => ({ status: 'warn', text, todo });

export const fail = (text: string, todo: string): Finding => ({ status: 'fail', text, todo });

/** Applies a check to a reading; if that failed, the check is skipped and says why. */
export function from<T>(reading: Reading<T>, find: (value: T) => Finding): Finding {
  return 'value' in reading ? find(reading.value) : { status: 'skip', text: reading.unread, isUnread: true };
}
