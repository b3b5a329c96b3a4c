/** What the CDK app keeps beside its code: the user's settings, and which source each stack was last made with. */

import { readFileSync, writeFileSync } from 'node:fs';
import { ConfigurationError, reasonOf } from '../lambda/errors';
import { isObject } from '../lambda/util/values';
import { type SourceSettings, sourceKind } from '../lib/settings';

type Context = Readonly<Record<string, unknown>>;

/**
 * The context with the settings of a file below its own: what `cdk.json` and flags say wins.
 * @throws ConfigurationError for a file that holds no JSON object
 */
export function withSettingsOf(file: string, context: Context): Context {
  const { regionsweep = {} } = context;
  return isObject(regionsweep) ? { ...context, regionsweep: { ...objectIn(file), ...regionsweep } } : context;
}

/** A stack where it is deployed; without credentials the CDK knows no account. */
interface DeployedStack {
  readonly stackName: string;
  readonly account: string | undefined;
  readonly region: string | undefined;
}

/**
 * Refuses another source than the stack was last synthesized with for its account and region, unless
 * `-c confirmSourceChange=true` is given, and keeps the source in the file of the CDK's context. That a synthesis was
 * deployed is not known, nor what was deployed from elsewhere.
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

/** The object in a JSON file, empty where there is no file. */
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
