/** The caller, a role's permissions and a key's state: one call each to STS, IAM and KMS. */

import { IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { LookupError } from '../../errors';
import { answer, type ClientSettings, common } from './sdk';

export interface Caller {
  readonly account: string;
  readonly arn: string;
  readonly region: string;
}

/** The caller's identity, which needs no permission. @throws LookupError without credentials or region */
export async function callerIdentity(settings: ClientSettings): Promise<Caller> {
  const client = new STSClient(common(settings, 4));
  const request = client.send(new GetCallerIdentityCommand({}));
  const { Account = '', Arn = '' } = await answer(request, 'credentials cannot be used', {}, LookupError);
  return { account: Account, arn: Arn, region: await client.config.region() };
}

/**
 * Whether a role's policies and boundary and the organization's policies allow an action; resource policies are not
 * evaluated.
 * @throws LookupError
 */
export async function isAllowed(
  client: IAMClient,
  { role, action, resource }: { readonly role: string; readonly action: string; readonly resource: string },
): Promise<boolean> {
  const command = new SimulatePrincipalPolicyCommand({
    PolicySourceArn: role,
    ActionNames: [action],
    ResourceArns: [resource],
  });
  const what = `permissions of ${role} cannot be simulated`;
  const { EvaluationResults = [] } = await answer(client.send(command), what, {}, LookupError);
  return EvaluationResults.length > 0 && EvaluationResults.every(({ EvalDecision }) => EvalDecision === 'allowed');
}

export function iamClient(settings: ClientSettings = {}): IAMClient {
  return new IAMClient(common(settings, 4));
}

/** The key's state: `Enabled`, `Disabled`, `PendingDeletion`, … @throws LookupError */
export async function keyState(client: KMSClient, keyArn: string): Promise<string> {
  const request = client.send(new DescribeKeyCommand({ KeyId: keyArn }));
  const { KeyMetadata } = await answer(request, `key ${keyArn} cannot be looked up`, {}, LookupError);
  return KeyMetadata?.KeyState ?? 'Unknown';
}

export function kmsClient(settings: ClientSettings = {}): KMSClient {
  return new KMSClient(common(settings, 4));
}
