import { WAKE_UP_MINUTES } from '../../lambda/messages/control-message';
import type { AlertSettings, Detector } from '../../lambda/notify/context';
import { SLACK_SECONDS } from '../../lambda/notify/lease';
import type { Telemetry } from '../../lambda/ports';
import type { StateStore } from '../../lambda/state/store';

/** What worlds make their detectors of. */

export const ALERTING: AlertSettings = {
  ...{ detector: 'test', severityText: 'low', chatAsDefault: false },
  ...{ capAlerts: 100, capSeconds: 300, followUpMinutes: 0, suppressMinutes: 0 },
};

export const SILENT: Telemetry = { count() {}, observe() {}, debug() {}, info() {}, warn() {}, error() {} };

/** A state store with some methods of its own. */
export function storeWith(store: StateStore, own: Partial<StateStore>): StateStore {
  return Object.assign(Object.create(store) as StateStore, own);
}

/** When the schedule has something found that is due at a time: its first message after every clock has reached that. */
export function nextWakeUp(dueAt: number): number {
  return (Math.floor((dueAt + SLACK_SECONDS) / (60 * WAKE_UP_MINUTES)) + 1) * 60 * WAKE_UP_MINUTES;
}

/** A detector of these parts; what it publishes and queues goes nowhere. */
export function detectorWith(parts: Pick<Detector, 'reading' | 'store' | 'invocation'> & Partial<Detector>): Detector {
  return {
    ...{ concurrency: 4, alerting: ALERTING, telemetry: SILENT },
    sink: { publish: async () => 'published' },
    queue: { sendBatch: async () => undefined },
    ...parts,
  };
}
