export type { ClientSettings } from './client-settings';
/**
 * The one place that builds SDK clients, for the function and the CLI: a file for each service. The function takes them
 * from there, so that it loads no service before it needs it.
 */
export { cloudFormationClient } from './cloudformation';
export { dynamoDbClient } from './dynamodb';
export { s3Client } from './s3';

export { snsClient } from './sns';

export { sqsClient } from './sqs';

export { ssmClient } from './ssm';
