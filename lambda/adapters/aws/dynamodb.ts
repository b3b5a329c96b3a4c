import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { TallyPart } from '../../detection/tally';
import { StateStoreError } from '../../errors';
import {
  type Entry,
  type ItemKey,
  STATE_TABLE,
  type StatePage,
  type StateStore,
  type VersionedItem,
} from '../../state/store';
import { type ClientSettings, common } from './client-settings';
import { type Advice, explain, faultOf } from './errors';

const ADVICE: Advice = {
  ResourceNotFoundException: 'Is the stack deployed in this region, and its table still there?',
  ProvisionedThroughputExceededException:
    'One account may have outgrown a partition of the table: raise `partitions`, see docs/configuration.md',
  ValidationException: 'The item or the key is one DynamoDB does not take, as one of more than 400 KB',
};

// TTL deletes within days; what has expired and is still there counts as absent, to every reader and writer.
const isLive = '#expiresAt > :now';

const isExpired = '#expiresAt <= :now';

const isAbsent = 'attribute_not_exists(#pk)';

const isAtVersion = '#version = :version';

/** The state store in one DynamoDB table; every read is strongly consistent and follows all pages. */
export class DynamoDbStore implements StateStore {
  /** @param now UTC epoch seconds, to tell what has expired */
  constructor(
    private readonly client: DynamoDBClient,
    private readonly tableName: string,
    private readonly now: () => number,
  ) {}

  async putTally(key: string, part: TallyPart, expiresAt: number): Promise<void> {
    await this.put(tallyItem(key, part, expiresAt));
  }

  async read(key: string): Promise<StatePage> {
    const parts: TallyPart[] = [];
    const items = new Map<string, VersionedItem>();
    for await (const item of this.query('#pk = :pk', { ':pk': { S: key } })) {
      const kind = kindOf(item);
      if (kind === 'tally') parts.push(readTally(item));
      if (kind === 'register') items.set(sortKeyOf(item), readVersionedItem(item));
    }
    return { parts, items };
  }

  async readItem(key: ItemKey): Promise<VersionedItem | undefined> {
    const { Item: item } = await this.answered(
      this.client.send(
        new GetItemCommand({
          TableName: this.tableName,
          Key: keyOf(key),
          ConsistentRead: true,
        }),
      ),
    );
    const expiresAt = Number(item?.[STATE_TABLE.expiry]?.N);
    return item !== undefined && expiresAt > this.now() ? readVersionedItem(item) : undefined;
  }

  async writeItem(key: ItemKey, value: string, version: number, expiresAt: number): Promise<boolean> {
    const isFirst = version === 0;
    try {
      await this.client.send(
        new PutItemCommand({
          TableName: this.tableName,
          Item: dynamoItemOf(key, { value, version: version + 1 }, expiresAt),
          ConditionExpression: isFirst ? `${isAbsent} OR ${isExpired}` : `${isAtVersion} AND ${isLive}`,
          ExpressionAttributeNames: {
            '#expiresAt': STATE_TABLE.expiry,
            ...(isFirst ? { '#pk': STATE_TABLE.partitionKey } : { '#version': 'version' }),
          },
          ExpressionAttributeValues: {
            ':now': this.nowValue(),
            ...(isFirst ? {} : { ':version': { N: String(version) } }),
          },
        }),
      );
      return true;
    } catch (error) {
      // Somebody else was first: an answer, not a failure.
      if (error instanceof ConditionalCheckFailedException) return false;
      throw this.storeError(error);
    }
  }

  async putEntry(key: ItemKey, value: string, expiresAt: number): Promise<void> {
    await this.put(entryItem(key, value, expiresAt));
  }

  async *entries(partitionKey: string, from: string, before: string): AsyncIterable<Entry> {
    // DynamoDB refuses a range whose end lies before its start.
    if (from >= before) return;
    const start = from === '' ? {} : { ':from': { S: from } };
    const range = { ':pk': { S: partitionKey }, ':before': { S: before }, ...start };
    // DynamoDB takes no empty text for a key, and a key is compared with one condition only.
    const isInRange = from === '' ? '#sk < :before' : '#sk BETWEEN :from AND :before';
    for await (const item of this.query(`#pk = :pk AND ${isInRange}`, range, {
      '#sk': STATE_TABLE.sortKey,
    })) {
      // BETWEEN takes its end in.
      if (kindOf(item) === 'entry' && sortKeyOf(item) !== before) yield readEntry(item);
    }
  }

