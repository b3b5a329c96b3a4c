/** Where a record stands in its document. */
export interface RecordPosition {
  /** 0-based over all records of the document. */
  readonly index: number;
  /** Inflated byte offset of the record's first byte, a byte order mark included. */
  readonly offset: number;
}

/** Receives what the scanner finds, in document order, while `push` runs. What it throws ends the scan. */
export interface RecordSink {
  /** A record that contains one of the needles, or might behind a `\u00` escape, parsed; `text` gives its JSON text. */
  record(value: Record<string, unknown>, at: RecordPosition, text: () => string): void;
  /** An element that is no object. It counts as a record and is passed over. */
  fault(reason: string, at: RecordPosition): void;
  /** A later `Records` key replaces an earlier one, as in JSON.parse: forget all given from the index `from` on. */
  restart(from: number): void;
}

/** What a restart asks for, of a list in document order: from its end, so that many restarts go through it once. */
export function takeBack<T>(list: T[], from: number, indexOf: (item: T) => number): void {
  let kept = list.length;
  while (kept > 0 && indexOf(list[kept - 1]!) >= from) kept--;
  list.length = kept;
}

export interface RecordScanner {
  /**
   * Takes the next bytes, of any number; the memory may be reused afterwards.
   * @throws DocumentError at the first fault, and the same one ever after
   */
  push(chunk: Uint8Array): void;
  /** @throws DocumentError when the document is cut short or empty */
  end(): void;
  /** Records met so far, those without a needle and faults included. */
  readonly records: number;
}
