import { readFileSync } from 'node:fs';
import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { AgentConnectOpts } from 'agent-base';
import type { ClientSettings } from '../../lambda/adapters/aws/sdk';
import { DEFAULT_PARAMETERS, type RuleParameters, thresholds } from '../../lambda/detection/rule';
import { ConfigurationError, reasonOf, UsageError } from '../../lambda/errors';
import { parseTime } from '../../lambda/util/values';
import type { Console } from './io';

/** Parsers of option values. Each throws commander's error, to which commander adds the option and the value. */

export function integer(min: number, max: number): (text: string) => number {
  return numberOf(/^\d{1,12}$/, min, max, 'an integer');
}

export function decimal(min: number, max: number): (text: string) => number {
  return numberOf(/^\d{1,12}(?:\.\d{1,6})?$/, min, max, 'a number');
}

function numberOf(form: RegExp, min: number, max: number, what: string) {
  return (text: string) => {
    const value = form.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected ${what} from ${min} to ${max}.`);
  };
}

/** @param expected what the text may be, to follow "Expected" */
export function matching(form: RegExp, expected: string): (text: string) => string {
  return (text) => {
    if (form.test(text)) return text;
    throw new InvalidArgumentError(`Expected ${expected}.`);
  };
}

export const positiveInteger = integer(1, 999_999_999);

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** UTC epoch seconds of a time, which may be relative to `now` (UTC epoch seconds). */
export type Moment = (now: number) => number;

/** A date or time in any zone, by default UTC; or an age such as `90s`, `30m`, `2h`, `7d`, `4w`. */
export function moment(text: string): Moment {
  const [, amount, unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  if (amount !== undefined) return (now) => now - Number(amount) * UNIT_SECONDS[unit]!;
  const second = parseTime(text);
  if (second !== undefined) return () => second;
  throw new InvalidArgumentError(
    'Expected a date or time such as 2026-11-24, 2026-11-24T04:01:30Z or 2026-11-24T05:01+01:00, or how long ago, such as 7d or 2h.',
  );
}

/** Collects the values of a repeatable option, each a list separated by commas. */
function list(form: RegExp, what: string): (text: string, previous?: readonly string[]) => string[] {
  return (text, previous = []) => {
    const values = text.split(',');
    if (values.every((value) => form.test(value))) return [...previous, ...values];
    throw new InvalidArgumentError(`Expected ${what}; put paths before the options.`);
  };
}

export const accountIds = list(/^\d{12}$/, '12-digit account IDs');

export const regionNames = list(/^[a-z]{2,}(?:-[a-z]+)+-\d+$/, 'region names such as eu-west-1');

const SIZE_UNITS: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** Bytes of `512M`, `2G` or a plain number. */
export function byteSize(text: string): number {
  const [, digits, unit = ''] = /^([1-9]\d{0,8})([KMG]?)$/.exec(text) ?? [];
  if (digits === undefined) throw new InvalidArgumentError('Expected a size such as 512M or 2G.');
  return Number(digits) * (SIZE_UNITS[unit] ?? 1);
}

/** An option with one of several values. */
export function choice<Flags extends string, const Value extends string>(
  flags: Flags,
  description: string,
  values: readonly Value[],
  standard: NoInfer<Value>,
) {
  return new Option(flags, description).choices(values).default(standard);
}

/** The option for the format of the result. @param piped the format for programs */
export function formatOption<Format extends string>(formats: readonly Format[], piped: NoInfer<Format>) {
  const standard = `default: table on a terminal, otherwise ${piped}`;
  return new Option('--format <format>', `output format (${standard})`).choices(formats);
}

/** The options of the rule. */
export const WINDOWING = choice(
  '--windowing <type>',
  'fixed windows, or any window of that length',
  ['tumbling', 'sliding'],
  'tumbling',
);

export const MIN_REGIONS = new Option('--min-regions <n>', 'distinct regions needed for a detection')
  .argParser(positiveInteger)
  .default(DEFAULT_PARAMETERS.minRegions);

export const MIN_CALLS = new Option(
  '--min-calls <n>',
  'distinct calls needed for a detection (default: --min-regions)',
).argParser(positiveInteger);

export const WINDOW = new Option('--window <seconds>', 'length of a window')
  .argParser(positiveInteger)
  .default(DEFAULT_PARAMETERS.windowSeconds);

export const GROUP_BY = choice(
  '--group-by <identity>',
  'count the sessions of a role separately (arn) or together (issuer)',
  ['arn', 'issuer'],
  DEFAULT_PARAMETERS.groupBy,
);

/** The rule that these options name. */
export function ruleOf(
  options: Pick<RuleParameters, 'minRegions' | 'windowing' | 'groupBy'> & { minCalls?: number; window: number },
): RuleParameters {
  const { minRegions, minCalls, window: windowSeconds, windowing, groupBy } = options;
  return { ...DEFAULT_PARAMETERS, ...thresholds(minRegions, minCalls), windowSeconds, windowing, groupBy };
}

/** Options for names of addresses and accounts; see bin/inputs/option-files.ts. */
export const ASN = new Option(
  '--asn <file>',
  'name the owners of addresses by this .mmdb database; repeatable',
).argParser((file: string, previous: readonly string[] = []): string[] => [...previous, file]);

export const ACCOUNT_NAMES = new Option('--account-names <file>', 'JSON with names by account ID, or a settings file');

/** How to reach AWS; the SDK's default chain decides the rest. */
export const PROFILE = new Option('--profile <name>', 'AWS profile to use');

export const AWS_REGION = new Option('--aws-region <region>', 'AWS region to send requests to');

export async function clientSettings(
  options: { profile?: string | undefined; awsRegion?: string | undefined },
  { env }: Pick<Console, 'env'>,
): Promise<ClientSettings> {
  const { profile, awsRegion } = options;
  const agent = await proxyAgent(env);
  return {
    ...(profile === undefined ? {} : { profile }),
    ...(awsRegion === undefined ? {} : { region: awsRegion }),
    ...(agent === undefined ? {} : { agent }),
  };
}

const KEEP_ALIVE = { keepAlive: true, maxSockets: 64 };

/** The agent for requests if the environment names a proxy, as in curl: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY. */
async function proxyAgent(env: Console['env']): Promise<HttpAgent | undefined> {
  const isNamed = Object.entries(env).some(([name, value]) => /^(https?|all)_proxy$/i.test(name) && value);
  if (!isNamed) return undefined;
  const { Agent } = await import('agent-base');
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  const { getProxyForUrl } = await import('proxy-from-env');
  const direct = { http: new HttpAgent(KEEP_ALIVE), https: new HttpsAgent(KEEP_ALIVE) };

  class ProxyAgent extends Agent {
    connect(request: ClientRequest, options: AgentConnectOpts) {
      const scheme = options.secureEndpoint ? 'https' : 'http';
      const proxy = getProxyForUrl(`${scheme}://${options.host}:${options.port}`);
      return proxy === '' ? direct[scheme] : new HttpsProxyAgent(proxy, KEEP_ALIVE).connect(request, options);
    }
  }
  return new ProxyAgent(KEEP_ALIVE);
}

/** Columns of help, as in commander. */
const HELP_WIDTH = 80;

/**
 * The examples at the end of a command's help: command lines and their purposes, side by side if there is room.
 * @returns the arguments of commander's `addHelpText`
 */
export function examples(lines: Readonly<Record<string, string>>): ['after', string] {
  const width = Math.max(...Object.keys(lines).map(({ length }) => length));
  const isWide = Object.values(lines).some((purpose) => 2 + width + 2 + purpose.length > HELP_WIDTH);
  const shown = Object.entries(lines).map(([line, purpose]) =>
    isWide ? `  ${line}\n      ${purpose}` : `  ${line.padEnd(width)}  ${purpose}`,
  );
  return ['after', `\nExamples:\n${shown.join('\n')}`];
}

/**
 * What `parse` makes of the file that an option names.
 * @throws UsageError that names both where it cannot be read, and for a ConfigurationError of `parse`
 */
export function readFileOf<T>(option: string, file: string, parse: (text: string) => T): T {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const what = cause instanceof ConfigurationError ? '' : 'cannot be read: ';
    throw new UsageError(`${option} ${file}: ${what}${reasonOf(cause)}`, { cause });
  }
}

/** Quotes any words as a command line for a POSIX shell. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`)).join(' ');
}
