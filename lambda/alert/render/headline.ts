import { asciiLine, defangMarkup } from '../../util/sanitize';
import { type Alert, accountText, identityOf, type Notification, type NotificationStyle } from '../model';
import { amount, flatten, instant, type Text, text, trusted, untrusted } from '../text';

/** How much a headline says. */
interface Room {
  /** characters of the actor's name */
  readonly actor: number;
  readonly findings: number;
}

const FULL: Room = { actor: 44, findings: 2 };

/** What SNS takes as a Subject; source: Amazon SNS API reference, Publish. */
const MAX_SUBJECT_LENGTH = 99;

/** What a subject does without, the least first. */
const ROOMS: readonly Room[] = [
  FULL,
  ...[40, 36, 32, 28].map((actor) => ({ actor, findings: 2 })),
  ...[44, 40, 36, 32, 28, 26, 24, 22, 20].map((actor) => ({ actor, findings: 1 })),
  ...[44, 40, 36, 32, 28, 24, 20, 16, 12].map((actor) => ({ actor, findings: 0 })),
];

/** One line that says which alert this is: who, how far, by what, where. */
export function renderHeadline(notification: Notification, style: NotificationStyle): Text {
  return [...headOf(notification, style, FULL), ...inAccount(notification)];
}

/** The headline as one line of at most 99 printable ASCII characters; the account is always whole in it. */
export function renderSubject(notification: Notification, style: NotificationStyle): string {
  const line = (of: Text) => asciiLine(flatten(of, defangMarkup));
  let [head, end] = ['', ''];
  // The name of the account goes before the last finding does.
  for (const isNamed of [true, false]) {
    end = line(inAccount(notification, isNamed));
    for (const room of ROOMS.filter(({ findings }) => !isNamed || findings > 0)) {
      head = line(headOf(notification, style, room));
      if (head.length + end.length <= MAX_SUBJECT_LENGTH) return (head + end).trim();
    }
  }
  return `${head.slice(0, MAX_SUBJECT_LENGTH - end.length - 3)}...${end}`.trim();
}

function headOf(notification: Notification, { severityText, replayId }: NotificationStyle, room: Room): Text {
  // Before every text of a replay, so that nobody mistakes it for news.
  const replay = replayId === undefined ? '' : `[REPLAY ${replayId}] `;
  const prefix = trusted(`${replay}regionsweep ${severityText}: `);
  switch (notification.kind) {
    case 'alert':
      return [...prefix, ...sweepOf(notification.alert, room, 'in')];
    case 'follow-up':
      return text`${prefix}follow-up: ${sweepOf(notification.alert, room, 'now in')}`;
    case 'summary':
      return text`${prefix}summary: ${shortName(notification.actor, room)}, ${amount(notification.repeatCount, 'repeat')}`;
    case 'notice':
      return text`${prefix}${amount(notification.heldCount, 'alert')} held back until ${instant(notification.until)}`;
  }
}

function sweepOf({ actor, regions, assessment }: Alert, room: Room, where: string): Text {
  const looks = assessment.headline.slice(0, room.findings).join(', ');
  const suffix = trusted(looks === '' ? '' : ` (${looks})`);
  return text`${shortName(actor, room)} ${trusted(where)} ${amount(regions.length, 'region')}${suffix}`;
}

/** `user/ci-deploy` of an ARN; else the actor. */
function shortName(actor: string, room: Room): Text {
  return untrusted(/^arn:(?:[^:]*:){4}(.+)$/s.exec(actor)?.[1] ?? actor, room.actor);
}

function inAccount(notification: Notification, isNamed = true): Text {
  const { account, accountName } = identityOf(notification);
  return account === undefined ? [] : text`, account ${accountText(account, isNamed ? accountName : undefined)}`;
}
