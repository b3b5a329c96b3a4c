import { InvalidArgumentError } from 'commander';
import {
  DEFAULT_PARAMETERS,
  type GroupBy,
  type RuleParameters,
  thresholds,
  type Windowing,
} from '../lambda/rule/rule';
import { parseInstant } from '../lambda/time';

/** Readers of option values. Each throws commander's error, which names the option and the value. */

export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InvalidArgumentError('It must be a whole number from 1 to 999999999.');
  return Number(text);
}

/** A number from 0 on, fractions allowed. */
export function decimal(text: string): number {
  if (!/^\d{1,6}(?:\.\d{1,6})?$/.test(text))
    throw new InvalidArgumentError('It must be a number such as 2 or 0.5.');
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
