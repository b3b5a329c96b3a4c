import { isListKey, isRecordKey } from './envelopes';

const LETTER_R = 0x52;

/** A top-level object while it is read: an envelope, a record by itself, or neither, as its keys will tell. */
export class TopLevelObject {
  /** The last key, where lists of records have that name. */
  listKey: string | undefined;
  /** What `Records` or another such list holds: `none` before one is met, `array`, else the kind of value in words. */
  records = 'none';
  /** Byte offset of that value. */
  recordsOffset = 0;
  /** Whether one of a record's own keys was met. */
  isRecord = false;

  /** @param offset byte offset of its first byte */
  constructor(readonly offset: number) {}

  /**
   * Takes the key in `bytes[from..to)`, quotes included.
   * @throws SyntaxError when it has an escape that JSON refuses
   */
  addKey(bytes: Buffer, from: number, to: number, isEscaped: boolean): void {
    this.listKey = undefined;
    // A record has no lists of records: it may still turn out to lie beside `Records`, and other keys need no decoding.
    if (this.isRecord && !isEscaped && bytes[from + 1] !== LETTER_R) return;
    const source = bytes.toString('utf8', from, to);
    const key: string = isEscaped ? JSON.parse(source) : source.slice(1, -1);
    if (isListKey(key) && (key === 'Records' || !this.isRecord)) this.listKey = key;
    this.isRecord ||= isRecordKey(key);
  }
}
