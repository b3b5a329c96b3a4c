/**
 * The CDK app: one detector, made from `regionsweep.config.json`, `cdk.json` context and `-c` flags.
 * docs/configuration.md lists the settings.
 */
import { App } from 'aws-cdk-lib';
import { ConfigurationError } from '../lambda/errors';
import { RegionSweepStack, stackName } from '../lib/regionsweep-stack';
import { readSettings } from '../lib/settings';
import { keepSource, withSettingsOf } from './app-settings';

try {
  const app = new App();
  const context = withSettingsOf('regionsweep.config.json', app.node.getAllContext());
  const read = readSettings(context);
  const stack = {
    stackName: stackName(read.settings),
    account: process.env.CDK_DEFAULT_ACCOUNT,
    region: process.env.CDK_DEFAULT_REGION,
  };
  new RegionSweepStack(app, stack.stackName, read);
  app.synth();
  keepSource('cdk.context.json', context, stack, read.settings.source);
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
