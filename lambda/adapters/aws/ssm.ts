import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { ParameterError } from '../../errors';
import type { ExceptionsParameter } from '../../ports';
import { type Advice, answer, type ClientSettings, common } from './sdk';

const ADVICE: Advice = {
  AccessDenied: 'Allow ssm:GetParameter on it to this identity: deploy with exceptionsParameter set to its name',
};

/** The exceptions in one parameter of the Systems Manager parameter store. */
export class SsmExceptions implements ExceptionsParameter {
  constructor(
    private readonly client: SSMClient,
    readonly name: string,
  ) {}

  async read(): Promise<string | undefined> {
    // Without effect on a plain parameter; one that is encrypted with a customer's key needs kms:Decrypt on that.
    const command = new GetParameterCommand({ Name: this.name, WithDecryption: true });
    const request = this.client.send(command).catch((error: unknown) => {
      if (!(error instanceof ParameterNotFound)) throw error;
    });
    const found = await answer(request, `parameter ${this.name} cannot be read`, ADVICE, ParameterError);
    return found === undefined ? undefined : (found.Parameter?.Value ?? '');
  }
}

/** Few attempts: the exceptions can be read again later. */
export function ssmClient(settings: ClientSettings = {}): SSMClient {
  return new SSMClient(common(settings, 2));
}
