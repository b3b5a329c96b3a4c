/** List prices, and a file that puts others in their place. */

import { readFileSync } from 'node:fs';
import { reasonOf, UsageError } from '../../lambda/errors';
import { sanitize } from '../../lambda/util/sanitize';
import type { Console } from '../cli/io';

/** When, where and what these prices are. */
export const PRICES_ARE = 'AWS list prices, us-east-1, US dollars, July 2025; no free tier is deducted';

/** Each a number of US dollars for so many of something. */
export const PRICES = {
  s3Get: price(0.4, 1e6, 'S3 GET requests'),
  s3ListPut: price(5, 1e6, 'S3 LIST and PUT requests'),
  sqs: price(0.4, 1e6, 'SQS requests, standard queue'),
  lambdaRequests: price(0.2, 1e6, 'Lambda requests'),
  lambdaArm: price(13.3334, 1e6, 'Lambda GB-seconds on arm64'),
  lambdaX86: price(16.6667, 1e6, 'Lambda GB-seconds on x86_64'),
  dynamoWrite: price(0.625, 1e6, 'DynamoDB write units, on demand'),
  dynamoRead: price(0.125, 1e6, 'DynamoDB read units, on demand'),
  dynamoStorage: price(0.25, 1, 'DynamoDB GB-months stored'),
  dynamoRecovery: price(0.2, 1, 'DynamoDB GB-months of point-in-time recovery'),
  snsPublish: price(0.5, 1e6, 'SNS publications'),
  snsEmail: price(20, 1e6, 'SNS e-mails'),
  eventBridge: price(1, 1e6, 'EventBridge events of S3'),
  logs: price(0.5, 1, 'CloudWatch Logs GB taken in'),
  metric: price(0.3, 1, 'CloudWatch metrics'),
  alarm: price(0.1, 1, 'CloudWatch alarms'),
  dashboard: price(3, 1, 'CloudWatch dashboards'),
  kmsKey: price(1, 1, 'KMS keys'),
  kmsRequests: price(3, 1e6, 'KMS requests'),
  athena: price(5, 1, 'Athena TB scanned'),
} as const;

export interface Price {
  readonly usd: number;
  readonly per: number;
  readonly of: string;
}

/** US dollars for so many. */
export function costOf({ usd, per }: Price, count: number): number {
  return (count / per) * usd;
}

export type PriceName = keyof typeof PRICES;

export type Prices = Readonly<Record<PriceName, Price>>;

function price(usd: number, per: number, of: string): Price {
  return { usd, per, of };
}

/**
 * The list prices, with those of a JSON file `{"s3Get": 0.43, …}` in their place. Every fault of the file is named on
 * stderr.
 * @throws UsageError
 */
export function readPrices(file: string | undefined, { stderr }: Pick<Console, 'stderr'>): Prices {
  if (file === undefined) return PRICES;
  const { prices, faults } = pricesIn(contentOf(file));
  for (const fault of faults) stderr.write(`${sanitize(`${file}: ${fault}`, 1000)}\n`);
  if (faults.length > 0) throw new UsageError(`--prices ${file}: has faults, each named above`);
  return prices;
}

function contentOf(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new UsageError(`--prices ${file}: cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

/** The prices a parsed file gives, laid over the list, and what is wrong with it. */
export function pricesIn(content: unknown): { prices: Prices; faults: string[] } {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    return { prices: PRICES, faults: ['it must be a JSON object of prices, as {"s3Get": 0.43}'] };
  }
  const prices: Record<string, Price> = { ...PRICES };
  const faults: string[] = [];
  for (const [name, usd] of Object.entries(content)) {
    const known = Object.hasOwn(PRICES, name) ? PRICES[name as PriceName] : undefined;
    if (known === undefined) {
      faults.push(`${name} is no price; known are ${Object.keys(PRICES).join(', ')}`);
    } else if (typeof usd !== 'number' || !(usd >= 0 && usd <= MAX_USD)) {
      faults.push(`${name} is ${JSON.stringify(usd)}; it must be a number from 0 to ${MAX_USD}: ${unitOf(known)}`);
    } else {
      prices[name] = { ...known, usd };
    }
  }
  return { prices: prices as Prices, faults };
}

const MAX_USD = 1_000_000;

/** `US dollars for a million S3 GET requests` */
function unitOf({ per, of }: Price): string {
  return `US dollars for ${per === 1 ? 'each of' : 'a million'} ${of}`;
}
