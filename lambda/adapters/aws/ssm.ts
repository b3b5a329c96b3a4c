import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import type { ExceptionsParameter } from '../../ports';
import { type Advice, answer, type ClientSettings, common } from './sdk';

const ADVICE: Advice = {
  AccessDenied: 'Allow ssm:GetParameter on it to this identity: deploy with exceptionsParameter set to its name',
};

export class SsmExceptions implements ExceptionsParameter {
  constructor(
    private readonly client: SSMClient,
    readonly name: string,
  ) {}

  async read(): Promise<string | undefined> {
    // No effect on plain parameters; a customer's key also needs kms:Decrypt.
    const command = new GetParameterCommand({ Name: this.name, WithDecryption: true });
    const request = this.client.send(command).catch((error: unknown) => {
      if (!(error instanceof ParameterNotFound)) throw error;
    });
    const found = await answer(request, `parameter ${this.name} cannot be read`, ADVICE);
    return found === undefined ? undefined : (found.Parameter?.Value ?? '');
  }
}

/** Few attempts: exceptions are read again later. */
export const ssmClient = (settings: ClientSettings = {}) => new SSMClient(common(settings, 2));
