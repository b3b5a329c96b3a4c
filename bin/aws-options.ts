import type { Command } from 'commander';
import type { ClientSettings } from '../lambda/adapters/clients';

/** How a command reaches AWS; what is not said comes from the SDK's usual chain. */
export interface AwsOptions {
  readonly profile?: string;
  readonly awsRegion?: string;
}

export function addAwsOptions(command: Command): Command {
  return command
    .option('--profile <name>', 'AWS profile (default: the usual chain)')
    .option('--aws-region <region>', "AWS region to call (default: the profile's)");
}

export function clientSettings({ profile, awsRegion }: AwsOptions): ClientSettings {
  return {
    ...(profile === undefined ? {} : { profile }),
    ...(awsRegion === undefined ? {} : { region: awsRegion }),
  };
}
