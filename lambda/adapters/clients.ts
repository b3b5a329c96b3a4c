/**
 * The one place that builds SDK clients, for the function and the CLI. Credentials, region and endpoint come from the
 * SDK's usual chain unless given. One function per service, called when it is first needed: what nobody calls, as
 * CloudFormation in the function, is not bundled, and nothing is resolved before there is use for it.
 */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';

/** What a command line may say in place of the usual chain. */
export interface ClientSettings {
  readonly region?: string;
  /** of the shared config and credentials files */
  readonly profile?: string;
  /** a URL, for all services */
  readonly endpoint?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Milliseconds. The function has seconds, not minutes, and a connection that hangs is better replaced. */
const CONNECTION_TIMEOUT = 2_000;
const REQUEST_TIMEOUT = 5_000;
/** A body may pause while what came is worked on, so its silence is borne longer. */
const SILENCE_TIMEOUT = 20_000;

/** As many as the most downloads at a time. */
const MOST_SOCKETS = 64;

export function s3Client(settings: ClientSettings = {}, environment: Environment = process.env): S3Client {
  return new S3Client({
    ...common(settings, 4),
    // An emulator has no host name for each bucket.
    forcePathStyle: hasOwnEndpoint(settings, environment.AWS_ENDPOINT_URL_S3, environment),
    // A bucket named on the command line may lie in another region than the profile's.
    followRegionRedirects: true,
    // gzip carries a checksum of its own; summing the stored bytes too would cost time on each object.
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

export function dynamoDbClient(settings: ClientSettings = {}): DynamoDBClient {
  return new DynamoDBClient(common(settings, 6));
}

export function snsClient(settings: ClientSettings = {}): SNSClient {
  return new SNSClient(common(settings, 4));
}

export function sqsClient(settings: ClientSettings = {}, environment: Environment = process.env): SQSClient {
  return new SQSClient({
    ...common(settings, 4),
    // The host in an emulator's queue URL may be known to nobody.
    useQueueUrlAsEndpoint: !hasOwnEndpoint(settings, environment.AWS_ENDPOINT_URL_SQS, environment),
  });
}

/** Few attempts: what is read by it can wait for the next time. */
export function ssmClient(settings: ClientSettings = {}): SSMClient {
  return new SSMClient(common(settings, 2));
}

export function cloudFormationClient(settings: ClientSettings = {}): CloudFormationClient {
  return new CloudFormationClient(common(settings, 6));
}

/** Whether the service is asked for elsewhere than at AWS. */
function hasOwnEndpoint(
  { endpoint }: ClientSettings,
  ofService: string | undefined,
  { AWS_ENDPOINT_URL: ofAll }: Environment,
): boolean {
  return [endpoint, ofService, ofAll].some((url) => url !== undefined && url !== '');
}

function common(settings: ClientSettings, maxAttempts: number) {
  const agent = { keepAlive: true, maxSockets: MOST_SOCKETS };
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
