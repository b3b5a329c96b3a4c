import type { ExceptionEntry } from '../../lambda/detection/exceptions';
import {
  DefectError,
  DocumentError,
  InflateError,
  ObjectGoneError,
  ObjectReadError,
  type RegionsweepError,
} from '../../lambda/errors';
import type { ReadObject } from '../../lambda/pipeline/replay';
import type { InflateEngine } from '../../lambda/ports';
import type { ReadOptions } from '../../lambda/trail/object-reader';

/** What goes between threads: plain data, since it is copied. */

/** How a thread is to read files. */
export interface ThreadSettings extends Pick<ReadOptions, 'limit' | 'rule' | 'since' | 'until'> {
  readonly engine: InflateEngine['name'];
  /** with the names that counts go by */
  readonly exceptions: readonly { readonly name: string; readonly entry: ExceptionEntry }[];
}

export function settingsOf(reading: ReadOptions): ThreadSettings {
  const { inflate, limit, rule, since, until, exceptions = [] } = reading;
  return {
    engine: inflate.name,
    ...{ limit, rule, since, until },
    exceptions: exceptions.map(({ name, entry }) => ({ name, entry })),
  };
}

/** To a thread: paths of files to read. From it: what each of them said; or first of all, that it is ready. */
export type FilesToRead = readonly string[];

export type FilesRead = readonly ReadMessage[] | 'ready';

/** Nearly all objects hold so many records and nothing else: then it is no more than that number. */
type ReadMessage = number | (Omit<ReadObject, 'error'> & { readonly error: ErrorMessage | undefined });

interface ErrorMessage {
  readonly name: string;
  readonly message: string;
  /** of a DocumentError */
  readonly offset: number;
}

export function messageOf(read: ReadObject): ReadMessage {
  const { counts, parts, error, faults } = read;
  const { records, exceptedBy, ...others } = counts;
  const isQuiet = error === undefined && parts.length === 0 && Object.values(others).every((n) => n === 0);
  if (isQuiet && exceptedBy.size === 0) return records;
  const plain = error && { name: error.name, message: error.message, offset: offsetOf(error) };
  return { counts, parts, error: plain, faults };
}

export function readObjectOf(message: ReadMessage): ReadObject {
  if (typeof message !== 'number') return { ...message, error: message.error && errorOf(message.error) };
  return { counts: { ...NOTHING, records: message }, parts: [], error: undefined, faults: [] };
}

const NOTHING = {
  ...{ matchedCalls: 0, faults: 0, unattributed: 0, ignoredRegion: 0, outsideTime: 0, excepted: 0, unplaceable: 0 },
  exceptedBy: new Map<string, number>(),
};

function offsetOf(error: RegionsweepError): number {
  return error instanceof DocumentError ? error.offset : 0;
}

/** All kinds that reading an object ends with; another one would be a fault of our own. */
function errorOf({ name, message, offset }: ErrorMessage): RegionsweepError {
  switch (name) {
    case 'DocumentError':
      return new DocumentError(message, offset);
    case 'InflateError':
      return new InflateError(message);
    case 'ObjectGoneError':
      return new ObjectGoneError(message);
    case 'ObjectReadError':
      return new ObjectReadError(message);
    default:
      return new DefectError(message);
  }
}
