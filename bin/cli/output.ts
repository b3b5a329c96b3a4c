import { once } from 'node:events';
import { closeSync, createWriteStream, openSync, readSync, statSync } from 'node:fs';
import { stat, truncate } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Alert } from '../../lambda/alert/model';
import { RULE } from '../../lambda/detection/rule';
import { RegionsweepError, reasonOf, UsageError } from '../../lambda/errors';
import { isGzip } from '../../lambda/trail/object-bytes';
import { sanitizeJson } from '../../lambda/util/sanitize';
import type { Console } from './io';

export const FORMATS = ['table', 'ndjson', 'json', 'html'] as const;

export type Format = (typeof FORMATS)[number];

const LOG_BEGINS = Buffer.from('{"Records":');

/** The result is known and could not be written: a full disk, say. */
export class OutputError extends RegionsweepError {}

/** Where alerts go, and in which form. */
export interface AlertOutput {
  write(alerts: readonly Alert[]): Promise<void>;
}

/**
 * Opens the output before anything is read, so that a file that cannot be written is told at once. What is in a file
 * stays until the result is written.
 * @param inputs paths that are read
 * @throws UsageError when it cannot be opened, is an input, or is a log
 */
export async function openOutput(
  console: Console,
  format: Format | undefined,
  file: string | undefined,
  inputs: readonly string[],
): Promise<AlertOutput> {
  if (file === undefined) {
    const chosen = format ?? (console.stdout.isTTY === true ? 'table' : 'ndjson');
    return { write: (alerts) => writeAll(console.stdout, renderAll(alerts, chosen)) };
  }
  if (inputs.some((input) => isSame(input, file))) {
    throw new UsageError(`--out ${file}: is read by the same command, and would be lost; give another file`);
  }
  if (holdsRecords(file)) {
    throw new UsageError(`--out ${file}: holds CloudTrail records, which would be lost; give another file`);
  }
  const stream = createWriteStream(file, { flags: 'a' });
  try {
    await once(stream, 'open');
  } catch (cause) {
    throw new UsageError(`--out ${file}: cannot be written: ${reasonOf(cause)}`, { cause });
  }
  return {
    write: async (alerts) => {
      try {
        // A pipe or a device has nothing to remove.
        if ((await stat(file)).isFile()) await truncate(file);
        await pipeline(Readable.from(renderAll(alerts, format ?? 'ndjson')), stream);
      } catch (cause) {
        throw new OutputError(`--out ${file}: cannot be written: ${reasonOf(cause)}`, { cause });
      }
    },
  };
}

/** Whether both are one path, or two names of one file. */
function isSame(input: string, file: string): boolean {
  if (resolve(input) === resolve(file)) return true;
  try {
    const [one, other] = [statSync(input), statSync(file)];
    return one.isFile() && one.dev === other.dev && one.ino === other.ino;
  } catch {
    // One of them is not there, or whoever opens it says what is wrong with it.
    return false;
  }
}

/** Whether a file begins as a log does: gzip, or the records themselves. No result of ours begins so. */
function holdsRecords(file: string): boolean {
  try {
    if (!statSync(file).isFile()) return false;
    const head = Buffer.alloc(LOG_BEGINS.length);
    const opened = openSync(file, 'r');
    try {
      readSync(opened, head, 0, head.length, 0);
    } finally {
      closeSync(opened);
    }
    return isGzip(head) || head.equals(LOG_BEGINS);
  } catch {
    // It is not there, or whoever opens it says what is wrong with it.
    return false;
  }
}

/** Each form is loaded by whoever wants it: together they take as long as reading a small trail. */
function* renderAll(alerts: readonly Alert[], format: Format): Iterable<string> {
  switch (format) {
    case 'table': {
      const { renderTerminal } =
        require('../../lambda/alert/render/plain-text') as typeof import('../../lambda/alert/render/plain-text');
      for (const [index, alert] of alerts.entries()) yield `${index === 0 ? '' : '\n'}${renderTerminal(alert)}`;
      break;
    }
    case 'ndjson': {
      if (alerts.length === 0) break;
      const { renderEcs } = require('../../lambda/alert/render/ecs') as typeof import('../../lambda/alert/render/ecs');
      for (const alert of alerts) yield `${sanitizeJson(renderEcs(alert))}\n`;
      break;
    }
    case 'json': {
      const { renderEcs } = require('../../lambda/alert/render/ecs') as typeof import('../../lambda/alert/render/ecs');
      yield `${sanitizeJson(alerts.map(renderEcs), 2)}\n`;
      break;
    }
    case 'html': {
      const { renderHtml } =
        require('../../lambda/alert/render/html') as typeof import('../../lambda/alert/render/html');
      yield* renderHtml(
        alerts.map((alert) => ({ kind: 'alert' as const, alert })),
        { detector: 'replay', severityText: RULE.severity, chatAsDefault: false, replayId: undefined },
      );
      break;
    }
  }
}

async function writeAll(stream: Writable, texts: Iterable<string>): Promise<void> {
  for (const text of texts) {
    if (!stream.write(text)) await once(stream, 'drain');
  }
}
