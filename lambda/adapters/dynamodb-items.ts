/**
 * The ledger's items in DynamoDB. All have the keys of their place, `kind`, and `expiresAt` (epoch seconds, the table's
 * TTL attribute):
 *
 * | kind     | attributes                                                     |
 * |----------|----------------------------------------------------------------|
 * | entry    | `value`                                                        |
 * | register | `value`, `version`                                             |
 * | tally    | `objectBucket`, `objectKey`, `partition`, `bucketStart`, `encoded` |
 *
 * Entries have partition keys of their own, so that reading a bucket does not pay for them. Sort keys are ASCII, so that
 * DynamoDB's order (by UTF-8 bytes) is that of the memory ledger (by UTF-16 units).
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { LEDGER_TABLE } from '../config';
import { LedgerError } from '../errors';
import type { Entry, Place, Register } from '../ports';
import type { TallyPart } from '../window/tally-encoding';

export type Item = Record<string, AttributeValue>;

export type Kind = 'entry' | 'register' | 'tally';

export function keyOf({ partitionKey, sortKey }: Place): Item {
  return {
    [LEDGER_TABLE.partitionKey]: { S: partitionKey },
    [LEDGER_TABLE.sortKey]: { S: sortKey },
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

export function registerItem(place: Place, { value, version }: Register, expiresAt: number): Item {
  return {
    ...keyOf(place),
    ...kindIs('register'),
    ...expiry(expiresAt),
    value: { S: value },
    version: number(version),
  };
}

export function entryItem(place: Place, value: string, expiresAt: number): Item {
  return { ...keyOf(place), ...kindIs('entry'), ...expiry(expiresAt), value: { S: value } };
}

export function kindOf(item: Item): string {
  return textAt(item, 'kind');
}

export function sortKeyOf(item: Item): string {
  return textAt(item, LEDGER_TABLE.sortKey);
}

export function readTally(item: Item): TallyPart {
  return {
    object: { bucket: textAt(item, 'objectBucket'), key: textAt(item, 'objectKey') },
    bucket: { partition: textAt(item, 'partition'), start: numberAt(item, 'bucketStart') },
    sortKey: sortKeyOf(item),
    encoded: textAt(item, 'encoded'),
  };
}

export function readRegisterItem(item: Item): Register {
  return { value: textAt(item, 'value'), version: numberAt(item, 'version') };
}

export function readEntry(item: Item): Entry {
  return { sortKey: sortKeyOf(item), value: textAt(item, 'value') };
}

function kindIs(kind: Kind): Item {
  return { kind: { S: kind } };
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
