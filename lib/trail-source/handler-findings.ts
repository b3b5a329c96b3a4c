import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * The custom resource with which aws-cdk-lib merges bucket notifications, as it names it.
 * Its role may read and put the notifications of that bucket alone, and write its own logs.
 */
const HANDLER_ID = 'BucketNotificationsHandler050a0587b7544547bf325f094a3db834';

/** Says why the rule checks' findings about aws-cdk-lib's own function stand. */
export function acknowledgeHandler(scope: IConstruct): void {
  const handler = Stack.of(scope).node.tryFindChild(HANDLER_ID);
  if (handler === undefined) return;
  Validations.of(handler).acknowledge(
    {
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
      reason:
        'aws-cdk-lib attaches the policy to every role of its notification handler, a given one too. It allows writing logs.',
    },
    {
      id: 'AwsSolutions-L1',
      reason: 'aws-cdk-lib chooses the runtime of its notification handler and moves it with its releases.',
    },
  );
}
