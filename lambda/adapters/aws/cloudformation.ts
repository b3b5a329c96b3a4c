import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { StackError } from '../../errors';
import { type Advice, answer, type ClientSettings, common } from './sdk';

const ADVICE: Advice = {
  // CloudFormation reports a stack that does not exist so.
  ValidationError: 'Is it deployed in this account and region? Name another region with --aws-region',
  AccessDenied: 'Allow cloudformation:DescribeStacks on the stack to this identity',
};

/**
 * A deployed stack's outputs by their keys.
 * @throws StackError
 */
export async function stackOutputs(
  client: CloudFormationClient,
  stackName: string,
): Promise<ReadonlyMap<string, string>> {
  const request = client.send(new DescribeStacksCommand({ StackName: stackName }));
  const { Stacks } = await answer(request, `stack ${stackName} cannot be looked up`, ADVICE, StackError);
  const outputs = Stacks?.[0]?.Outputs ?? [];
  return new Map(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
}

export function cloudFormationClient(settings: ClientSettings = {}): CloudFormationClient {
  return new CloudFormationClient(common(settings, 6));
}
