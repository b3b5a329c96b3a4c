/** What scanning must come to, by JSON.parse on complete values, and a harness that scans in pieces. */
import { DocumentError } from '../../lambda/errors';
import { isRecord, LIST_KEYS, RECORD_KEYS, unwrap } from '../../lambda/trail/scanner/envelopes';
import { LiteralSearch } from '../../lambda/trail/scanner/literal-search';
import { type RecordPosition, RecordScanner } from '../../lambda/trail/scanner/record-scanner';
import { isObject } from '../../lambda/util/values';

export const LITERAL = '"DescribeInstances"';

export interface Outcome {
  /** Every record, by its place among all elements. */
  readonly values: Map<number, unknown>;
  readonly faults: number[];
  records: number;
  failed: boolean;
}

export interface Reference extends Outcome {
  elements: number;
  /** The records that lay in something else, which are given whatever they hold. */
  readonly unwrapped: Set<number>;
}

/** The outcome for the texts of top-level values, in order, all of them valid JSON. */
export function reference(documents: readonly string[]): Reference {
  const values = new Map<number, unknown>();
  const unwrapped = new Set<number>();
  const strangers: number[] = [];
  let elements = 0;
  const add = (inner: unknown, isPlain: boolean) => {
    const index = elements++;
    if (typeof inner === 'string') strangers.push(index);
    else values.set(index, inner);
    if (!isPlain) unwrapped.add(index);
  };
  const lists = documents.map(elementsOf);
  const end = lists.indexOf(undefined);
  for (const element of lists.slice(0, end < 0 ? undefined : end).flat()) {
    if (isRecord(element)) add(element, true);
    else for (const inner of unwrap(element)) add(inner, false);
  }
  const records = values.size;
  const failed = documents.length === 0 || end >= 0 || (records === 0 && strangers.length > 0);
  return { values, unwrapped, faults: records > 0 ? strangers : [], records, elements, failed };
}

function elementsOf(document: string): unknown[] | undefined {
  const value: unknown = JSON.parse(document);
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return [value];
  if (!isObject(value)) return undefined;
  let list: string | undefined;
  let hasRecordKey = false;
  for (const [key, first] of membersOf(document)) {
    const isList = LIST_KEYS.has(key) && (key === 'Records' || !hasRecordKey);
    hasRecordKey ||= RECORD_KEYS.has(key);
    if (isList && list !== undefined) return undefined;
    if (isList && (first === '[' || key === 'Records')) list = key;
  }
  if (list === undefined) return [value];
  return Array.isArray(value[list]) ? (value[list] as unknown[]) : undefined;
}

/** The keys of an object in their order, also those it has twice, and the first character of each value. */
function* membersOf(document: string): Iterable<[key: string, first: string]> {
  let depth = 0;
  for (const [token, text, colon, first] of document.matchAll(/[[\]{}]|("(?:[^"\\]|\\.)*")(\s*:(?=\s*(\S)))?/g)) {
    if (text === undefined) depth += token === '{' || token === '[' ? 1 : -1;
    else if (depth === 1 && colon !== undefined) yield [JSON.parse(text), first!];
  }
}

export interface Scan extends Outcome {
  readonly texts: Map<number, string>;
  readonly offsets: Map<number, number>;
  readonly reasons: string[];
  error: DocumentError | undefined;
}

/**
 * Scans in pieces of the given sizes, the last one repeated. Each piece lies in memory that is overwritten after it.
 * What is no DocumentError is thrown on.
 */
export function scanPieces(bytes: Buffer, sizes: readonly number[], literals: readonly string[]): Scan {
  const scan: Scan = {
    ...{ values: new Map(), texts: new Map(), offsets: new Map(), faults: [], reasons: [] },
    ...{ records: 0, failed: false, error: undefined },
  };
  let last = -1;
  const add = ({ index, offset }: RecordPosition) => {
    if (index <= last) throw new Error('out of order');
    last = index;
    scan.offsets.set(index, offset);
  };
  const scanner = new RecordScanner('s3://b/k', new LiteralSearch(literals), {
    record(value, at, text) {
      add(at);
      scan.values.set(at.index, value);
      scan.texts.set(at.index, text());
    },
    fault(reason, at) {
      add(at);
      scan.reasons.push(reason);
      scan.faults.push(at.index);
    },
  });
  const memory = new Uint8Array(Math.min(Math.max(...sizes), bytes.length) + LEAD);
  try {
    pushPieces(bytes, sizes, memory, (piece) => scanner.push(piece));
    scanner.end();
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    scan.error = error;
    scan.failed = true;
  }
  scan.records = scanner.records;
  return scan;
}

/** Pieces do not start where their memory does, so that a lost byteOffset shows. */
const LEAD = 3;

function pushPieces(
  bytes: Buffer,
  sizes: readonly number[],
  memory: Uint8Array,
  push: (piece: Uint8Array) => void,
): void {
  for (let i = 0, at = 0; at < bytes.length; i++) {
    const next = Math.min(at + sizes[Math.min(i, sizes.length - 1)]!, bytes.length);
    memory.set(bytes.subarray(at, next), LEAD);
    push(memory.subarray(LEAD, LEAD + next - at));
    memory.fill(0x22, LEAD, LEAD + next - at);
    at = next;
  }
}

/** Whether a string anywhere in the value, keys included, is the literal's. */
export function mentions(value: unknown, name = 'DescribeInstances'): boolean {
  if (typeof value === 'string') return value === name;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => key === name || mentions(inner, name));
}
