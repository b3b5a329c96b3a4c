import { formatInstant } from '../time';
import type { Alert } from './alert';
import { findingsOf } from './findings';
import { replayMark, type Telling, type TellingStyle } from './telling';
import { ours, quote, say, type Text } from './text';
import { shortTriage } from './triage/triage';

/** One line that says which alert this is: who, how far, by what, where. */
export function headlineOf(telling: Telling, style: TellingStyle): Text {
  const mark = ours(`${replayMark(style)}regionsweep ${style.severityText}: `);
  switch (telling.kind) {
    case 'alert':
      return say`${mark}${shortActor(telling.alert)} in ${telling.alert.regions.length} regions${byWhat(telling.alert)}${inAccount(telling.alert)}`;
    case 'follow-up':
      return say`${mark}follow-up: ${shortActor(telling.alert)} now in ${telling.alert.regions.length} regions${byWhat(telling.alert)}${inAccount(telling.alert)}`;
    case 'summary':
      return say`${mark}summary: ${shortActor(telling)} again ${telling.repeatCount} times${inAccount(telling)}`;
    case 'notice':
      return say`${mark}${telling.heldCount} alerts held back until ${ours(formatInstant(telling.until))}`;
  }
}

/** Of a name so much that a subject has room for what it looks like. The text says all of it. */
const LONGEST_ACTOR = 44;

/** `user/ci-deploy` of an ARN; else the actor. */
export function shortActor({ actor }: Pick<Alert, 'actor'>): Text {
  return quote(/^arn:(?:[^:]*:){4}(.+)$/s.exec(actor)?.[1] ?? actor, LONGEST_ACTOR);
}

/** What it looks like; nothing that a record says. */
function byWhat(alert: Alert): Text {
  const short = shortTriage(findingsOf(alert).facts);
  return ours(short === '' ? '' : ` (${short})`);
}

function inAccount({ account }: Pick<Alert, 'account'>): Text {
  return account === undefined ? [] : say`, account ${quote(account, 20)}`;
}
