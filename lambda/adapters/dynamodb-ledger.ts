import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import { LEDGER_TABLE } from '../config';
import { LedgerError } from '../errors';
import type { Entry, Ledger, LedgerPage, Place, Register } from '../ports';
import type { TallyPart } from '../window/tally-encoding';
import {
  entryItem,
  type Item,
  keyOf,
  kindOf,
  readEntry,
  readRegisterItem,
  readTally,
  registerItem,
  sortKeyOf,
  tallyItem,
} from './dynamodb-items';
import { type Advice, explain, faultOf } from './sdk-errors';

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

/** The ledger in one DynamoDB table; every read is strongly consistent and follows all pages. */
export class DynamoDbLedger implements Ledger {
  /** @param now UTC epoch seconds, to tell what has expired */
  constructor(
    private readonly client: DynamoDBClient,
    private readonly tableName: string,
    private readonly now: () => number,
  ) {}

  async putTally(key: string, part: TallyPart, expiresAt: number): Promise<void> {
    await this.put(tallyItem(key, part, expiresAt));
  }

  async read(key: string): Promise<LedgerPage> {
    const parts: TallyPart[] = [];
    const registers = new Map<string, Register>();
    for await (const item of this.query('#pk = :pk', { ':pk': { S: key } })) {
      const kind = kindOf(item);
      if (kind === 'tally') parts.push(readTally(item));
      if (kind === 'register') registers.set(sortKeyOf(item), readRegisterItem(item));
    }
    return { parts, registers };
  }

  async readRegister(place: Place): Promise<Register | undefined> {
    const { Item: item } = await this.told(
      this.client.send(
        new GetItemCommand({
          TableName: this.tableName,
          Key: keyOf(place),
          ConsistentRead: true,
        }),
      ),
    );
    const expiresAt = Number(item?.[LEDGER_TABLE.expiry]?.N);
    return item !== undefined && expiresAt > this.now() ? readRegisterItem(item) : undefined;
  }

  async writeRegister(place: Place, value: string, version: number, expiresAt: number): Promise<boolean> {
    const isFirst = version === 0;
    try {
      await this.client.send(
        new PutItemCommand({
          TableName: this.tableName,
          Item: registerItem(place, { value, version: version + 1 }, expiresAt),
          ConditionExpression: isFirst ? `${isAbsent} OR ${isExpired}` : `${isAtVersion} AND ${isLive}`,
          ExpressionAttributeNames: {
            '#expiresAt': LEDGER_TABLE.expiry,
            ...(isFirst ? { '#pk': LEDGER_TABLE.partitionKey } : { '#version': 'version' }),
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
      throw this.ledgerError(error);
    }
  }

  async putEntry(place: Place, value: string, expiresAt: number): Promise<void> {
    await this.put(entryItem(place, value, expiresAt));
  }

  async *entries(partitionKey: string, from: string, before: string): AsyncIterable<Entry> {
    // DynamoDB refuses a range whose end lies before its start.
    if (from >= before) return;
    const start = from === '' ? {} : { ':from': { S: from } };
    const range = { ':pk': { S: partitionKey }, ':before': { S: before }, ...start };
    // DynamoDB takes no empty text for a key, and a key is compared with one condition only.
    const isInRange = from === '' ? '#sk < :before' : '#sk BETWEEN :from AND :before';
    for await (const item of this.query(`#pk = :pk AND ${isInRange}`, range, {
      '#sk': LEDGER_TABLE.sortKey,
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
        '#pk': LEDGER_TABLE.partitionKey,
        '#expiresAt': LEDGER_TABLE.expiry,
        ...names,
      },
      ExpressionAttributeValues: { ...values, ':now': this.nowValue() },
    };
    let next: Item | undefined;
    do {
      const page = await this.told(this.client.send(new QueryCommand({ ...input, ExclusiveStartKey: next })));
      yield* page.Items ?? [];
      // A page may be empty and not the last: it is cut at 1 MB before it is filtered.
      next = page.LastEvaluatedKey;
    } while (next !== undefined);
  }

  private async put(item: Item): Promise<void> {
    await this.told(this.client.send(new PutItemCommand({ TableName: this.tableName, Item: item })));
  }

  private nowValue(): { N: string } {
    return { N: String(this.now()) };
  }

  private async told<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw this.ledgerError(error);
    }
  }

  private ledgerError(cause: unknown): LedgerError {
    return new LedgerError(explain(`ledger table ${this.tableName}`, faultOf(cause), ADVICE), { cause });
  }
}
