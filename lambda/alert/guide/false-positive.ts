import { formatInstant } from '../../util/values';
import { addressOf } from '../identity';
import type { Alert, Expected } from '../model';
import { joined, say, type Text } from '../text';
import { arnGlob, type Subject, subjectOf } from './context';

/** After so long somebody should say again that it is expected. */
const EXPIRY_SECONDS = 90 * 86_400;

export function expectedOf(alert: Alert): Expected {
  const conditions = conditionsOf(subjectOf(alert));
  return {
    when: [
      say`A person opened a page of the console that shows all regions, and is who they should be.`,
      say`An inventory, an audit tool or a cost tool of yours runs with this identity, from this address, at this time of day.`,
      say`Somebody is building or moving something across regions, and says so.`,
    ],
    exception: conditions === undefined ? undefined : JSON.stringify(entryOf(conditions, alert)),
    note: conditions === undefined ? noEntry(alert) : joined(notesOf(conditions), ' '),
  };
}

/** Fields of an exception that say which calls it takes. */
type Conditions = Readonly<Record<string, string | boolean>>;

/** The narrowest that the same doing would match tomorrow. */
function conditionsOf(subject: Subject): Conditions | undefined {
  const { alert, principal } = subject;
  // Without a record nobody knows what would be excepted.
  if (principal.kind === 'root' || alert.evidence.calls === 0) return undefined;
  const who = whoOf(subject);
  return who === undefined ? undefined : { ...who, ...whereOf(subject) };
}

/** A session has another name and key tomorrow, its role has not. */
function whoOf({ alert, keyId, isLongLived }: Subject): Conditions | undefined {
  const issuer = arnGlob(alert.evidence.issuers[0]?.value);
  if (issuer !== undefined) return { issuer };
  const arn = arnGlob(alert.actor);
  if (arn !== undefined) return { arn };
  return keyId !== undefined && isLongLived && isWhole(keyId) ? { accessKeyId: keyId } : undefined;
}

/** What else holds of all the calls. Not a user agent: that is the caller's to choose. */
function whereOf({ alert: { evidence }, keyIds, isLongLived }: Subject): Conditions {
  const { fromConsole, calls, sourceAddresses, accessKeyIds } = evidence;
  if (fromConsole > 0 && fromConsole === calls) return { consoleCredential: true };
  const only = sourceAddresses.length === 1 ? addressOf(sourceAddresses[0]!.value) : undefined;
  if (only !== undefined) return { source: only };
  const isOneKey = isLongLived && accessKeyIds.length === 1 && isWhole(keyIds[0]!);
  return isOneKey ? { accessKeyId: keyIds[0]! } : {};
}

/** As exceptions ask of a key id. */
function isWhole(keyId: string): boolean {
  return keyId.length >= 16;
}

function entryOf(conditions: Conditions, { end }: Alert): Conditions {
  return {
    ...conditions,
    reason: 'why this is expected',
    owner: 'who says so',
    expires: formatInstant(end + EXPIRY_SECONDS).slice(0, 10),
  };
}

function notesOf(conditions: Conditions): Text[] {
  const isFromAnywhere = !('source' in conditions || 'consoleCredential' in conditions);
  return [
    say`Add this entry to the exceptions, with who says so and why. Every field given must match; widen it only as far as you must.`,
    ...(isFromAnywhere
      ? [
          'accessKeyId' in conditions
            ? say`It names no address: whoever has the key is excepted wherever they are. Add a range as source if you know one.`
            : say`It names nothing but the identity: whoever gets hold of that is excepted wherever they are and whatever they use. Add a range as source, or leave the exception.`,
        ]
      : []),
    ...(Object.values(conditions).some((value) => String(value).includes('?'))
      ? [say`A ? stands for any one character, here for dots and others that would make a link.`]
      : []),
  ];
}

function noEntry({ evidence }: Alert): Text {
  return evidence.calls === 0
    ? say`No exception is advised: the records could not be read, so it is not known what would be excepted.`
    : say`No exception is advised: nothing about this identity is both fixed and safe to write down.`;
}
