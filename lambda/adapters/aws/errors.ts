/** Errors of the AWS SDK, as our messages tell them. */
import { reasonOf } from '../../errors';

/** What can be told of an SDK error, whichever service or layer threw it. */
export interface SdkFault {
  /** the service's error code, `TimeoutError`, or a system code such as `ECONNREFUSED` */
  readonly name: string;
  readonly text: string;
  /** the HTTP status, where there was an answer */
  readonly status: number | undefined;
}

/** What to do about an error, by its name. */
export type Advice = Readonly<Record<string, string>>;

export function faultOf(error: unknown): SdkFault {
  if (typeof error !== 'object' || error === null) {
    return { name: 'Error', text: reasonOf(error), status: undefined };
  }
  const { name, code, message, $metadata } = error as {
    readonly name?: unknown;
    readonly code?: unknown;
    readonly message?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  // Node names its own errors by `code`; with several addresses tried it throws an AggregateError without a message.
  const isSystemCode = typeof code === 'string' && /^E[A-Z]{3,}$/.test(code);
  return {
    name: isSystemCode ? code : String(name ?? 'Error'),
    text: String(message ?? '').slice(0, 500),
    status: $metadata?.httpStatusCode,
  };
}

/**
 * `WHAT: NAME: TEXT. ADVICE`
 * @param what what was tried and where, as `cannot publish to TOPIC`
 * @param advice the service's own; where it has none, what holds for all services
 */
export function explain(what: string, fault: SdkFault, advice: Advice): string {
  const said = [fault.name, fault.text].filter((part) => part !== '').join(': ');
  return `${what}: ${said.replace(/\.$/, '')}. ${adviceFor(fault, advice)}`;
}

function adviceFor(fault: SdkFault, advice: Advice): string {
  // Before the rest: a service may say plain AccessDenied when it was the key's policy that denied.
  if (isAboutKms(fault)) return kmsAdvice(fault);
  const own = Object.hasOwn(advice, fault.name) ? advice[fault.name] : undefined;
  return own ?? commonAdvice(fault);
}

const CREDENTIALS =
  /^(CredentialsProviderError|TokenProviderError|ExpiredToken|ExpiredTokenException|InvalidToken|InvalidAccessKeyId|InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|InvalidSignatureException|RequestTimeTooSkewed|RequestExpired|InvalidSecurity|InvalidSecurityException)$/;

const DENIED = /^(AccessDenied|AccessDeniedException|AuthorizationError|AuthorizationErrorException|Forbidden)$/;

const THROTTLED = /thrott|SlowDown|TooManyRequests|LimitExceeded|ThroughputExceeded|BandwidthLimit|OverLimit/i;

const NETWORK = /^(E[A-Z]{3,}|TimeoutError|RequestTimeout|RequestTimeoutException|NetworkingError|AbortError)$/;

function commonAdvice({ name, text, status }: SdkFault): string {
  if (/region is missing/i.test(text)) return 'Name a region: --aws-region, AWS_REGION or the profile';
  if (CREDENTIALS.test(name)) return 'Check the AWS credentials and the clock: they are absent, expired or wrong';
  if (DENIED.test(name)) return 'Allow it in the policies of this identity and of the resource';
  if (THROTTLED.test(name)) return 'The service throttled it and so did the retries; less at a time, or try again';
  if (NETWORK.test(name)) return 'The service could not be reached; check network and endpoint, or try again';
  if (status !== undefined && status >= 500) return 'The service failed; try again';
  return 'See the cause';
}

function isAboutKms({ name, text }: SdkFault): boolean {
  return /^kms/i.test(name) || /\bkms:[A-Z]/.test(text);
}

function kmsAdvice({ name, text }: SdkFault): string {
  if (/disabled/i.test(name)) return 'The KMS key is disabled; enable it';
  if (/notfound/i.test(name)) return 'The KMS key is gone, or is in another region';
  if (/state/i.test(name)) return 'The KMS key cannot be used, as when its deletion is pending; restore it';
  if (/thrott/i.test(name)) return 'KMS throttled it and so did the retries; less at a time, or try again';
  const action = /\bkms:[A-Za-z*]+/.exec(text)?.[0] ?? 'use of the key';
  return `Allow ${action} to this identity, in the key's own policy too when the key is another account's`;
}
