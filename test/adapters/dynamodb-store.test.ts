import {
  DynamoDBClient,
  GetItemCommand,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  QueryCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { DynamoDbStore } from '../../lambda/adapters/aws/dynamodb';
import { ServiceError } from '../../lambda/errors';
import type { StateStore } from '../../lambda/state/store';
import { memoryContract, storeContract } from '../contracts/store.contract';
import { startTable, type TestTable } from '../support/dynalite';
import { T0 } from '../support/records';

const KEY = { partitionKey: 'p', sortKey: 's' };

const PART = {
  object: { bucket: 'trail', key: 'k' },
  bucket: { partition: '111122223333', start: T0 },
  sortKey: 'tally/a/b/0',
  encoded: '[]',
};

describe('the state store in DynamoDB', () => {
  let table: TestTable;

  beforeAll(async () => {
    table = await startTable();
  });

  afterAll(() => table.close());

  const open = (now: () => number) => new DynamoDbStore(table.client, table.tableName, now);
  storeContract(open);
  describe('what is remembered', () => memoryContract(open));

  it('refuses to read what it did not write', async () => {
    const store = new DynamoDbStore(table.client, table.tableName, () => T0);
    const Item = { pk: { S: 'foreign' }, sk: { S: 'x' }, expiresAt: { N: String(T0 + 1) } };
    await table.client.send(new PutItemCommand({ TableName: table.tableName, Item }));
    await expect(store.read('foreign')).rejects.toThrow(ServiceError);
    await expect(store.read('foreign')).rejects.toThrow('item foreign x of the state store has no kind');
  });

  it('reports an item that is larger than DynamoDB takes', async () => {
    const store = new DynamoDbStore(table.client, table.tableName, () => T0);
    const part = { ...PART, encoded: 'x'.repeat(410_000) };
    await expect(store.putTally('p', part, T0 + 1)).rejects.toThrow(/400 KB/);
  });
});

describe('what the state store requests of DynamoDB', () => {
  const client = new DynamoDBClient({ region: 'eu-west-1' });
  const mock = mockClient(client);
  const store: StateStore = new DynamoDbStore(client, 'table', () => T0);
  const operations: readonly (() => Promise<unknown>)[] = [
    () => store.putTally('p', PART, T0 + 1),
    () => store.read('p'),
    () => store.readItem(KEY),
    () => store.writeItem(KEY, 'v', 0, T0 + 1),
    () => store.putEntry(KEY, 'v', T0 + 1),
    async () => store.entries('p', 'a', 'b')[Symbol.asyncIterator]().next(),
  ];

  beforeEach(() => mock.reset());

  it('is read consistently, always', async () => {
    mock.on(QueryCommand).resolves({ Items: [] });
    mock.on(GetItemCommand).resolves({});
    await store.read('p');
    await store.readItem(KEY);
    for await (const _ of store.entries('p', 'a', 'b'));
    const inputs = [...mock.commandCalls(QueryCommand), ...mock.commandCalls(GetItemCommand)];
    expect(inputs.map(({ args: [command] }) => command.input.ConsistentRead)).toEqual([true, true, true]);
  });

  it('continues after an empty page', async () => {
    const key = { pk: { S: 'p' }, sk: { S: 'a' } };
    const item = { pk: { S: 'p' }, sk: { S: 'b' }, kind: { S: 'entry' }, value: { S: 'v' } };
    mock
      .on(QueryCommand)
      .resolvesOnce({ Items: [], LastEvaluatedKey: key })
      .resolvesOnce({ LastEvaluatedKey: key })
      .resolvesOnce({ Items: [item] });
    const entries = [];
    for await (const entry of store.entries('p', 'a', 'z')) entries.push(entry);
    expect(entries).toEqual([{ sortKey: 'b', value: 'v' }]);
    const starts = mock.commandCalls(QueryCommand).map(({ args }) => args[0].input.ExclusiveStartKey);
    expect(starts).toEqual([undefined, key, key]);
  });

  it.each<[what: string, cause: Error, message: RegExp]>([
    [
      'a missing table',
      new ResourceNotFoundException({ message: 'Requested resource not found', $metadata: {} }),
      /state table table: ResourceNotFoundException: .*deployed in this region/,
    ],
    [
      'throttling',
      new ProvisionedThroughputExceededException({ message: 'too fast', $metadata: {} }),
      /raise `partitions`/,
    ],
    ['a denial', Object.assign(new Error('no'), { name: 'AccessDeniedException' }), /Allow it/],
    ['no region', new Error('Region is missing'), /Name a region/],
    ['no network', Object.assign(new Error(''), { code: 'ECONNREFUSED' }), /: ECONNREFUSED\. .*could not be reached/],
  ])('fails with a ServiceError for %s, from every method', async (_, cause, message) => {
    mock.onAnyCommand().rejects(cause);
    for (const call of operations) {
      const error = (await call().catch((thrown: unknown) => thrown)) as Error;
      expect(error).toBeInstanceOf(ServiceError);
      expect(error.message).toMatch(message);
      expect(error.cause).toBe(cause);
    }
  });
});
