import { SSMClient } from '@aws-sdk/client-ssm';
import { type ClientSettings, common } from './settings';

/** Few attempts: what is read by it can wait for the next time. */
export function ssmClient(settings: ClientSettings = {}): SSMClient {
  return new SSMClient(common(settings, 2));
}
