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
import { StateStoreError } from '../../lambda/errors';
import type { StateStore } from '../../lambda/state/store';
import { storeContract } from '../contracts/store.contract';
import { startTable, type TestTable } from '../support/dynalite';
import { T0 } from '../support/records';

const PLACE = { partitionKey: 'p', sortKey: 's' };

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

  storeContract((now) => new DynamoDbStore(table.client, table.tableName, now));

  it('refuses to read what it did not write', async () => {
    const store = new DynamoDbStore(table.client, table.tableName, () => T0);
    const Item = { pk: { S: 'foreign' }, sk: { S: 'x' }, expiresAt: { N: String(T0 + 1) } };
    await table.client.send(new PutItemCommand({ TableName: table.tableName, Item }));
    await expect(store.read('foreign')).rejects.toThrow(StateStoreError);
    await expect(store.read('foreign')).rejects.toThrow('item foreign x of the state table has no kind');
  });

  it('says so when an item is larger than DynamoDB takes', async () => {
    const store = new DynamoDbStore(table.client, table.tableName, () => T0);
    const part = { ...PART, encoded: 'x'.repeat(410_000) };
    await expect(store.putTally('p', part, T0 + 1)).rejects.toThrow(/400 KB/);
  });
});

describe('what the state store in DynamoDB asks for', () => {
  const client = new DynamoDBClient({ region: 'eu-west-1' });
  const mock = mockClient(client);
  const store: StateStore = new DynamoDbStore(client, 'table', () => T0);
  const operations: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['putTally', () => store.putTally('p', PART, T0 + 1)],
    ['read', () => store.read('p')],
    ['readItem', () => store.readItem(PLACE)],
    ['writeItem', () => store.writeItem(PLACE, 'v', 0, T0 + 1)],
    ['putEntry', () => store.putEntry(PLACE, 'v', T0 + 1)],
    ['entries', async () => store.entries('p', 'a', 'b')[Symbol.asyncIterator]().next()],
  ];

  beforeEach(() => mock.reset());

  it('is read consistently, always', async () => {
    mock.on(QueryCommand).resolves({ Items: [] });
    mock.on(GetItemCommand).resolves({});
    await store.read('p');
    await store.readItem(PLACE);
    for await (const _ of store.entries('p', 'a', 'b'));
    const inputs = [...mock.commandCalls(QueryCommand), ...mock.commandCalls(GetItemCommand)];
    expect(inputs.map(({ args: [command] }) => command.input.ConsistentRead)).toEqual([true, true, true]);
  });

  it('goes on after a page of which nothing is left', async () => {
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

  const FAULTS: readonly (readonly [string, Error, RegExp])[] = [
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
    ['a request limit', named('RequestLimitExceeded', 'slow'), /throttled/],
    ['throttling by name', named('ThrottlingException', 'slow'), /throttled/],
    ['a denial', named('AccessDeniedException', 'not authorized'), /Allow it/],
    ['a key that is denied', named('AccessDeniedException', 'no: kms:Decrypt on x'), /Allow kms:Decrypt/],
    ['expired credentials', named('ExpiredTokenException', 'expired'), /credentials/],
    ['no credentials', named('CredentialsProviderError', 'none'), /credentials/],
    ['no region', new Error('Region is missing'), /Name a region/],
    ['a failure of the service', named('InternalServerError', 'oops', { status: 500 }), /The service failed/],
    ['no network', named('Error', '', { code: 'ECONNREFUSED' }), /: ECONNREFUSED\. .*could not be reached/],
    ['a timeout', named('TimeoutError', 'too slow'), /could not be reached/],
    ['anything else', named('Odd', 'odd'), /Odd: odd\. See the cause/],
  ];

  it.each(FAULTS)('fails with a StateStoreError for %s, from every method', async (_, cause, message) => {
    mock.onAnyCommand().rejects(cause);
    for (const [, call] of operations) {
      const error: unknown = await call().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(StateStoreError);
      expect((error as StateStoreError).message).toMatch(message);
      expect((error as StateStoreError).cause).toBe(cause);
    }
  });
});

function named(name: string, message: string, more: { code?: string; status?: number } = {}): Error {
  const { status, ...rest } = more;
  const metadata = status === undefined ? {} : { $metadata: { httpStatusCode: status } };
  return Object.assign(new Error(message), { name }, rest, metadata);
}
