import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { type ClientSettings, common } from './settings';

export function cloudFormationClient(settings: ClientSettings = {}): CloudFormationClient {
  return new CloudFormationClient(common(settings, 6));
}
