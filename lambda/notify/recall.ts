import type { Evidence } from '../alert/evidence/model';
import { type Recurrence, recurrenceOf, traitsOfAlert } from '../alert/recurrence';
import type { Detection } from '../detection/detections';
import { scopePrefix } from '../detection/store-keys';
import { reasonOf } from '../errors';
import { identityOfActor, memorySince, rememberAlerts } from '../state/earlier-alerts';
import { sanitize } from '../util/sanitize';
import { getOrInsert } from '../util/values';
import type { Claim } from './claims';
import type { Stateful, Uses } from './context';

type Recalling = Stateful & Uses<'telemetry'>;

/**
 * Records alerts that are about to be published, and compares each with the earlier ones of its identity. All are
 * recorded before the first is compared, so that their order does not matter. After a failure the alerts are published
 * without the comparison.
 */
export async function recall(
  claims: readonly Claim[],
  evidence: ReadonlyMap<Detection, Evidence>,
  detector: Recalling,
) {
  const { store, invocation, telemetry } = detector;
  const recurrences = new Map<Claim, Recurrence | undefined>();
  const identities = new Map<string, Claim[]>();
  for (const claim of claims) {
    const name = `${scopePrefix(claim.scope)} ${identityOfActor(claim.detection.actor).name}`;
    getOrInsert(identities, name, (): Claim[] => []).push(claim);
  }
  for (const own of identities.values()) {
    const [{ detection, scope, alert }] = own as [Claim];
    const traits = own.map((claim) => {
      const { alertId } = claim.alert;
      return [claim, traitsOfAlert(alertId, claim.detection, evidence.get(claim.detection)!)] as const;
    });
    try {
      const now = invocation.now();
      // A replay reads objects in any order, so how far back its memory reaches is unknown.
      const since = scope.replayId === undefined ? await memorySince(store, scope, now) : undefined;
      const { name } = identityOfActor(detection.actor);
      const added = traits.map(([, one]) => one);
      const all = await rememberAlerts(store, name, scope, added, now);
      const memory = scope.replayId === undefined ? 'state' : 'replay';
      for (const [claim, one] of traits) recurrences.set(claim, recurrenceOf(one, all, memory, since));
    } catch (error) {
      const reason = sanitize(reasonOf(error), 400);
      telemetry.warn('earlier alerts not known', { alertId: alert.alertId, reason });
    }
  }
  return recurrences;
}
