import type { EvidenceLimits } from '../alert/evidence/gather';
import type { NotificationStyle } from '../alert/model';
import type { AlertSink, ControlQueue, Telemetry } from '../ports';
import type { StateStore } from '../state/store';
import type { ReadOptions } from '../trail/object-reader';

/** The deployed detector during one invocation: its settings and the world it is handed. */
export interface Detector {
  readonly reading: ReadOptions;
  /** objects open at a time */
  readonly concurrency: number;
  readonly style: Omit<NotificationStyle, 'replayId'>;
  readonly cap: RateLimits;
  /** seconds from an alert to its follow-up; 0 for none */
  readonly followUpSeconds: number;
  /** seconds after an alert in which further hits of its actor are counted, not told; absent or 0 tells each */
  readonly suppressSeconds?: number;
  readonly store: StateStore;
  readonly sink: AlertSink;
  readonly queue: ControlQueue;
  readonly telemetry: Telemetry;
  /** UTC epoch seconds */
  readonly now: () => number;
  /** UTC epoch second at which this invocation is ended from outside */
  readonly deadline: number;
  /** settles after so many seconds, to give up what stalls; without it only what is begun is given up */
  readonly after?: ((seconds: number) => Promise<unknown>) | undefined;
  /** names this invocation and no other */
  readonly invocationId: string;
}

const DAY = 86_400;

/** From writing: 14 days in the queue, 14 in the dead letters, and a week to redrive. */
export const TALLY_SECONDS = 35 * DAY;

/** From writing: longer than any message that could tell an alert again. */
export const ALERT_SECONDS = 60 * DAY;

/** Clocks of two functions differ by less; a lease ends this long after its claimant was ended. */
export const LEASE_SLACK_SECONDS = 5;

/** The longest that evidence is gathered before its alert goes out without the rest. */
export const EVIDENCE_SECONDS = 10;

/** Kept back of an invocation's time to publish in, whatever evidence there is. */
export const PUBLISH_SECONDS = 5;

/** How much is opened for it: parsed at 100 MB a second, that many bytes fit into the time. */
export const EVIDENCE_LIMITS: EvidenceLimits = { objects: 500, bytes: 512 * 2 ** 20 };

export interface RateLimits {
  /** alerts */
  readonly most: number;
  /** length of the interval */
  readonly seconds: number;
}
