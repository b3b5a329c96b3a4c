import { formatInstant } from '../../util/values';
import type { FalsePositive } from '../model';
import { join, type Text, text } from '../text';
import type { GuideContext } from './context';
import { addressOf, globOf } from './quoting';

/** After so long somebody should say again that it is expected. */
const EXPIRY_SECONDS = 90 * 86_400;

export function falsePositive(context: GuideContext): FalsePositive {
  const { evidence, end } = context.sweep;
  const conditions = conditionsOf(context);
  const when = [
    text`A person opened a page of the console that shows all regions, and is who they should be.`,
    text`An inventory, an audit tool or a cost tool of yours runs with this identity, from this address, at this time of day.`,
    text`Somebody is building or moving something across regions, and says so.`,
  ];
  if (conditions === undefined) {
    const note =
      evidence.calls === 0
        ? text`No exception is advised: the records could not be read, so it is not known what would be excepted.`
        : text`No exception is advised: nothing about this identity is both fixed and safe to write down.`;
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

/** Fields of an exception that say which calls it takes. */
type Conditions = Readonly<Record<string, string | boolean>>;

/** The narrowest that the same doing would match tomorrow. */
function conditionsOf(context: GuideContext): Conditions | undefined {
  // Without a record nobody knows what would be excepted.
  if (context.principal.kind === 'root' || context.sweep.evidence.calls === 0) return undefined;
  const who = whoOf(context);
  return who === undefined ? undefined : { ...who, ...whereOf(context) };
}

/** A session has another name and key tomorrow, its role has not. */
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

/** What else holds of all the calls. Not a user agent: that is the caller's to choose. */
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
    text`Add this entry to the exceptions, with who says so and why. Every field given must match; widen it only as far as you must.`,
  ];
  if (!('source' in conditions || 'consoleCredential' in conditions)) {
    notes.push(
      'accessKeyId' in conditions
        ? text`It names no address: whoever has the key is excepted wherever they are. Add a range as source if you know one.`
        : text`It names nothing but the identity: whoever gets hold of that is excepted wherever they are and whatever they use. Add a range as source, or leave the exception.`,
    );
  }
  if (Object.values(conditions).some((value) => String(value).includes('?'))) {
    notes.push(text`A ? stands for any one character, here for dots and others that would make a link.`);
  }
  return notes;
}
