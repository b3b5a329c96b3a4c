import { firstCallOf } from '../../detection/detections';
import { asciiLine, defangMarkup } from '../../util/sanitize';
import { formatInstant } from '../../util/values';
import { isIdentityCenter } from '../identity';
import { type Alert, accountText, identityOf, type Notification, type NotificationStyle, sourceText } from '../model';
import { amount, flatten, instant, type Text, text, trusted, untrusted } from '../text';

interface Room {
  /** most characters of the name, and of its addition: a person's permission set, a role's session */
  readonly name: number;
  readonly of: number;
  /** whether it has time, day, origin of the calls, and the account's name */
  readonly hasTime: boolean;
  readonly hasDay: boolean;
  readonly hasSource: boolean;
  readonly hasAccountName: boolean;
  readonly findings: number;
  readonly isTerse?: boolean;
}

const FULL: Room = {
  name: 44,
  of: 40,
  hasTime: true,
  hasDay: true,
  hasSource: true,
  hasAccountName: true,
  findings: 2,
};

/** Most characters of a Subject; source: Amazon SNS API reference, Publish. */
const MAX_SUBJECT_LENGTH = 99;

const LEAST: Room = { ...FULL, of: 0, hasDay: false, hasAccountName: false, findings: 0 };

/** Ever shorter forms of a subject. Identity and extent stay to the end. */
const ROOMS: readonly Room[] = [
  FULL,
  { ...FULL, hasDay: false },
  ...[24, 0].map((of) => ({ ...FULL, hasDay: false, findings: 1, of })),
  ...[24, 0].map((of) => ({ ...LEAST, findings: 1, of })),
  ...[{ ...LEAST, hasAccountName: true }, { ...LEAST, of: 24 }, LEAST],
  ...[44, 36, 28, 24, 20].map((name) => ({ ...LEAST, isTerse: true, name })),
  ...[44, 36, 28, 24, 20, 16, 12].map((name) => ({ ...LEAST, hasSource: false, name })),
  // In addition to the mark of a replay.
  ...[28, 20, 16, 12].map((name) => ({ ...LEAST, hasSource: false, hasTime: false, name })),
];

/** One line that says which alert this is: who, how far, by what, where. */
export function renderHeadline(notification: Notification, style: NotificationStyle): Text {
  return [...headOf(notification, style, FULL), ...inAccount(notification, FULL)];
}

/** The headline as one line of at most 99 printable ASCII characters; the account is always whole in it. */
export function renderSubject(notification: Notification, style: NotificationStyle): string {
  const line = (of: Text) => asciiLine(flatten(of, defangMarkup));
  let [head, end] = ['', ''];
  for (const room of ROOMS) {
    [head, end] = [line(headOf(notification, style, room)), line(inAccount(notification, room))];
    if (head.length + end.length <= MAX_SUBJECT_LENGTH) return (head + end).trim();
  }
  return `${head.slice(0, MAX_SUBJECT_LENGTH - end.length - 3)}...${end}`.trim();
}

function headOf(notification: Notification, style: NotificationStyle, room: Room): Text {
  const { severityText, replayId, isFromHistory = false } = style;
  // First, so that it does not look new.
  const replay = replayId === undefined ? '' : `[REPLAY ${replayId}] `;
  const history = isFromHistory ? '[FROM HISTORY] ' : '';
  const prefix = trusted(`${replay}${history}regionsweep ${severityText}: `);
  switch (notification.kind) {
    case 'alert':
      return [...prefix, ...sweepOf(notification.alert, room, room.isTerse ? '' : 'in ')];
    case 'follow-up':
      return text`${prefix}follow-up: ${sweepOf(notification.alert, room, room.isTerse ? 'now ' : 'now in ')}`;
    case 'summary':
      return text`${prefix}summary: ${shortName(notification.actor, room)}, ${amount(notification.count, 'repeat')}`;
    case 'notice':
      return text`${prefix}${amount(notification.count, 'alert')} held by the rate limit until ${instant(notification.until)}`;
  }
}

function sweepOf(alert: Alert, room: Room, where: string): Text {
  const { regions, assessment } = alert;
  const looks = assessment.headline.slice(0, room.findings).join(', ');
  const suffix = trusted(looks === '' ? '' : ` (${looks})`);
  const first = formatInstant(firstCallOf(regions));
  const time = room.hasTime ? ` ${first.slice(11, 16)}Z` : '';
  const when = trusted(`${room.hasDay ? ` ${first.slice(0, 10)}` : ''}${time}`);
  const source = room.hasSource ? sourceText(alert) : [];
  return text`${shortName(nameOf(alert), room)} ${trusted(where)}${amount(regions.length, 'region')}${when}${source}${suffix}`;
}

/** Grouped by issuer, the sessions are still one person's. */
function nameOf({ actor, evidence: { arns, distinct } }: Alert): string {
  return isIdentityCenter(actor) && distinct.arns === 1 ? arns[0]!.value : actor;
}

/** `user/ci` of an ARN, `role/backup (nightly)` of a session, `alice (SSO Admin)` of a person's; else the actor. */
function shortName(actor: string, { name, of }: Room): Text {
  const [, role, session] = /:(?:assumed-role\/([^/]+)\/|role\/(?:[^/]+\/)*)(.+)$/s.exec(actor) ?? [];
  if (session === undefined) return untrusted(/^arn:(?:[^:]*:){4}(.+)$/s.exec(actor)?.[1] ?? actor, name);
  const set = /^AWSReservedSSO_(.+)_[0-9a-f]{16}$/.exec(role ?? session)?.[1];
  if (role === undefined)
    return set === undefined ? text`role/${untrusted(session, name)}` : text`SSO ${untrusted(set, name)}`;
  if (set === undefined)
    return text`role/${untrusted(role, name)}${of === 0 ? [] : text` (${untrusted(session, of)})`}`;
  return text`${untrusted(session, name)}${of === 0 ? [] : text` (SSO ${untrusted(set, of)})`}`;
}

function inAccount(notification: Notification, { hasAccountName }: Room): Text {
  const { account, accountName } = identityOf(notification);
  return account === undefined ? [] : text`, account ${accountText(account, hasAccountName ? accountName : undefined)}`;
}
