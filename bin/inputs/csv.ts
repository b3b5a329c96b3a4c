import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CLI_OUTPUT_LIMIT } from '../../lambda/adapters/inflate/bounds';
import { zlibEngine } from '../../lambda/adapters/inflate/node-zlib';
import { filesystemSource } from '../../lambda/adapters/local/files';
import { ObjectReadError, reasonOf } from '../../lambda/errors';
import { textOf } from '../../lambda/trail/object-bytes';
import { isColumn, unwrap } from '../../lambda/trail/scanner/envelopes';
import { MAX_RECORD_BYTES } from '../../lambda/trail/scanner/record-scanner';

/** CSV exports of Athena, CloudTrail Lake, CloudWatch Logs Insights and spreadsheets: a header, then a row per record. */

const DELIMITERS = [',', '\t', ';'] as const;

export type Delimiter = (typeof DELIMITERS)[number];

/** @param head the first text of a file @returns undefined unless it is a header with columns of a record */
export function delimiterOf(head: string): Delimiter | undefined {
  const [line = ''] = head.split(/\r?\n|\r/, 1);
  return DELIMITERS.find((delimiter) => {
    const names = line.split(delimiter).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
    return names.every((name) => /^[^{}[\]]{1,100}$/.test(name)) && names.some(isColumn);
  });
}

/** The console's list of events has names such as `Event name`. */
export function isConsoleList(head: string): boolean {
  return /^[^\r\n{]*\bevent name\b[^\r\n{]*[\r\n]/i.test(head);
}

/**
 * The records of a table as JSON lines; other rows unchanged, to be reported by the reader.
 * @param fail called with the fault that ends a table early; the rows before it count
 */
export async function* recordsOfTable(
  name: string,
  file: string,
  delimiter: Delimiter,
  fail: (error: ObjectReadError) => void,
): AsyncGenerator<Uint8Array> {
  const { parse } = await import('csv-parse');
  const bytes = textOf(
    { bucket: '', key: file },
    { source: filesystemSource, inflate: zlibEngine, limit: CLI_OUTPUT_LIMIT },
  );
  const rows = parse({
    ...{ delimiter, bom: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true },
    max_record_size: MAX_RECORD_BYTES,
  });
  // The rows report its fault as well.
  pipeline(Readable.from(bytes), rows).catch(() => undefined);
  let header: readonly string[] | undefined;
  let count = 0;
  try {
    for await (const row of rows as AsyncIterable<string[]>) {
      if (header === undefined) header = row.map((cell) => cell.trim());
      else {
        count += 1;
        yield Buffer.from(linesOf(header, row));
      }
    }
  } catch (cause) {
    fail(new ObjectReadError(`${name}: the table ends after row ${count}: ${reasonOf(cause)}`, { cause }));
  }
}

function linesOf(header: readonly string[], row: readonly string[]): string {
  const cells = header.map((name, column) => [name, row[column] ?? ''] as const).filter(([, cell]) => cell !== '');
  const columns = Object.fromEntries(cells);
  return [...unwrap(columns)]
    .map((record) => `${JSON.stringify(typeof record === 'string' ? columns : record)}\n`)
    .join('');
}
