/**
 * What no start of the function can be quicker than: its SDK clients and Powertools, imported as it imports them, and
 * nothing of ours. It is bundled as the function is.
 */
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
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';

export const clients = { DynamoDBClient, S3Client, SNSClient, SQSClient, SSMClient };
export const powertools = { Logger, Metrics };
export const commands = [
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PublishCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  GetParameterCommand,
  ParameterNotFound,
];
