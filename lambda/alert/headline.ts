import { formatInstant } from '../time';
import type { Alert } from './alert';
import { replayMark, type Telling, type TellingStyle } from './telling';

/** One line that says which alert this is: who, how far, where. Quotes the actor: hostile where shown as it is. */
export function headlineOf(telling: Telling, style: TellingStyle): string {
  const mark = `${replayMark(style)}regionsweep ${style.severityText}: `;
  switch (telling.kind) {
    case 'alert':
      return `${mark}${shortActor(telling.alert)} in ${telling.alert.regions.length} regions${inAccount(telling.alert)}`;
    case 'follow-up':
      return `${mark}follow-up: ${shortActor(telling.alert)} now in ${telling.alert.regions.length} regions${inAccount(telling.alert)}`;
    case 'summary':
      return `${mark}summary: ${shortActor(telling)} again ${telling.repeatCount} times${inAccount(telling)}`;
    case 'notice':
      return `${mark}${telling.heldCount} alerts held back until ${formatInstant(telling.until)}`;
  }
}

/** `user/ci-deploy` of an ARN; else the actor. */
function shortActor({ actor }: Pick<Alert, 'actor'>): string {
  return /^arn:(?:[^:]*:){4}(.+)$/s.exec(actor)?.[1] ?? actor;
}

function inAccount({ account }: Pick<Alert, 'account'>): string {
  return account === undefined ? '' : `, account ${account}`;
}
