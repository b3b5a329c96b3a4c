import type { AccountNames, NotificationStyle } from '../alert/model';
import type { AlertSink, ControlQueue, Telemetry } from '../ports';
import type { StateStore } from '../state/store';
import type { ReadOptions } from '../trail/object-reader';
import type { AddressOwners } from '../util/address-owners';

/** The deployed detector during one invocation. A function takes what it uses of it, as `Uses<'store' | 'telemetry'>`. */
export interface Detector {
  readonly reading: ReadOptions;
  /** the trail that is watched; without it, whatever is announced is read */
  readonly trail?: WatchedTrail | undefined;
  /** objects open at a time */
  readonly concurrency: number;
  readonly alerting: AlertSettings;
  readonly store: StateStore;
  readonly sink: AlertSink;
  readonly queue: ControlQueue;
  /** whose addresses are, where files of the user's say it */
  readonly owners?: AddressOwners | undefined;
  readonly telemetry: Telemetry;
  readonly invocation: Invocation;
}

/** Where the objects of the trail are. */
export interface WatchedTrail {
  readonly bucket: string;
  /** what every key starts with */
  readonly prefix: string;
}

export type Uses<K extends keyof Detector> = Pick<Detector, K>;

/** How alerts are published: as it is configured, with the name of the detector. */
export interface AlertSettings extends RateLimits, Omit<NotificationStyle, 'replayId'> {
  readonly accountNames?: AccountNames | undefined;
  /** from an alert to its follow-up; 0 for none */
  readonly followUpMinutes: number;
  /** after an alert, in which further detections of its actor are counted but not published; 0 publishes each */
  readonly suppressMinutes: number;
}

export interface RateLimits {
  /** alerts published in one interval */
  readonly capAlerts: number;
  /** length of the interval */
  readonly capSeconds: number;
}

/** Seconds are UTC epoch. */
export interface Invocation {
  /** unique */
  readonly id: string;
  readonly now: () => number;
  /** when Lambda ends it */
  readonly deadline: number;
  /** settles after that many seconds, to abandon what stalls; without it only what was started can be abandoned */
  readonly after?: ((seconds: number) => Promise<unknown>) | undefined;
}

/** Until Lambda ends the invocation. */
export function secondsLeft({ now, deadline }: Invocation): number {
  return deadline - now();
}

/** The longest that evidence is gathered before its alert is published without the rest. */
export const EVIDENCE_SECONDS = 10;

/** Reserved of an invocation's time to publish in, however much evidence there is. */
export const PUBLISH_SECONDS = 5;
