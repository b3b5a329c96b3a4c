import { SNSClient } from '@aws-sdk/client-sns';
import { type ClientSettings, common } from './settings';

export function snsClient(settings: ClientSettings = {}): SNSClient {
  return new SNSClient(common(settings, 4));
}
