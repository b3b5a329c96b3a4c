import type { TrailRecord } from '../../lambda/detection/classify';
import type { RuleParameters } from '../../lambda/detection/rule';
import type { RateLimits } from '../../lambda/notify/context';
import type { FaultSettings } from './faults';

/** A world as planned: what was called, in which objects it is recorded, when they are announced. Seconds are UTC epoch. */
export interface Plan {
  readonly rule: RuleParameters;
  readonly limits: RateLimits;
  readonly followUpMinutes: number;
  readonly suppressMinutes: number;
  /** the actor whose calls an exception leaves out */
  readonly excepted: string | undefined;
  /** whether the bucket can be listed for evidence */
  readonly isListed: boolean;
  readonly fleet: {
    /** functions at a time */
    readonly most: number;
    readonly batchSize: number;
    /** objects one function has open at a time */
    readonly concurrency: number;
    /** a function's clock is off by as much either way */
    readonly skew: number;
    /** how many times longer calls take: enough that one invocation cannot do all */
    readonly slowness: number;
  };
  readonly faults: FaultSettings;
  readonly objects: readonly PlannedObject[];
  readonly notices: readonly Notice[];
}

export interface PlannedCall {
  /** index of the actor, for leaving it out */
  readonly owner: number;
  /** as the rule's groupBy names it; `undefined` for a service by itself */
  readonly actor: string | undefined;
  readonly identity: TrailRecord;
  readonly region: string;
  readonly second: number;
  readonly id: string;
}

export interface PlannedObject {
  readonly key: string;
  readonly calls: readonly PlannedCall[];
  /** `cut`: its calls can be read, then it breaks off; `garbage`: none can; `gone`: it was deleted */
  readonly state: 'whole' | 'cut' | 'garbage' | 'gone';
  /** pieces it is read in */
  readonly pieces: number;
  readonly isGzip: boolean;
}

/** One message put on the queue from outside. */
export interface Notice {
  readonly at: number;
  /** indexes of the objects it names */
  readonly objects: readonly number[];
  readonly replayId?: string;
  /** a body that is no notice */
  readonly body?: string;
}

export const BUCKET = 'trail-bucket';

/** What cannot be handled ever, and so must end in the dead letters. */
export function isPoison(notice: Notice, { objects }: Plan): boolean {
  return (
    notice.body !== undefined || notice.objects.some((index) => ['cut', 'garbage'].includes(objects[index]!.state))
  );
}

/** The objects that the notices of a scope name and that can be read. */
export function namedObjects({ notices, objects }: Plan, replayId: string | undefined): PlannedObject[] {
  const named = new Set(notices.filter((notice) => notice.replayId === replayId).flatMap((notice) => notice.objects));
  return [...named].map((index) => objects[index]!).filter(({ state }) => state === 'whole' || state === 'cut');
}
