import { showText } from './json-skipper';

/** Any of these at its top level makes an object without `Records` a record. */
const RECORD_KEYS: ReadonlySet<string> = new Set(['eventVersion', 'eventName', 'eventSource', 'eventTime', 'eventID']);

/** Keys that an error lists to say what was found instead. */
const MAX_LISTED_KEYS = 8;

const LETTER_R = 0x52;

/** A top-level object while it is read: an envelope, a record by itself, or neither, as its keys will tell. */
export class TopLevelObject {
  /** Whether the last key was `Records`. */
  isAtRecords = false;
  /** What `Records` holds: `none` before that key is met, `array`, else the kind of value in words. */
  records = 'none';
  /** Byte offset of that value. */
  recordsOffset = 0;
  /** Whether one of a record's own keys was met. */
  isRecord = false;
  private readonly keys: string[] = [];

  /** @param offset byte offset of its first byte */
  constructor(readonly offset: number) {}

  /**
   * Takes the key in `bytes[from..to)`, quotes included.
   * @throws SyntaxError when it has an escape that JSON refuses
   */
  addKey(bytes: Buffer, from: number, to: number, isEscaped: boolean): void {
    this.isAtRecords = false;
    // Most keys of a record by itself can be neither `Records` nor news, and need no decoding.
    if (this.isRecord && !isEscaped && bytes[from + 1] !== LETTER_R) return;
    const source = bytes.toString('utf8', from, to);
    const key: string = isEscaped ? JSON.parse(source) : source.slice(1, -1);
    this.isAtRecords = key === 'Records';
    this.isRecord ||= RECORD_KEYS.has(key);
    if (this.keys.length <= MAX_LISTED_KEYS) this.keys.push(key);
  }

  /** Why an object that is neither envelope nor record is refused. */
  describe(): string {
    const listed = this.keys.slice(0, MAX_LISTED_KEYS).map(showText).join(', ');
    const found = this.keys.length === 0 ? 'an empty object' : `an object with the keys ${listed}`;
    const more = this.keys.length > MAX_LISTED_KEYS ? ' and more' : '';
    return (
      `not CloudTrail: expected "Records" or a record's keys, found ${found}${more}; ` +
      'digests, insights and other JSON do not belong here'
    );
  }
}
