import { showText } from './json-bytes';

/** Any of these at its top level makes an object without `Records` a record. */
const RECORD_KEYS = new Set(['eventVersion', 'eventName', 'eventSource', 'eventTime', 'eventID']);

/** Keys kept to say what was found instead. */
const SHOWN_KEYS = 8;

const LETTER_R = 0x52;

/** A top-level object while it is read: an envelope, a record by itself, or neither, as its keys will tell. */
export class OuterObject {
  /** Whether the last key was `Records`. */
  atRecords = false;
  /** What the last `Records` holds: `none` before there is one, `array`, else the kind of value in words. */
  records = 'none';
  /** Byte offset of that value. */
  recordsOffset = 0;
  /** Whether one of a record's own keys was met. */
  isRecord = false;
  private readonly keys: string[] = [];

  /**
   * @param offset byte offset of its first byte
   * @param firstIndex the records of the document before it
   */
  constructor(
    readonly offset: number,
    readonly firstIndex: number,
  ) {}

  /**
   * Takes the key in `bytes[from..to)`, quotes included.
   * @throws SyntaxError when it has an escape that JSON refuses
   */
  sawKey(bytes: Buffer, from: number, to: number, escaped: boolean): void {
    this.atRecords = false;
    // Most keys of a record by itself can be neither `Records` nor news, and need no decoding.
    if (this.isRecord && !escaped && bytes[from + 1] !== LETTER_R) return;
    const source = bytes.toString('utf8', from, to);
    const key: string = escaped ? JSON.parse(source) : source.slice(1, -1);
    this.atRecords = key === 'Records';
    this.isRecord ||= RECORD_KEYS.has(key);
    if (this.keys.length <= SHOWN_KEYS) this.keys.push(key);
  }

  /** Why an object that is neither envelope nor record is refused. */
  stranger(): string {
    const shown = this.keys.slice(0, SHOWN_KEYS).map(showText).join(', ');
    const found = this.keys.length === 0 ? 'an empty object' : `an object with the keys ${shown}`;
    const more = this.keys.length > SHOWN_KEYS ? ' and more' : '';
    return (
      `not CloudTrail: expected "Records" or a record's keys, found ${found}${more}; ` +
      'digests, insights and other JSON do not belong here'
    );
  }
}
