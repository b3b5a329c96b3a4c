/**
 * The ledger's items in DynamoDB. All have the partition key of their place, a sort key `KIND#SORTKEY`, and `expiresAt`
 * (epoch seconds, the table's TTL attribute):
 *
 * | kind     | attributes                                                     |
 * |----------|----------------------------------------------------------------|
 * | entry    | `value`                                                        |
 * | register | `value`, `version`                                             |
 * | tally    | `objectBucket`, `objectKey`, `partition`, `bucketStart`, `encoded` |
 *
 * The kind leads the sort key, so that kinds never overwrite each other, and one query reads registers and tallies, which
 * sort behind the entries, without paying for the entries. Sort keys are ASCII, so that DynamoDB's order (by UTF-8
 * bytes) is that of the memory ledger (by UTF-16 units).
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { LEDGER_TABLE } from '../config';
import { LedgerError } from '../errors';
import type { Entry, Place, Register } from '../ports';
import type { TallyPart } from '../window/tally-encoding';

export type Item = Record<string, AttributeValue>;

export type Kind = 'entry' | 'register' | 'tally';

/** The first sort key of a kind; of `register` it is also the first behind all entries. */
export function sortKeyOf(kind: Kind, sortKey = ''): string {
  return `${kind}#${sortKey}`;
}

export function keyOf(kind: Kind, { partitionKey, sortKey }: Place): Item {
  return {
    [LEDGER_TABLE.partitionKey]: { S: partitionKey },
    [LEDGER_TABLE.sortKey]: { S: sortKeyOf(kind, sortKey) },
  };
}

export function tallyItem(partitionKey: string, part: TallyPart, expiresAt: number): Item {
  return {
    ...keyOf('tally', { partitionKey, sortKey: part.sortKey }),
    ...expiry(expiresAt),
    objectBucket: { S: part.object.bucket },
    objectKey: { S: part.object.key },
    partition: { S: part.bucket.partition },
    bucketStart: number(part.bucket.start),
    encoded: { S: part.encoded },
  };
}

export function registerItem(place: Place, { value, version }: Register, expiresAt: number): Item {
  return {
    ...keyOf('register', place),
    ...expiry(expiresAt),
    value: { S: value },
    version: number(version),
  };
}

export function entryItem(place: Place, value: string, expiresAt: number): Item {
  return { ...keyOf('entry', place), ...expiry(expiresAt), value: { S: value } };
}

/** The kind of an item, and its sort key without that. */
export function placeOf(item: Item): { readonly kind: string; readonly sortKey: string } {
  const stored = textAt(item, LEDGER_TABLE.sortKey);
  const mark = stored.indexOf('#');
  return { kind: stored.slice(0, mark), sortKey: stored.slice(mark + 1) };
}

export function readTally(item: Item): TallyPart {
  return {
    object: { bucket: textAt(item, 'objectBucket'), key: textAt(item, 'objectKey') },
    bucket: { partition: textAt(item, 'partition'), start: numberAt(item, 'bucketStart') },
    sortKey: placeOf(item).sortKey,
    encoded: textAt(item, 'encoded'),
  };
}

export function readRegisterItem(item: Item): Register {
  return { value: textAt(item, 'value'), version: numberAt(item, 'version') };
}

export function readEntry(item: Item): Entry {
  return { sortKey: placeOf(item).sortKey, value: textAt(item, 'value') };
}

function expiry(expiresAt: number): Item {
  return { [LEDGER_TABLE.expiry]: number(expiresAt) };
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
  const place = [LEDGER_TABLE.partitionKey, LEDGER_TABLE.sortKey]
    .map((name) => item[name]?.S ?? '?')
    .join(' ');
  throw new LedgerError(
    `the ledger's item ${place} has no ${attribute}: something other than regionsweep wrote it. Delete that item`,
  );
}
