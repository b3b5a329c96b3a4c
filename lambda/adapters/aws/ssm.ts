import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { ParameterError } from '../../errors';
import type { ExceptionsParameter } from '../../ports';
import { type ClientSettings, common } from './client-settings';
import { type Advice, explain, faultOf } from './errors';

const ADVICE: Advice = {
  AccessDeniedException:
    'Allow ssm:GetParameter on it to this identity: deploy with exceptionsParameter set to its name',
};

/** The exceptions in one parameter of the Systems Manager parameter store. */
export class SsmExceptions implements ExceptionsParameter {
  constructor(
    private readonly client: SSMClient,
    readonly name: string,
  ) {}

  async read(): Promise<string | undefined> {
    try {
      // Without effect on a plain parameter; one that is encrypted with a customer's key needs kms:Decrypt on that.
      const command = new GetParameterCommand({ Name: this.name, WithDecryption: true });
      const { Parameter: parameter } = await this.client.send(command);
      return parameter?.Value ?? '';
    } catch (cause) {
      if (cause instanceof ParameterNotFound) return undefined;
      throw new ParameterError(explain(`parameter ${this.name} cannot be read`, faultOf(cause), ADVICE), {
        cause,
      });
    }
  }
}

export function ssmExceptions(name: string): ExceptionsParameter {
  return new SsmExceptions(ssmClient(), name);
}

/** Few attempts: what is read by it can wait for the next time. */
export function ssmClient(settings: ClientSettings = {}): SSMClient {
  return new SSMClient(common(settings, 2));
}
