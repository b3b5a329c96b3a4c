/**
 * The CDK app: one detector from `regionsweep.config.json`, `cdk.json` context and `-c` flags. docs/configuration.md lists
 * the settings.
 */
import { App } from 'aws-cdk-lib';
import { ConfigurationError } from '../lambda/errors';
import { RegionSweepStack, stackName } from '../lib/regionsweep-stack';
import { readSettings } from '../lib/settings';
import { keepSource, withSettingsOf } from './app-settings';

try {
  // Synthesized below, and only then: the CDK would do it at the end of a process that has refused its settings, too.
  const app = new App({ autoSynth: false });
  const context = withSettingsOf('regionsweep.config.json', app.node.getAllContext());
  const read = readSettings(context);
  const id = stackName(read.settings);
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
  // Without an environment, checks of account, region and partition would be impossible.
  const isKnown = account !== undefined && region !== undefined;
  new RegionSweepStack(app, id, { ...read, ...(isKnown ? { env: { account, region } } : {}) });
  app.synth();
  keepSource('cdk.context.json', context, { stackName: id, account, region }, read.settings.source);
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
