/** What the function's start is measured by: its SDK clients and Powertools, imported and made as any function does it. */
import { clients, commands, powertools } from './sdk-imported';

const { DynamoDBClient, S3Client, SNSClient, SQSClient } = clients;

export const made = [
  ...[new DynamoDBClient({}), new S3Client({}), new SNSClient({}), new SQSClient({})],
  new powertools.Logger({ serviceName: 'bench' }),
  new powertools.Metrics({ namespace: 'bench', serviceName: 'bench' }),
  commands,
];
