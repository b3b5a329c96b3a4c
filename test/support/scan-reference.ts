/** What scanning must come to, told by JSON.parse on whole values, and a harness that scans in pieces. */
import { DocumentError } from '../../lambda/errors';
import { type RecordPosition, type RecordSink, scanRecords } from '../../lambda/trail/scanner/record-scanner';
import type { Skimmer } from '../../lambda/trail/scanner/simd/simd-skipper';

export const NEEDLE = '"DescribeInstances"';

const RECORD_KEYS = ['eventVersion', 'eventName', 'eventSource', 'eventTime', 'eventID'];

export interface Outcome {
  /** Every element that is an object, by index. */
  readonly values: Map<number, Record<string, unknown>>;
  readonly faults: number[];
  records: number;
  failed: boolean;
}

/** The outcome for top-level values already parsed, in order. */
export function reference(documents: readonly unknown[]): Outcome {
  const outcome: Outcome = { values: new Map(), faults: [], records: 0, failed: documents.length === 0 };
  for (const value of documents) {
    const elements = recordsOf(value);
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

function recordsOf(value: unknown): unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (!isObject(value)) return undefined;
  if (Object.hasOwn(value, 'Records')) return Array.isArray(value.Records) ? value.Records : undefined;
  return RECORD_KEYS.some((key) => Object.hasOwn(value, key)) ? [value] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export interface Scan extends Outcome {
  readonly texts: Map<number, string>;
  readonly offsets: Map<number, number>;
  readonly reasons: string[];
  restarts: number;
  error: DocumentError | undefined;
}

/**
 * Scans in pieces of the given sizes, the last one repeated. Each piece lies in memory that is overwritten after it.
 * What is no DocumentError is thrown on.
 * @param inPlace whether that memory is the skimmer's own
 */
export function scanPieces(
  bytes: Buffer,
  sizes: readonly number[],
  literals: readonly string[],
  skimmer?: Skimmer,
  inPlace = false,
): Scan {
  const scan = emptyScan();
  let calls: RecordPosition[] = [];
  const sink: RecordSink = {
    record(value, at, text) {
      calls.push(at);
      scan.values.set(at.index, value);
      scan.texts.set(at.index, text());
      scan.offsets.set(at.index, at.offset);
    },
    fault(reason, at) {
      calls.push(at);
      scan.reasons.push(reason);
      scan.faults.push(at.index);
      scan.offsets.set(at.index, at.offset);
    },
    restart(from) {
      scan.restarts++;
      forget(scan, from);
      calls = calls.filter((at) => at.index < from);
    },
  };
  const scanner = scanRecords('s3://b/k', literals, sink, skimmer);
  const length = Math.min(Math.max(...sizes), bytes.length) + LEAD;
  const memory = inPlace ? skimmer!.area.subarray(0, length) : new Uint8Array(length);
  try {
    pushPieces(bytes, sizes, memory, (piece) => scanner.push(piece));
    scanner.end();
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    scan.error = error;
    scan.failed = true;
  }
  if (calls.some((at, i) => i > 0 && calls[i - 1]!.index >= at.index)) throw new Error('out of order');
  scan.records = scanner.records;
  return scan;
}

function emptyScan(): Scan {
  return {
    values: new Map(),
    texts: new Map(),
    offsets: new Map(),
    faults: [],
    reasons: [],
    records: 0,
    restarts: 0,
    failed: false,
    error: undefined,
  };
}

function forget(scan: Scan, from: number): void {
  for (const map of [scan.values, scan.texts, scan.offsets]) {
    for (const index of [...map.keys()]) if (index >= from) map.delete(index);
  }
  const kept = scan.faults.filter((index) => index < from).length;
  scan.faults.length = kept;
  scan.reasons.length = kept;
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

/** Whether a string anywhere in the value, keys included, is the needle's. */
export function mentions(value: unknown, name = 'DescribeInstances'): boolean {
  if (typeof value === 'string') return value === name;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => key === name || mentions(inner, name));
}
