import { formatInstant } from '../../util/values';
import type { FalsePositive } from '../model';
import { join, type Text, text } from '../text';
import type { GuideContext } from './context';
import { addressOf, globOf } from './quoting';

/** After this, somebody should confirm again that it is expected. */
const EXPIRY_SECONDS = 90 * 86_400;

export function falsePositive(context: GuideContext): FalsePositive {
  const { evidence, end } = context.sweep;
  const conditions = conditionsOf(context);
  const when = [
    text`Someone opened a console page that shows all regions, and confirms it.`,
    text`Your inventory, audit or cost tool runs with this identity, from this address, at this time of day.`,
    text`Someone is building or moving something across regions, and confirms it.`,
  ];
  if (conditions === undefined) {
    const note =
      evidence.calls === 0
        ? text`No exception is suggested: the records could not be read, so it is unknown what it would match.`
        : text`No exception is suggested: nothing about this identity is both permanent and safe to quote.`;
    return { when, exception: undefined, note };
  }
  const exception = JSON.stringify({
    ...conditions,
    reason: 'why this is expected',
    owner: 'who says so',
    expires: formatInstant(end + EXPIRY_SECONDS).slice(0, 10),
  });
  return { when, exception, note: join(notesOf(conditions), ' ') };
}

/** Fields of an exception that say which calls it matches. */
type Conditions = Readonly<Record<string, string | boolean>>;

/** The narrowest that the same activity would match tomorrow. */
function conditionsOf(context: GuideContext): Conditions | undefined {
  // Without a record it is unknown what would be excepted.
  if (context.principal.kind === 'root' || context.sweep.evidence.calls === 0) return undefined;
  const who = whoOf(context);
  return who === undefined ? undefined : { ...who, ...whereOf(context) };
}

/** Tomorrow's session has another name and key; its role stays. */
function whoOf({ sweep, keyId, isLongLived }: GuideContext): Conditions | undefined {
  const issuer = arnGlob(sweep.evidence.issuers[0]?.value);
  if (issuer !== undefined) return { issuer };
  const arn = arnGlob(sweep.actor);
  if (arn !== undefined) return { arn };
  return keyId !== undefined && isLongLived && isWhole(keyId) ? { accessKeyId: keyId } : undefined;
}

function arnGlob(arn: string | undefined): string | undefined {
  return arn?.startsWith('arn:') === true ? globOf(arn) : undefined;
}

/** What else all calls have in common. Not the user agent: the caller chooses it. */
function whereOf({ sweep: { evidence }, keyId = '', isLongLived }: GuideContext): Conditions {
  const { fromConsole, calls, sourceAddresses, accessKeyIds } = evidence;
  if (fromConsole > 0 && fromConsole === calls) return { consoleCredential: true };
  const only = sourceAddresses.length === 1 ? addressOf(sourceAddresses[0]!.value) : undefined;
  if (only !== undefined) return { source: only };
  return isLongLived && accessKeyIds.length === 1 && isWhole(keyId) ? { accessKeyId: keyId } : {};
}

/** As exceptions ask of a key id. */
function isWhole(keyId: string): boolean {
  return keyId.length >= 16;
}

function notesOf(conditions: Conditions): Text[] {
  const notes = [
    text`Add this entry to the exceptions and fill in reason and owner. All its fields must match; widen it only as far as you need.`,
  ];
  if (!('source' in conditions || 'consoleCredential' in conditions)) {
    notes.push(
      'accessKeyId' in conditions
        ? text`It matches from any address: anyone who has the key is excepted. Add a range as source if you know one.`
        : text`It matches the identity alone: anyone who gets hold of it is excepted, from any address and with any tool. Add a range as source, or do not add the exception.`,
    );
  }
  if (Object.values(conditions).some((value) => String(value).includes('?'))) {
    notes.push(text`A ? matches any one character, here dots and others that would make a link.`);
  }
  return notes;
}
