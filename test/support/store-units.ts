/** What the real store's requests cost, by DynamoDB's published rules and by what the server says it charged. */
import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** Requests and units of one kind. */
export interface Charged {
  requests: number;
  /** by the published rules, from the items themselves */
  units: number;
  /** as the server answered */
  consumed: number;
}

export interface StoreCharges {
  readonly writes: Charged;
  readonly queries: Charged;
  /** single items, read by key */
  readonly gets: Charged;
}

type Item = Record<string, AttributeValue>;

/** Counts what its requests cost from now on. The store that uses the client does not know. */
export function countCharges(client: DynamoDBClient): StoreCharges {
  const none = (): Charged => ({ requests: 0, units: 0, consumed: 0 });
  const charges = { writes: none(), queries: none(), gets: none() };
  client.middlewareStack.add(
    (next, context) => async (args) => {
      Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
      const answer = await next(args);
      const output = answer.output as Answer;
      const consumed = output.ConsumedCapacity?.CapacityUnits ?? Number.NaN;
      switch (context.commandName) {
        case 'PutItemCommand':
          add(charges.writes, writeUnits((args.input as { Item: Item }).Item), consumed);
          break;
        case 'QueryCommand':
          add(charges.queries, readUnits(output.Items ?? []), consumed);
          break;
        case 'GetItemCommand':
          add(charges.gets, readUnits(output.Item === undefined ? [] : [output.Item]), consumed);
          break;
      }
      return answer;
    },
    { step: 'initialize', name: 'countCharges' },
  );
  return charges;
}

interface Answer {
  readonly ConsumedCapacity?: { readonly CapacityUnits?: number };
  readonly Items?: readonly Item[];
  readonly Item?: Item;
}

function add(charged: Charged, units: number, consumed: number): void {
  charged.requests += 1;
  charged.units += units;
  charged.consumed += consumed;
}

/** One for each KB begun. Source: Amazon DynamoDB developer guide, "DynamoDB read and write operations". */
export function writeUnits(item: Item): number {
  return Math.ceil(itemBytes(item) / 1024);
}

/** Strongly consistent: one for each 4 KB begun of all items together, and one where there is nothing. */
export function readUnits(items: readonly Item[]): number {
  return Math.max(1, Math.ceil(items.reduce((sum, item) => sum + itemBytes(item), 0) / 4096));
}

/** Names and values; a number has a byte for two digits and one more. Source: the same, "Item sizes and formats". */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes({ S, N }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return Math.ceil(N.replace(/^-|\.|0+$/g, '').length / 2) + 1;
  throw new Error('the store writes texts and numbers only');
}
