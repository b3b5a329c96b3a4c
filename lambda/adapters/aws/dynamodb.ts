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
import { ServiceError } from '../../errors';
import {
  type Entry,
  type ItemKey,
  STATE_TABLE,
  type StatePage,
  type StateStore,
  type VersionedItem,
} from '../../state/store';
import { type Advice, answer, type ClientSettings, common } from './sdk';

/**
 * All items have the attributes of their key, `kind`, and `expiresAt` (epoch seconds, the table's TTL attribute). Entries
 * have separate partition keys, so that reading a bucket does not pay for them. Sort keys are ASCII, so that DynamoDB's
 * order (by UTF-8 bytes) is that of the store in memory (by UTF-16 units).
 */
export type Item = Record<string, AttributeValue>;

type Fields = Readonly<Record<string, string | number>>;

const itemOf = (fields: Fields): Item =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, attributeOf(value)]));

const attributeOf = (value: string | number): AttributeValue =>
  typeof value === 'number' ? { N: String(value) } : { S: value };

const keyOf = ({ partitionKey, sortKey }: ItemKey): Fields => ({
  [STATE_TABLE.partitionKey]: partitionKey,
  [STATE_TABLE.sortKey]: sortKey,
});

export function tallyItem(partitionKey: string, { sortKey, object, bucket, encoded }: TallyPart, expiresAt: number) {
  return itemOf({
    ...keyOf({ partitionKey, sortKey }),
    kind: 'tally',
    [STATE_TABLE.expiry]: expiresAt,
    objectBucket: object.bucket,
    objectKey: object.key,
    partition: bucket.partition,
    bucketStart: bucket.start,
    encoded,
  });
}

export function versionedItem(key: ItemKey, item: VersionedItem, expiresAt: number): Item {
  return itemOf({ ...keyOf(key), kind: 'register', [STATE_TABLE.expiry]: expiresAt, ...item });
}

const textAt = (item: Item, attribute: string) => item[attribute]?.S ?? malformed(item, attribute);
const integerAt = (item: Item, attribute: string) => Number(item[attribute]?.N ?? malformed(item, attribute));

function malformed(item: Item, attribute: string): never {
  const key = [STATE_TABLE.partitionKey, STATE_TABLE.sortKey].map((name) => item[name]?.S ?? '?').join(' ');
  throw new ServiceError(
    `the item ${key} of the state store has no ${attribute}: it was not written by regionsweep. Delete that item`,
  );
}

const sortKeyOf = (item: Item) => textAt(item, STATE_TABLE.sortKey);

const readTally = (item: Item): TallyPart => ({
  object: { bucket: textAt(item, 'objectBucket'), key: textAt(item, 'objectKey') },
  bucket: { partition: textAt(item, 'partition'), start: integerAt(item, 'bucketStart') },
  sortKey: sortKeyOf(item),
  encoded: textAt(item, 'encoded'),
});

const readVersioned = (item: Item) => ({ value: textAt(item, 'value'), version: integerAt(item, 'version') });

const ADVICE: Advice = {
  ResourceNotFound: 'Is the stack deployed in this region, and its table still there?',
  ProvisionedThroughputExceeded:
    'One account may have outgrown a partition of the table: raise `partitions`, see docs/configuration.md',
  Validation: 'DynamoDB does not take the item or the key, as for an item of more than 400 KB',
};

// TTL deletes within days: readers and writers treat expired items as absent.
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
    for await (const item of this.query('#pk = :pk', { ':pk': key })) {
      const kind = textAt(item, 'kind');
      if (kind === 'tally') parts.push(readTally(item));
      if (kind === 'register') items.set(sortKeyOf(item), readVersioned(item));
    }
    return { parts, items };
  }

  async readItem(key: ItemKey): Promise<VersionedItem | undefined> {
    const command = new GetItemCommand({ TableName: this.tableName, Key: itemOf(keyOf(key)), ConsistentRead: true });
    const { Item: item } = await this.answer(this.client.send(command));
    const isThere = item !== undefined && Number(item[STATE_TABLE.expiry]?.N) > this.now();
    return isThere ? readVersioned(item) : undefined;
  }

  async writeItem(key: ItemKey, value: string, version: number, expiresAt: number): Promise<boolean> {
    const isFirst = version === 0;
    const command = new PutItemCommand({
      TableName: this.tableName,
      Item: versionedItem(key, { value, version: version + 1 }, expiresAt),
      ConditionExpression: isFirst ? `${isAbsent} OR ${isExpired}` : `${isAtVersion} AND ${isLive}`,
      ExpressionAttributeNames: {
        '#expiresAt': STATE_TABLE.expiry,
        ...(isFirst ? { '#pk': STATE_TABLE.partitionKey } : { '#version': 'version' }),
      },
      ExpressionAttributeValues: itemOf({ ':now': this.now(), ...(isFirst ? {} : { ':version': version }) }),
    });
    const written = this.client.send(command).then(
      () => true,
      (error: unknown) => {
        // Another writer was first, which is no failure.
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      },
    );
    return this.answer(written);
  }

  async putEntry(key: ItemKey, value: string, expiresAt: number): Promise<void> {
    await this.put(itemOf({ ...keyOf(key), kind: 'entry', [STATE_TABLE.expiry]: expiresAt, value }));
  }

  async *entries(partitionKey: string, from: string, before: string): AsyncIterable<Entry> {
    // DynamoDB refuses a range whose end is before its start.
    if (from >= before) return;
    // It takes no empty key, and only one condition on a key.
    const isInRange = from === '' ? '#sk < :before' : '#sk BETWEEN :from AND :before';
    const values = { ':pk': partitionKey, ':before': before, ...(from === '' ? {} : { ':from': from }) };
    for await (const item of this.query(`#pk = :pk AND ${isInRange}`, values, { '#sk': STATE_TABLE.sortKey })) {
      const sortKey = sortKeyOf(item);
      // BETWEEN includes its end.
      if (textAt(item, 'kind') === 'entry' && sortKey !== before) yield { sortKey, value: textAt(item, 'value') };
    }
  }

  private async *query(range: string, values: Fields, names: Record<string, string> = {}): AsyncIterable<Item> {
    const input: QueryCommandInput = {
      TableName: this.tableName,
      ConsistentRead: true,
      KeyConditionExpression: range,
      FilterExpression: isLive,
      ExpressionAttributeNames: { '#pk': STATE_TABLE.partitionKey, '#expiresAt': STATE_TABLE.expiry, ...names },
      ExpressionAttributeValues: itemOf({ ...values, ':now': this.now() }),
    };
    let next: Item | undefined;
    do {
      const page = await this.answer(this.client.send(new QueryCommand({ ...input, ExclusiveStartKey: next })));
      yield* page.Items ?? [];
      // A page that is not the last may be empty: pages are cut at 1 MB before they are filtered.
      next = page.LastEvaluatedKey;
    } while (next !== undefined);
  }

  private async put(item: Item): Promise<void> {
    await this.answer(this.client.send(new PutItemCommand({ TableName: this.tableName, Item: item })));
  }

  private answer<T>(request: Promise<T>): Promise<T> {
    return answer(request, `state table ${this.tableName}`, ADVICE);
  }
}

export const dynamoDbClient = (settings: ClientSettings = {}) => new DynamoDBClient(common(settings, 6));
