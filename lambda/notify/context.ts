import type { AccountNames, NotificationStyle } from '../alert/model';
import type { AlertSink, ControlQueue, Telemetry } from '../ports';
import type { StateStore } from '../state/store';
import type { ReadOptions } from '../trail/object-reader';
import type { AddressOwners } from '../util/address-owners';

/** The deployed detector during an invocation. Functions take the parts they use alone: `Uses<'store' | 'sink'>`. */
export interface Detector {
  readonly reading: ReadOptions;
  /** the watched trail; without it every announced object is read */
  readonly trail?: WatchedTrail | undefined;
  /** number of objects open at a time */
  readonly concurrency: number;
  readonly alerting: AlertSettings;
  readonly store: StateStore;
  readonly sink: AlertSink;
  readonly queue: ControlQueue;
  /** from the user's files, if any */
  readonly owners?: AddressOwners | undefined;
  readonly telemetry: Telemetry;
  readonly invocation: Invocation;
}

export interface WatchedTrail {
  readonly bucket: string;
  /** the start of every key */
  readonly prefix: string;
}

export type Uses<K extends keyof Detector> = Pick<Detector, K>;

/** What it takes to change stored state, to hold an alert back, and to publish. */
export type Stateful = Uses<'store' | 'invocation'>;
export type Holding = Stateful & Uses<'alerting' | 'telemetry'>;
export type Publishing = Holding & Uses<'sink'>;

export interface AlertSettings extends RateLimits, Omit<NotificationStyle, 'replayId'> {
  readonly accountNames?: AccountNames | undefined;
  /** from an alert to its follow-up; 0 for none */
  readonly followUpMinutes: number;
  /** after an alert, in which further detections of its actor are only counted; 0 publishes each */
  readonly suppressMinutes: number;
}

export interface RateLimits {
  readonly capAlerts: number;
  /** the interval in which at most so many alerts are published */
  readonly capSeconds: number;
}

/** Seconds are UTC epoch. */
export interface Invocation {
  /** unique: leases name their holder by it */
  readonly id: string;
  readonly now: () => number;
  /** when Lambda ends it */
  readonly deadline: number;
  /** settles after that many seconds, to abandon what stalls; without it, work is abandoned only between its steps */
  readonly after?: ((seconds: number) => Promise<unknown>) | undefined;
}

export function secondsLeft({ now, deadline }: Invocation): number {
  return deadline - now();
}

/** Seconds after which an alert is published with the evidence gathered so far. */
export const EVIDENCE_SECONDS = 10;

/** Seconds of an invocation reserved for publishing, however much evidence there is. */
export const PUBLISH_SECONDS = 5;
