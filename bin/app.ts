/** The CDK app: one detector, made from `cdk.json` context and `-c` flags. docs/configuration.md lists them. */
import { App } from 'aws-cdk-lib';
import { ConfigurationError } from '../lambda/errors';
import { RegionSweepStack, stackName } from '../lib/regionsweep-stack';
import { readSettings } from '../lib/settings';

try {
  const app = new App();
  const read = readSettings(app.node.getAllContext());
  new RegionSweepStack(app, stackName(read.settings), read);
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
