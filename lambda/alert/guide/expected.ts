import { formatInstant } from '../../time';
import type { Alert } from '../alert';
import { say, type Text } from '../text';
import { arnGlob, type Subject, subjectOf } from './subject';

/** When an alert is none, and how not to get it again. */
export interface Expected {
  readonly when: readonly Text[];
  /** one entry of the exceptions, as JSON; absent where none can be advised */
  readonly exception: string | undefined;
  readonly note: Text;
}

/** After so long somebody should say again that it is expected. */
const EXPIRY_SECONDS = 90 * 86_400;

export function expectedOf(alert: Alert): Expected {
  const subject = subjectOf(alert);
  const entry = entryOf(subject);
  return {
    when: [
      say`A person opened a page of the console that shows all regions, and is who they should be.`,
      say`An inventory, an audit tool or a cost tool of yours runs with this identity, from this address, at this time of day.`,
      say`Somebody is building or moving something across regions, and says so.`,
    ],
    exception: entry === undefined ? undefined : JSON.stringify(entry),
    note:
      entry === undefined
        ? say`No exception is advised: nothing about this identity is both fixed and safe to write down.`
        : say`Add this entry to the exceptions, with who says so and why. Every field given must match; widen it only as far as you must.`,
  };
}

type Entry = Readonly<Record<string, string | boolean>>;

/** The narrowest entry that the same doing would match tomorrow. */
function entryOf(subject: Subject): Entry | undefined {
  const { alert, principal } = subject;
  if (principal.kind === 'root') return undefined;
  const who = whoOf(subject);
  if (who === undefined) return undefined;
  return {
    ...who,
    ...whereOf(alert),
    reason: 'why this is expected',
    owner: 'who says so',
    expires: formatInstant(alert.end + EXPIRY_SECONDS).slice(0, 10),
  };
}

/** A session has another name and key tomorrow, its role has not. */
function whoOf({ alert, keyId, isLongLived }: Subject): Entry | undefined {
  const issuer = arnGlob(alert.evidence.issuers[0]?.value);
  if (issuer !== undefined) return { issuer };
  const arn = arnGlob(alert.actor);
  if (arn !== undefined) return { arn };
  return keyId !== undefined && isLongLived && keyId.length >= 16 ? { accessKeyId: keyId } : undefined;
}

function whereOf({ evidence }: Alert): Entry {
  const { fromConsole, calls, sourceAddresses } = evidence;
  if (fromConsole > 0 && fromConsole === calls) return { consoleCredential: true };
  const only = sourceAddresses.length === 1 ? sourceAddresses[0]!.value : undefined;
  return only !== undefined && /^\d{1,3}(?:\.\d{1,3}){3}$/.test(only) ? { source: only } : {};
}
