import { type Command, InvalidArgumentError } from 'commander';
import type { ClientSettings } from '../../lambda/adapters/aws';
import {
  DEFAULT_PARAMETERS,
  type GroupBy,
  type RuleParameters,
  thresholds,
  type Windowing,
} from '../../lambda/detection/rule';
import { UsageError } from '../../lambda/errors';
import { parseInstant } from '../../lambda/util/values';
import { isS3Path } from '../inputs/model';

/** Readers of option values. Each throws commander's error, which names the option and the value. */

export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 to 999999999.');
  return Number(text);
}

/** A number from 0 on, fractions allowed. */
export function decimal(text: string): number {
  if (!/^\d{1,6}(?:\.\d{1,6})?$/.test(text)) throw new InvalidArgumentError('It must be a number such as 2 or 0.5.');
  return Number(text);
}

/** A number in a range, both ends included; whole where that is asked for. */
export function between(least: number, most: number, form?: 'whole'): (text: string) => number {
  const pattern = form === 'whole' ? /^\d{1,12}$/ : /^\d{1,12}(?:\.\d{1,6})?$/;
  return (text) => {
    const number = pattern.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a ${form ?? 'plain'} number from ${least} to ${most}.`);
  };
}

export function share(text: string): number {
  const number = decimal(text);
  if (number > 1) throw new InvalidArgumentError('It must be a share from 0 to 1.');
  return number;
}

/** UTC epoch seconds of `2026-11-24` or `2026-11-24T04:01:30Z`. */
export function instant(text: string): number {
  const second = parseInstant(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (second === undefined) {
    throw new InvalidArgumentError('It must be a day or a time, as 2026-11-24 or 2026-11-24T04:01:30Z.');
  }
  return second;
}

/** Adds to the values an option was given so far; several may stand together, separated by commas. */
function listed(form: RegExp, what: string): (text: string, earlier?: readonly string[]) => string[] {
  return (text, earlier = []) => {
    const values = text.split(',');
    if (!values.every((value) => form.test(value))) {
      throw new InvalidArgumentError(`It must be ${what}; put paths before the options.`);
    }
    return [...earlier, ...values];
  };
}

export const accountIds = listed(/^\d{12}$/, 'account ids of twelve digits');

export const regionNames = listed(/^[a-z]{2,}(?:-[a-z]+)+-\d+$/, 'region names as eu-west-1');

const SIZE_UNITS = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 } as const;

/** Bytes of `512M`, `2G` or a plain number. */
export function byteSize(text: string): number {
  const match = /^([1-9]\d{0,8})([KMG]?)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('It must be a size such as 512M or 2G.');
  return Number(match[1]) * SIZE_UNITS[match[2] as keyof typeof SIZE_UNITS];
}

export interface RuleOptions {
  readonly minRegions?: number;
  readonly minCalls?: number;
  readonly window?: number;
  readonly windowing?: Windowing;
  readonly groupBy?: GroupBy;
}

/** The rule as the command line sets it. */
export function ruleOf(options: RuleOptions): RuleParameters {
  return {
    ...DEFAULT_PARAMETERS,
    ...thresholds(options.minRegions, options.minCalls),
    windowSeconds: options.window ?? DEFAULT_PARAMETERS.windowSeconds,
    windowing: options.windowing ?? DEFAULT_PARAMETERS.windowing,
    groupBy: options.groupBy ?? DEFAULT_PARAMETERS.groupBy,
  };
}

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

/** What only a replay through a deployed detector takes. */
export interface DeployedOptions {
  readonly through?: string;
  readonly replayId?: string;
  readonly rate?: number;
  readonly wait?: boolean;
  readonly state?: string;
}

export interface DeployedTarget extends DeployedOptions {
  readonly through: string;
}

const DEPLOYED_ONLY = { replayId: '--replay-id', rate: '--rate', wait: '--wait' };

/** What the deployed detector decides by itself, or does not give to this command. */
const LOCAL_ONLY = {
  format: '--format',
  out: '--out',
  windowing: '--windowing',
  minRegions: '--min-regions',
  minCalls: '--min-calls',
  window: '--window',
  groupBy: '--group-by',
  exceptions: '--exceptions',
  inflateLimit: '--inflate-limit',
};

/**
 * How a replay goes through a stack, where it does.
 * @throws UsageError for options that make no sense together
 */
export function deployedOf(paths: readonly string[], options: DeployedOptions): DeployedTarget | undefined {
  const { through } = options;
  if (through === undefined) {
    const alone = firstGiven(options, DEPLOYED_ONLY);
    if (alone !== undefined) throw new UsageError(`${alone} goes with --through STACK`);
    return undefined;
  }
  const here = firstGiven(options, LOCAL_ONLY);
  if (here !== undefined) {
    throw new UsageError(
      `${here} does not go with --through: the deployed detector has its own rule and tells its alerts itself`,
    );
  }
  const local = paths.find((path) => !isS3Path(path));
  if (local !== undefined) {
    throw new UsageError(
      `${local} does not go with --through: the deployed detector reads from S3 only, from buckets it may read`,
    );
  }
  return { ...options, through };
}

function firstGiven(options: object, names: Readonly<Record<string, string>>): string | undefined {
  const given = Object.entries(options).find(([name, value]) => value !== undefined && Object.hasOwn(names, name));
  return given === undefined ? undefined : names[given[0]];
}
