/** The least that the function's start could be measured by: the clients that it makes then, without those it loads later. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';

export const made = [
  ...[new DynamoDBClient({}), new S3Client({})],
  new Logger({ serviceName: 'bench' }),
  new Metrics({ namespace: 'bench', serviceName: 'bench' }),
];

export const used = [
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  GetObjectCommand,
  ListObjectsV2Command,
];
