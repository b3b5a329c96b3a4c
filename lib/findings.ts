import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Says why an identity's policy names a resource with a wildcard, to the checks of cdk-nag (AwsSolutions-IAM5). */
export function acknowledgeWildcard(identity: IConstruct, resource: string, reason: string): void {
  const finding = flattened(Stack.of(identity).resolve(resource));
  Validations.of(identity).acknowledge({ id: `AwsSolutions-IAM5[Resource::${finding}]`, reason });
}

/** A CloudFormation value as cdk-nag writes it in a finding: references in angle brackets. */
function flattened(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
  if (Ref !== undefined) return `<${flattened(Ref)}>`;
  if (Array.isArray(attribute)) return `<${attribute.map(flattened).join('.')}>`;
  if (Array.isArray(join)) return (join[1] as unknown[]).map(flattened).join(flattened(join[0]));
  return JSON.stringify(value);
}
