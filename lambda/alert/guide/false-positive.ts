import { formatInstant, present } from '../../util/values';
import { toolNamed } from '../evidence/known-tools';
import { valuesOf } from '../evidence/model';
import type { FalsePositive } from '../model';
import { join, type Text, text, trusted } from '../text';
import { callsWith } from '../triage/quantify';
import type { GuideContext } from './context';
import { addressOf, globOf } from './quoting';

const EXPIRY_SECONDS = 90 * 86_400;

export function falsePositive(context: GuideContext): FalsePositive {
  const when = whenOf(context);
  const who = whoOf(context);
  const why = whyNone(context, who);
  if (why !== undefined) return { when, exception: undefined, note: text`No exception is suggested: ${trusted(why)}.` };
  // The narrowest that the same activity would match tomorrow.
  const conditions = { ...who, ...whereOf(context) };
  const exception = JSON.stringify({
    ...conditions,
    reason: 'why this is expected',
    owner: 'who says so',
    expires: formatInstant(context.sweep.end + EXPIRY_SECONDS).slice(0, 10),
  });
  return { when, exception, note: join(notesOf(conditions, context), ' ') };
}

function whyNone({ sweep: { evidence }, principal }: GuideContext, who: Conditions | undefined): string | undefined {
  if (evidence.calls === 0) return 'the records could not be read, so it is unknown what it would match';
  if (evidence.consoleUses.shell > 0) {
    return 'CloudShell has no address of its own, and whoever has the console session has it';
  }
  if (principal.kind === 'root') return 'nothing that lists instances needs the root user';
  return who === undefined ? 'nothing about this identity is both permanent and safe to quote' : undefined;
}

function whenOf({ sweep: { evidence }, principal }: GuideContext): Text[] {
  const { consoleUses, claims, invokedBy, calls } = evidence;
  // Where no record says that it was a page, an old one may still not say so.
  const mayBePage = consoleUses.page > 0 || valuesOf(claims).some((claim) => toolNamed(claim).kind === 'console');
  // The console calls by the name of a service as well, for people.
  const isByService = calls > 0 && callsWith(invokedBy, (name) => name !== 'signin.amazonaws.com') === calls;
  return present([
    mayBePage && text`Someone opened a console page that shows all regions, and confirms it.`,
    isByService && text`A feature of the service that looks at all regions is switched on, and its owner confirms it.`,
    !isByService &&
      principal.kind !== 'root' &&
      text`Your inventory, audit or cost tool runs with this identity, from this address, at this time of day.`,
    !isByService && text`Someone is building or moving something across regions, and confirms it.`,
  ]);
}

type Conditions = Readonly<Record<string, string | boolean>>;

/** Tomorrow's session has another key, and most another name; its role stays, and so does a person of Identity Center. */
function whoOf({ sweep, keyIds, isLongLived, kind }: GuideContext): Conditions | undefined {
  const { arns, issuers, distinct } = sweep.evidence;
  const issuer = arnGlob(issuers[0]?.value);
  const isPerson = kind === 'identity-center' || kind === 'federated';
  // Counted by issuer several people are one actor.
  if (issuer !== undefined && (!isPerson || distinct.arns > 1)) return { issuer };
  const arn = arnGlob(isPerson && distinct.arns === 1 ? arns[0]!.value : sweep.actor);
  if (arn !== undefined) return { arn };
  return isLongLived ? keyOf(keyIds) : undefined;
}

function arnGlob(arn: string | undefined): string | undefined {
  return arn?.startsWith('arn:') === true ? globOf(arn) : undefined;
}

/** What else all calls have in common. Not the user agent: the caller chooses it. */
function whereOf({ sweep: { evidence }, keyIds, isLongLived, kind }: GuideContext): Conditions {
  const { consoleUses, calls, sourceAddresses, publicAddresses, vpcEndpoints, accessKeyIds } = evidence;
  if (consoleUses.page === calls) return { consolePage: true };
  // AWS's own name of a service, which nobody else can have; an address of AWS's is somebody else's tomorrow.
  const [source, endpoint] = [sourceAddresses[0]?.value ?? '', vpcEndpoints[0]?.value ?? ''];
  if (sourceAddresses.length === 1 && /^[a-z0-9-]+\.amazonaws\.com$/.test(source)) return { source };
  if (kind === 'function') return {};
  if (vpcEndpoints.length > 0) {
    const isOne = vpcEndpoints.length === 1 && vpcEndpoints[0]!.calls === calls;
    return isOne && /^vpce-[0-9a-f]{8,17}$/.test(endpoint) ? { vpcEndpoint: endpoint } : {};
  }
  const only = sourceAddresses.length === 1 ? addressOf(publicAddresses[0]?.value ?? '') : undefined;
  if (only !== undefined) return { source: only };
  return (isLongLived && accessKeyIds.length === 1 && keyOf(keyIds)) || {};
}

/** Exceptions refuse a shorter id. */
function keyOf([keyId = '']: readonly string[]): Conditions | undefined {
  return keyId.length >= 16 ? { accessKeyId: keyId } : undefined;
}

function notesOf(conditions: Conditions, { kind }: GuideContext): Text[] {
  const { source, consolePage, vpcEndpoint, accessKeyId } = conditions;
  const isAnywhere = source === undefined && consolePage === undefined && vpcEndpoint === undefined;
  return present([
    text`Add this entry to the exceptions and fill in reason and owner. All its fields must match; widen it only as far as you need.`,
    isAnywhere &&
      (accessKeyId !== undefined
        ? text`It matches from any address: anyone who has the key is excepted. Add a range as source if you know one.`
        : text`It matches the identity alone: anyone who gets hold of it is excepted, from any address and with any tool. Add a range as source, or do not add the exception.`),
    consolePage !== undefined &&
      text`Whoever takes over the console session is excepted, too. Add the range that people sign in from as source if you know one.`,
    String(source).endsWith('.amazonaws.com') &&
      kind !== 'service-linked' &&
      text`Whoever gets hold of the identity and has that service call is excepted, too.`,
    Object.values(conditions).some((value) => String(value).includes('?')) &&
      text`A ? matches any one character, here dots and others that would make a link.`,
  ]);
}
