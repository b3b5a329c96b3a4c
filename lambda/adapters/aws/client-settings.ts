/**
 * What every SDK client is made with. Credentials, region and endpoint come from the SDK's usual chain unless given; the
 * clients are made where they are first needed, so that nothing is resolved before there is use for it.
 */

/** What a command line may say in place of the usual chain. */
export interface ClientSettings {
  readonly region?: string;
  /** of the shared config and credentials files */
  readonly profile?: string;
  /** a URL, for all services */
  readonly endpoint?: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Milliseconds. The function has seconds, not minutes, and a connection that hangs is better replaced. */
const CONNECTION_TIMEOUT = 2_000;

const REQUEST_TIMEOUT = 5_000;

/** A body may pause while what came is worked on, so its silence is borne longer. */
const SILENCE_TIMEOUT = 20_000;

/** As many as the most downloads at a time. */
const MAX_SOCKETS = 64;

/** Whether the service is asked for elsewhere than at AWS. */
export function hasOwnEndpoint(
  { endpoint }: ClientSettings,
  ofService: string | undefined,
  { AWS_ENDPOINT_URL: ofAll }: Environment,
): boolean {
  return [endpoint, ofService, ofAll].some((url) => url !== undefined && url !== '');
}

/** @param maxAttempts the first one included */
export function common(settings: ClientSettings, maxAttempts: number) {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  return {
    ...settings,
    // Exponential backoff with full jitter, and a budget of retries per client. Source: AWS SDKs and Tools reference
    // guide, "Retry behavior".
    retryMode: 'standard',
    maxAttempts,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      throwOnRequestTimeout: true,
      socketTimeout: SILENCE_TIMEOUT,
      httpAgent: agent,
      httpsAgent: agent,
    },
  };
}
