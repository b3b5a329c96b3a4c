/** The CDK app's files: the user's settings, and the source with which each stack was last synthesized. */

import { readFileSync, writeFileSync } from 'node:fs';
import { ConfigurationError, reasonOf } from '../lambda/errors';
import { isObject } from '../lambda/util/values';
import { type SourceSettings, sourceKind } from '../lib/settings';

type Context = Readonly<Record<string, unknown>>;

/**
 * Merges the settings of a file into the context; `cdk.json` and flags take precedence.
 * @throws ConfigurationError unless the file holds a JSON object
 */
export function withSettingsOf(file: string, context: Context): Context {
  const { regionsweep = {} } = context;
  return isObject(regionsweep) ? { ...context, regionsweep: { ...objectIn(file), ...regionsweep } } : context;
}

/** Identifies a deployed stack; without credentials the CDK does not know the account. */
interface DeployedStack {
  readonly stackName: string;
  readonly account: string | undefined;
  readonly region: string | undefined;
}

/**
 * Refuses a source other than that of the last synthesis of the stack in its account and region, unless `-c
 * confirmSourceChange=true` is given, and records the source in the CDK's context file. It does not know whether a
 * synthesis was deployed, or what was deployed from elsewhere.
 * @throws ConfigurationError naming both sources
 */
export function keepSource(file: string, context: Context, stack: DeployedStack, settings: SourceSettings): void {
  const { stackName, account, region } = stack;
  if (account === undefined || region === undefined) return;
  const key = `regionsweep:source:${account}:${region}:${stackName}`;
  const { trailBucket, trailTopicArn } = settings;
  const source = [sourceKind(settings), trailBucket, trailTopicArn].filter((part) => part !== undefined).join(' ');
  const kept = objectIn(file);
  const before = kept[key];
  if (before === source) return;
  if (before !== undefined && String(context[CONFIRMATION]) !== 'true') {
    throw new ConfigurationError(
      `The source of ${stackName} in ${account}, ${region} would change from ${before} to ${source}, which replaces what watches the trail. Were flags or settings forgotten? If it is meant: -c ${CONFIRMATION}=true`,
    );
  }
  writeFileSync(file, `${JSON.stringify({ ...kept, [key]: source }, null, 2)}\n`);
}

const CONFIRMATION = 'confirmSourceChange';

/** The object in a JSON file, empty if there is no file. */
function objectIn(file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ConfigurationError(`${file} cannot be read: ${reasonOf(cause)}`, { cause });
  }
  if (isObject(value)) return value;
  throw new ConfigurationError(`${file} must hold an object of settings`);
}
