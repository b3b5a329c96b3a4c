import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type ClientSettings, common } from './settings';

export function dynamoDbClient(settings: ClientSettings = {}): DynamoDBClient {
  return new DynamoDBClient(common(settings, 6));
}
