import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { StackError } from '../../errors';
import { type ClientSettings, common } from './client-settings';
import { type Advice, explain, faultOf } from './errors';

const ADVICE: Advice = {
  // CloudFormation says so of a stack that is not there.
  ValidationError: 'Is it deployed in this account and region? Name another region with --aws-region',
  AccessDenied: 'Allow cloudformation:DescribeStacks on the stack to this identity',
  AccessDeniedException: 'Allow cloudformation:DescribeStacks on the stack to this identity',
};

/**
 * A deployed stack's outputs by their keys.
 * @throws StackError
 */
export async function stackOutputs(
  client: CloudFormationClient,
  stackName: string,
): Promise<ReadonlyMap<string, string>> {
  try {
    const { Stacks: stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
    const outputs = stacks[0]?.Outputs ?? [];
    return new Map(outputs.map(({ OutputKey, OutputValue }) => [OutputKey ?? '', OutputValue ?? '']));
  } catch (cause) {
    throw new StackError(explain(`stack ${stackName} cannot be looked up`, faultOf(cause), ADVICE), {
      cause,
    });
  }
}

export function cloudFormationClient(settings: ClientSettings = {}): CloudFormationClient {
  return new CloudFormationClient(common(settings, 6));
}
