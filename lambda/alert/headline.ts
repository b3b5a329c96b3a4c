import { formatInstant } from '../time';
import type { Alert } from './alert';
import { findingsOf } from './findings';
import { asciiLine, defanged } from './inert';
import { replayMark, type Telling, type TellingStyle } from './telling';
import { joined, many, ours, quote, say, show, type Text } from './text';
import { shortTriage } from './triage/triage';

/** How much a headline says. */
interface Room {
  /** characters of the actor's name */
  readonly actor: number;
  /** facts */
  readonly facts: number;
}

const WHOLE: Room = { actor: 44, facts: 2 };

/** One line that says which alert this is: who, how far, by what, where. */
export function headlineOf(telling: Telling, style: TellingStyle): Text {
  return joined([headOf(telling, style, WHOLE), inAccount(telling)], '');
}

/** What SNS takes as a Subject; source: Amazon SNS API reference, Publish. */
const LONGEST_SUBJECT = 99;

/** What a subject does without, the least first. */
const ROOMS: readonly Room[] = [
  WHOLE,
  ...[40, 36, 32, 28].map((actor) => ({ actor, facts: 2 })),
  ...[44, 40, 36, 32, 28, 26, 24, 22, 20].map((actor) => ({ actor, facts: 1 })),
  ...[44, 40, 36, 32, 28, 24, 20, 16, 12].map((actor) => ({ actor, facts: 0 })),
];

/** The headline as one line of at most 99 printable ASCII characters; the account is always whole in it. */
export function subjectOf(telling: Telling, style: TellingStyle): string {
  const end = asciiLine(show(inAccount(telling), defanged));
  const room = LONGEST_SUBJECT - end.length;
  const heads = ROOMS.map((each) => asciiLine(show(headOf(telling, style, each), defanged)));
  const head = heads.find(({ length }) => length <= room) ?? `${heads.at(-1)!.slice(0, room - 3)}...`;
  return (head + end).trim();
}

function headOf(telling: Telling, style: TellingStyle, room: Room): Text {
  const mark = ours(`${replayMark(style)}regionsweep ${style.severityText}: `);
  switch (telling.kind) {
    case 'alert':
      return say`${mark}${shortActor(telling.alert, room)} in ${ours(many(telling.alert.regions.length, 'region'))}${byWhat(telling.alert, room)}`;
    case 'follow-up':
      return say`${mark}follow-up: ${shortActor(telling.alert, room)} now in ${ours(many(telling.alert.regions.length, 'region'))}${byWhat(telling.alert, room)}`;
    case 'summary':
      return say`${mark}summary: ${shortActor(telling, room)} again ${ours(many(telling.repeatCount, 'time'))}`;
    case 'notice':
      return say`${mark}${ours(many(telling.heldCount, 'alert'))} held back until ${ours(formatInstant(telling.until))}`;
  }
}

/** `user/ci-deploy` of an ARN; else the actor. */
function shortActor({ actor }: Pick<Alert, 'actor'>, { actor: longest }: Room): Text {
  return quote(/^arn:(?:[^:]*:){4}(.+)$/s.exec(actor)?.[1] ?? actor, longest);
}

/** What it looks like; nothing that a record says. */
function byWhat(alert: Alert, { facts: most }: Room): Text {
  const short = shortTriage(findingsOf(alert).facts, most);
  return ours(short === '' ? '' : ` (${short})`);
}

function inAccount(telling: Telling): Text {
  const account = accountOf(telling);
  return account === undefined ? [] : say`, account ${quote(account, 20)}`;
}

/** Whose doing is told; nobody's for a notice. */
export function accountOf(telling: Telling): string | undefined {
  switch (telling.kind) {
    case 'alert':
    case 'follow-up':
      return telling.alert.account;
    case 'notice':
      return undefined;
    case 'summary':
      return telling.account;
  }
}
