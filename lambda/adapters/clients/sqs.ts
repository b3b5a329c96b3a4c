import { SQSClient } from '@aws-sdk/client-sqs';
import { type ClientSettings, common, type Environment, hasOwnEndpoint } from './settings';

export function sqsClient(settings: ClientSettings = {}, environment: Environment = process.env): SQSClient {
  return new SQSClient({
    ...common(settings, 4),
    // The host in an emulator's queue URL may be known to nobody.
    useQueueUrlAsEndpoint: !hasOwnEndpoint(settings, environment.AWS_ENDPOINT_URL_SQS, environment),
  });
}
