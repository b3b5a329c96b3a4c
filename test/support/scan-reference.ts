/** What scanning must come to, by JSON.parse on complete values, and a harness that scans in pieces. */
import { DocumentError } from '../../lambda/errors';
import { LiteralSearch } from '../../lambda/trail/scanner/literal-search';
import { type RecordPosition, RecordScanner } from '../../lambda/trail/scanner/record-scanner';
import type { SimdSkipper } from '../../lambda/trail/scanner/simd/simd-skipper';
import { isObject } from '../../lambda/util/values';

export const LITERAL = '"DescribeInstances"';

const RECORD_KEYS = ['eventVersion', 'eventName', 'eventSource', 'eventTime', 'eventID'];

export interface Outcome {
  /** Every element that is an object, by index. */
  readonly values: Map<number, unknown>;
  readonly faults: number[];
  records: number;
  failed: boolean;
}

/** The outcome for the texts of top-level values, in order, all of them valid JSON. */
export function reference(documents: readonly string[]): Outcome {
  const outcome: Outcome = { values: new Map(), faults: [], records: 0, failed: documents.length === 0 };
  for (const document of documents) {
    const elements = recordsOf(document);
    if (elements === undefined) {
      outcome.failed = true;
      break;
    }
    for (const element of elements) {
      const index = outcome.records++;
      if (isObject(element)) outcome.values.set(index, element);
      else outcome.faults.push(index);
    }
  }
  return outcome;
}

function recordsOf(document: string): unknown[] | undefined {
  const value: unknown = JSON.parse(document);
  if (Array.isArray(value)) return value;
  if (!isObject(value) || hasSecondRecords(document)) return undefined;
  if (Object.hasOwn(value, 'Records')) return Array.isArray(value.Records) ? value.Records : undefined;
  return RECORD_KEYS.some((key) => Object.hasOwn(value, key)) ? [value] : undefined;
}

/** Whether an object has the key twice, of which JSON.parse would take the last. */
function hasSecondRecords(document: string): boolean {
  let depth = 0;
  let count = 0;
  for (const [token, text, colon] of document.matchAll(/[[\]{}]|("(?:[^"\\]|\\.)*")(\s*:)?/g)) {
    if (text === undefined) depth += token === '{' || token === '[' ? 1 : -1;
    else if (depth === 1 && colon !== undefined && JSON.parse(text) === 'Records') count += 1;
  }
  return count > 1;
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
 * @param isInPlace whether that memory is the skipper's own
 */
export function scanPieces(
  bytes: Buffer,
  sizes: readonly number[],
  literals: readonly string[],
  skipper?: SimdSkipper,
  isInPlace = false,
): Scan {
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
  const scanner = new RecordScanner(
    's3://b/k',
    new LiteralSearch(literals),
    {
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
    },
    skipper,
  );
  const length = Math.min(Math.max(...sizes), bytes.length) + LEAD;
  const memory = isInPlace ? skipper!.input.subarray(0, length) : new Uint8Array(length);
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
    memory.fill(0x22);
    at = next;
  }
}

/** Whether a string anywhere in the value, keys included, is the literal's. */
export function mentions(value: unknown, name = 'DescribeInstances'): boolean {
  if (typeof value === 'string') return value === name;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => key === name || mentions(inner, name));
}
