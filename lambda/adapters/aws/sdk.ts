/** Creates every SDK client, and maps its errors to ours. */

import type { Agent } from 'node:http';
import { CredentialsError, ObjectReadError, reasonOf, ServiceError } from '../../errors';
import { isObject, valueAt } from '../../util/values';

/** Command-line options that replace the SDK's usual chain for credentials, region and endpoint. */
export interface ClientSettings {
  readonly region?: string;
  /** a profile of the shared config and credentials files */
  readonly profile?: string;
  /** a URL, for all services */
  readonly endpoint?: string;
  /** instead of the usual ones, for both protocols */
  readonly agent?: Agent;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export function hasOwnEndpoint(settings: ClientSettings, ofService: string | undefined, env: Environment): boolean {
  return [settings.endpoint, ofService, env.AWS_ENDPOINT_URL].some((url) => url !== undefined && url !== '');
}

/** @param maxAttempts the first one included */
export function common({ agent: given, ...settings }: ClientSettings, maxAttempts: number) {
  // The most downloads at a time.
  const agent = given ?? { keepAlive: true, maxSockets: 64 };
  return {
    ...settings,
    // Exponential backoff with full jitter, and a retry budget per client. Source: AWS SDKs and Tools reference guide,
    // "Retry behavior".
    retryMode: 'standard',
    maxAttempts,
    requestHandler: {
      // Milliseconds. The function has seconds, not minutes: replace a connection that hangs.
      connectionTimeout: 2_000,
      requestTimeout: 5_000,
      throwOnRequestTimeout: true,
      // A body may pause while its bytes are processed.
      socketTimeout: 20_000,
      httpAgent: agent,
      httpsAgent: agent,
    },
  };
}

/** What to do about an error, by its name without the suffix `Exception`, which only some services write. */
export type Advice = Readonly<Record<string, string>>;

/**
 * @param what what failed and where, such as `cannot publish to TOPIC`
 * @param advice for errors of the service; other errors get general advice
 * @throws ServiceError `WHAT: NAME: TEXT. ADVICE` for what the SDK throws
 */
export async function answer<T>(request: Promise<T>, what: string, advice: Advice = {}): Promise<T> {
  try {
    return await request;
  } catch (cause) {
    throw new ServiceError(explain(what, faultOf(cause), advice), { cause });
  }
}

export function readError(what: string, cause: unknown, advice: Advice): ObjectReadError {
  const fault = faultOf(cause);
  const Failure = CREDENTIALS.test(plainName(fault)) ? CredentialsError : ObjectReadError;
  return new Failure(explain(what, fault, advice), { cause });
}

export async function allPages<T>(paginator: AsyncIterable<T>): Promise<T[]> {
  const pages: T[] = [];
  for await (const page of paginator) pages.push(page);
  return pages;
}

/** An SDK error, whichever service or layer threw it. */
interface SdkFault {
  /** the service's error code, `TimeoutError`, or a system code such as `ECONNREFUSED` */
  readonly name: string;
  readonly text: string;
  /** the HTTP status, if there was a response */
  readonly status?: number | undefined;
}

export function faultOf(error: unknown): SdkFault {
  if (!isObject(error)) return { name: 'Error', text: reasonOf(error) };
  const { name, code, message } = error;
  // Node names its errors by `code`; after trying several addresses it throws an AggregateError without a message.
  const isSystemCode = typeof code === 'string' && /^E[A-Z]{3,}$/.test(code);
  return {
    name: isSystemCode ? code : String(name ?? 'Error'),
    text: String(message ?? '').slice(0, 500),
    status: valueAt(error, '$metadata', 'httpStatusCode') as number | undefined,
  };
}

/** Whether one of our errors was caused by a missing permission. */
export function isDenied({ cause }: Error): boolean {
  const { name, status } = faultOf(cause);
  return status === 403 || /^(AccessDenied|AuthorizationError|UnauthorizedOperation)/.test(name);
}

/** `WHAT: NAME: TEXT. ADVICE` */
export function explain(what: string, fault: SdkFault, advice: Advice): string {
  const name = fault.name === 'Error' && fault.text !== '' ? '' : fault.name;
  const said = [name, fault.text].filter((part) => part !== '').join(': ');
  return `${what}: ${said.replace(/\.$/, '')}. ${adviceFor(fault, advice)}`;
}

const plainName = ({ name }: SdkFault) => name.replace(/Exception$/, '');

const CREDENTIALS =
  /^(CredentialsProviderError|TokenProviderError|ExpiredToken|InvalidToken|InvalidAccessKeyId|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature|RequestTimeTooSkewed|RequestExpired|InvalidSecurity)$/;

const THROTTLED = /thrott|SlowDown|TooManyRequests|LimitExceeded|ThroughputExceeded|BandwidthLimit|OverLimit/i;
const NETWORK = /^(E[A-Z]{3,}|TimeoutError|RequestTimeout|NetworkingError|AbortError)$/;

function adviceFor(fault: SdkFault, advice: Advice): string {
  const { text, status } = fault;
  const name = plainName(fault);
  // First: a service may report plain AccessDenied when the key's policy denied.
  if (/^kms/i.test(name) || /\bkms:[A-Z]/.test(text)) return kmsAdvice(name, text);
  if (Object.hasOwn(advice, name)) return advice[name]!;
  if (/region is missing/i.test(text)) return 'Name a region: --aws-region, AWS_REGION or the profile';
  if (CREDENTIALS.test(name)) return 'Check the AWS credentials and the clock: they are absent, expired or wrong';
  if (/^(AccessDenied|AuthorizationError|Forbidden)$/.test(name)) {
    return 'Allow it in the policies of this identity and of the resource';
  }
  if (THROTTLED.test(name)) return 'The service throttled the request and its retries; reduce the rate, or try again';
  if (NETWORK.test(name)) return 'The service could not be reached; check network and endpoint, or try again';
  if (status !== undefined && status >= 500) return 'The service failed; try again';
  return 'See the cause';
}

function kmsAdvice(name: string, text: string): string {
  if (/disabled/i.test(name)) return 'The KMS key is disabled; enable it';
  if (/notfound/i.test(name)) return 'The KMS key does not exist, or is in another region';
  if (/state/i.test(name)) return 'The KMS key cannot be used, perhaps because its deletion is pending; restore it';
  if (/thrott/i.test(name)) return 'KMS throttled the request and its retries; reduce the rate, or try again';
  const action = /\bkms:[A-Za-z*]+/.exec(text)?.[0] ?? 'use of the key';
  return `Allow ${action} to this identity, in the key's own policy too when the key is another account's`;
}
