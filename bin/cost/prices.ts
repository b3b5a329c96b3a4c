import { ConfigurationError } from '../../lambda/errors';
import { isObject } from '../../lambda/util/values';

export const PRICES_ARE = 'AWS list prices, us-east-1, US dollars, July 2025; no free tier is deducted';

/** US dollars for `per` units. */
const price = (usd: number, per: number, of: string) => ({ usd, per, of });

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
  logs: price(0.5, 1, 'CloudWatch Logs GB ingested'),
  metric: price(0.3, 1, 'CloudWatch metrics'),
  alarm: price(0.1, 1, 'CloudWatch alarms'),
  dashboard: price(3, 1, 'CloudWatch dashboards'),
  kmsKey: price(1, 1, 'KMS keys'),
  kmsRequests: price(3, 1e6, 'KMS requests'),
};

export type PriceName = keyof typeof PRICES;
export type Prices = Readonly<typeof PRICES>;

/** US dollars for a quantity. */
export function costOf({ usd, per }: ReturnType<typeof price>, quantity: number): number {
  return (quantity / per) * usd;
}

/** The list prices, overridden by those of JSON, `{"s3Get": 0.43, …}`. @throws ConfigurationError */
export function readPrices(json: string): Prices {
  const own: unknown = JSON.parse(json);
  const entries = Object.entries(isObject(own) ? own : { 'the file': own });
  const faults = entries.filter(([name, usd]) => {
    return !(Object.hasOwn(PRICES, name) && typeof usd === 'number' && usd >= 0 && usd <= 1e6);
  });
  if (faults.length > 0) {
    const named = faults.map(([name, usd]) => `${name} is ${JSON.stringify(usd)}`).join(', ');
    const expected = `a JSON object such as {"s3Get": 0.43}, of ${Object.keys(PRICES).join(', ')}, from 0 to 1000000`;
    throw new ConfigurationError(`${named}; expected ${expected}`);
  }
  const prices = structuredClone(PRICES);
  for (const [name, usd] of entries) prices[name as PriceName].usd = usd as number;
  return prices;
}
