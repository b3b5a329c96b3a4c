import {
  CloudFormationClient,
  DescribeStacksCommand,
  DetectStackResourceDriftCommand,
  GetTemplateCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { reasonOf, ServiceError } from '../../errors';
import { isObject, type JsonObject, valueAt } from '../../util/values';
import { type Advice, allPages, answer, type ClientSettings, common } from './sdk';

const ADVICE: Advice = {
  // The error for a stack that does not exist.
  ValidationError: 'Is it deployed in this account and region? Name another region with --aws-region',
  AccessDenied: 'Allow cloudformation:DescribeStacks on the stack to this identity',
};

/** A deployed stack's outputs by their keys. @throws ServiceError */
export async function stackOutputs(client: CloudFormationClient, stackName: string): Promise<Map<string, string>> {
  const request = client.send(new DescribeStacksCommand({ StackName: stackName }));
  const { Stacks } = await answer(request, `stack ${stackName} cannot be looked up`, ADVICE);
  const outputs = Stacks?.[0]?.Outputs ?? [];
  return new Map(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
}

/** A resource of a stack: its definition in the template, and its physical id. */
export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
  readonly properties: JsonObject;
}

/** @throws ServiceError */
export async function stackResources(client: CloudFormationClient, StackName: string): Promise<StackResource[]> {
  const ask = <T>(request: Promise<T>) => answer(request, `stack ${StackName} cannot be read`, {});
  const { TemplateBody = '' } = await ask(client.send(new GetTemplateCommand({ StackName })));
  const declared = valueAt(parse(TemplateBody, StackName), 'Resources');
  const pages = await ask(allPages(paginateListStackResources({ client }, { StackName })));
  const summaries = pages.flatMap(({ StackResourceSummaries = [] }) => StackResourceSummaries);
  return summaries.map(({ LogicalResourceId: logicalId = '', ResourceType: type = '', PhysicalResourceId = '' }) => {
    const properties = valueAt(declared, logicalId, 'Properties');
    return { logicalId, type, physicalId: PhysicalResourceId, properties: isObject(properties) ? properties : {} };
  });
}

/**
 * The properties that a resource of a stack has now, as far as its template names them: a live answer, by CloudFormation's
 * drift detection. `undefined` where the resource was deleted.
 * @throws ServiceError also where CloudFormation cannot tell
 */
export async function livePropertiesOf(
  client: CloudFormationClient,
  stackName: string,
  { logicalId }: StackResource,
): Promise<JsonObject | undefined> {
  const what = `${logicalId} of stack ${stackName} cannot be looked up`;
  const command = new DetectStackResourceDriftCommand({ StackName: stackName, LogicalResourceId: logicalId });
  const { StackResourceDrift: drift } = await answer(client.send(command), what, {});
  if (drift?.StackResourceDriftStatus === 'DELETED') return undefined;
  const properties: unknown = JSON.parse(drift?.ActualProperties ?? 'null');
  if (isObject(properties)) return properties;
  throw new ServiceError(`${what}: ${drift?.DriftStatusReason ?? drift?.StackResourceDriftStatus ?? 'no answer'}`);
}

function parse(template: string, stackName: string): unknown {
  try {
    return JSON.parse(template);
  } catch (cause) {
    throw new ServiceError(`stack ${stackName}: its template was not made by the CDK: ${reasonOf(cause)}`, { cause });
  }
}

export const cloudFormationClient = (settings: ClientSettings = {}) => new CloudFormationClient(common(settings, 6));
