import * as cdk from 'aws-cdk-lib';
import { CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct, IConstruct } from 'constructs';

/** Acknowledges findings of checks, with reasons. An older aws-cdk-lib has no such checks. */
export function acknowledge(
  construct: IConstruct,
  ...findings: { readonly id: string; readonly reason: string }[]
): void {
  const { Validations } = cdk as Partial<Pick<typeof cdk, 'Validations'>>;
  Validations?.of(construct).acknowledge(...findings);
}

/** Acknowledges cdk-nag's finding of a wildcard in an identity's policy (AwsSolutions-IAM5), with the reason. */
export function acknowledgeWildcard(identity: IConstruct, resource: string, reason: string): void {
  const finding = flattened(Stack.of(identity).resolve(resource));
  acknowledge(identity, { id: `AwsSolutions-IAM5[Resource::${finding}]`, reason });
}

/** A CloudFormation value in cdk-nag's form, with references in angle brackets. */
function flattened(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
  if (Ref !== undefined) return `<${flattened(Ref)}>`;
  if (Array.isArray(attribute)) return `<${attribute.map(flattened).join('.')}>`;
  if (Array.isArray(join)) return (join[1] as unknown[]).map(flattened).join(flattened(join[0]));
  return JSON.stringify(value);
}

/**
 * The id of the custom resource with which aws-cdk-lib merges bucket notifications. Its role may only read and put the
 * notifications of that bucket, and write its own logs.
 */
const HANDLER_ID = 'BucketNotificationsHandler050a0587b7544547bf325f094a3db834';

/**
 * Sets the retention of the handler's log, which Lambda would keep for ever, and acknowledges the findings about the
 * handler.
 */
export function completeHandler(scope: IConstruct): void {
  const handler = Stack.of(scope).node.tryFindChild(HANDLER_ID);
  if (handler === undefined || handler.node.tryFindChild('Logs') !== undefined) return;
  const { logGroupName } = new logs.LogGroup(handler as Construct, 'Logs', {
    retention: logs.RetentionDays.THREE_MONTHS,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  for (const child of handler.node.children) {
    if (!CfnResource.isCfnResource(child) || child.cfnResourceType !== 'AWS::Lambda::Function') continue;
    child.addPropertyOverride('LoggingConfig', { LogGroup: logGroupName });
  }
  acknowledge(
    handler,
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