  private async *query(range: string, values: Item, names: Record<string, string> = {}): AsyncIterable<Item> {
    const input: QueryCommandInput = {
      TableName: this.tableName,
      ConsistentRead: true,
      KeyConditionExpression: range,
      FilterExpression: isLive,
      ExpressionAttributeNames: {
        '#pk': STATE_TABLE.partitionKey,
        '#expiresAt': STATE_TABLE.expiry,
        ...names,
      },
      ExpressionAttributeValues: { ...values, ':now': this.nowValue() },
    };
    let next: Item | undefined;
    do {
      const page = await this.answered(this.client.send(new QueryCommand({ ...input, ExclusiveStartKey: next })));
      yield* page.Items ?? [];
      // A page may be empty and not the last: it is cut at 1 MB before it is filtered.
      next = page.LastEvaluatedKey;
    } while (next !== undefined);
  }

  private async put(item: Item): Promise<void> {
    await this.answered(this.client.send(new PutItemCommand({ TableName: this.tableName, Item: item })));
  }

  private nowValue(): { N: string } {
    return { N: String(this.now()) };
  }

  private async answered<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw this.storeError(error);
    }
  }

  private storeError(cause: unknown): StateStoreError {
    return new StateStoreError(explain(`state table ${this.tableName}`, faultOf(cause), ADVICE), { cause });
  }
}

/**
 * The items in DynamoDB. All have their keys, `kind`, and `expiresAt` (epoch seconds, the table's
 * TTL attribute):
 *
 * | kind     | attributes                                                     |
 * |----------|----------------------------------------------------------------|
 * | entry    | `value`                                                        |
 * | register | `value`, `version`                                             |
 * | tally    | `objectBucket`, `objectKey`, `partition`, `bucketStart`, `encoded` |
 *
 * Entries have partition keys of their own, so that reading a bucket does not pay for them. Sort keys are ASCII, so that
 * DynamoDB's order (by UTF-8 bytes) is that of the memory store (by UTF-16 units).
 */

export type Item = Record<string, AttributeValue>;

export type Kind = 'entry' | 'register' | 'tally';

export function keyOf({ partitionKey, sortKey }: ItemKey): Item {
  return {
    [STATE_TABLE.partitionKey]: { S: partitionKey },
    [STATE_TABLE.sortKey]: { S: sortKey },
  };
}

export function tallyItem(partitionKey: string, part: TallyPart, expiresAt: number): Item {
  return {
    ...keyOf({ partitionKey, sortKey: part.sortKey }),
    ...kindIs('tally'),
    ...expiry(expiresAt),
    objectBucket: { S: part.object.bucket },
    objectKey: { S: part.object.key },
    partition: { S: part.bucket.partition },
    bucketStart: number(part.bucket.start),
    encoded: { S: part.encoded },
  };
}

export function dynamoItemOf(key: ItemKey, { value, version }: VersionedItem, expiresAt: number): Item {
  return {
    ...keyOf(key),
    ...kindIs('register'),
    ...expiry(expiresAt),
    value: { S: value },
    version: number(version),
  };
}

export function entryItem(key: ItemKey, value: string, expiresAt: number): Item {
  return { ...keyOf(key), ...kindIs('entry'), ...expiry(expiresAt), value: { S: value } };
}

export function kindOf(item: Item): string {
  return textAt(item, 'kind');
}

export function sortKeyOf(item: Item): string {
  return textAt(item, STATE_TABLE.sortKey);
}

export function readTally(item: Item): TallyPart {
  return {
    object: { bucket: textAt(item, 'objectBucket'), key: textAt(item, 'objectKey') },
    bucket: { partition: textAt(item, 'partition'), start: numberAt(item, 'bucketStart') },
    sortKey: sortKeyOf(item),
    encoded: textAt(item, 'encoded'),
  };
}

export function readVersionedItem(item: Item): VersionedItem {
  return { value: textAt(item, 'value'), version: numberAt(item, 'version') };
}

export function readEntry(item: Item): Entry {
  return { sortKey: sortKeyOf(item), value: textAt(item, 'value') };
}

function kindIs(kind: Kind): Item {
  return { kind: { S: kind } };
}

function expiry(expiresAt: number): Item {
  return { [STATE_TABLE.expiry]: number(expiresAt) };
}

function number(value: number): AttributeValue {
  return { N: String(value) };
}

function textAt(item: Item, attribute: string): string {
  return item[attribute]?.S ?? malformed(item, attribute);
}

function numberAt(item: Item, attribute: string): number {
  return Number(item[attribute]?.N ?? malformed(item, attribute));
}

function malformed(item: Item, attribute: string): never {
  const name = [STATE_TABLE.partitionKey, STATE_TABLE.sortKey].map((key) => item[key]?.S ?? '?').join(' ');
  throw new StateStoreError(
    `item ${name} of the state table has no ${attribute}: something other than regionsweep wrote it. Delete that item`,
  );
}

export function dynamoDbClient(settings: ClientSettings = {}): DynamoDBClient {
  return new DynamoDBClient(common(settings, 6));
}
