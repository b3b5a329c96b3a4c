/** What the function's start is measured by: its SDK clients and Powertools, imported and made the way a function does it. */
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { made as madeAtStart } from './sdk-at-start';

export { used as usedAtStart } from './sdk-at-start';

export const made = [...madeAtStart, new SNSClient({}), new SQSClient({})];

/** The client of the parameters is made where there is one. */
export const used = [
  ...[PublishCommand, SendMessageBatchCommand, SendMessageCommand],
  ...[SSMClient, GetParameterCommand, ParameterNotFound],
];
