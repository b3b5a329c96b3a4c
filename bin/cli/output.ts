import { once } from 'node:events';
import { closeSync, createWriteStream, openSync, readSync, type Stats, statSync } from 'node:fs';
import { stat, truncate } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { styleText } from 'node:util';
import type { Alert, NotificationStyle } from '../../lambda/alert/model';
import { RULE } from '../../lambda/detection/rule';
import { RegionsweepError, reasonOf, UsageError } from '../../lambda/errors';
import { isGzip } from '../../lambda/trail/object-bytes';
import { sanitizeJson } from '../../lambda/util/sanitize';
import { actorCsv, actorTable } from './actor-rows';
import { type Console, inTurns } from './io';

export const FORMATS = ['table', 'ndjson', 'json', 'html', 'email', 'card', 'csv'] as const;

export type Format = (typeof FORMATS)[number];

const LOG_START = Buffer.from('{"Records":');

/** The result is known but cannot be written, to a full disk for example. */
class OutputError extends RegionsweepError {}

/** Where alerts are written, and in which format. */
export interface AlertOutput {
  /** whether a table is written to a terminal */
  readonly isOnTerminal: boolean;
  /** @param read what a report without alerts rests on */
  write(alerts: readonly Alert[], read?: ReadStatement): Promise<void>;
}

/** What a report without alerts rests on. */
export interface ReadStatement {
  /** what was read, by which rule, and what came nearest to an alert */
  readonly lines: readonly string[];
  /** those of the lines about near misses */
  readonly nearMisses: readonly string[];
  /** whether that is all there was to read: otherwise no alerts are no all-clear */
  readonly isComplete: boolean;
  /** the same for programs */
  readonly content: object;
}

const NOT_ALL_CLEAR = 'Not everything was read: this is no all-clear.';

export interface OutputOptions<F extends string = Format> {
  /** by default that of the file's name; otherwise a table on a terminal, and what programs read elsewhere */
  readonly format?: F | undefined;
  /** a file in place of standard output */
  readonly out?: string | undefined;
  /** paths that are read */
  readonly inputs: readonly string[];
}

const REPLAY_STYLE: NotificationStyle = {
  ...{ detector: 'replay', severityText: RULE.severity, chatAsDefault: false, replayId: undefined },
};

export interface ShownAlerts {
  readonly style?: NotificationStyle | undefined;
  /** whether a table shows all alerts whole */
  readonly all?: boolean | undefined;
}

/** Columns, where there is no terminal that says. */
const WIDTH = 100;

/** Alerts that a table shows whole, unless all are asked for. */
const MAX_WHOLE = 10;

/**
 * @param options `style` is that of the detector that sent the alerts, where one did
 * @throws UsageError as `openText`
 */
export async function openOutput(
  console: Pick<Console, 'stdout' | 'env'>,
  { style = REPLAY_STYLE, all = false, ...options }: OutputOptions & ShownAlerts,
): Promise<AlertOutput> {
  const { format, write } = await openText(console, options, FORMATS, 'ndjson');
  const { stdout, env } = console;
  const isTable = format === 'table' && options.out === undefined;
  const shown = { style, all, width: (isTable && stdout.columns) || WIDTH };
  const paint = isTable && hasColour(stdout, env) ? coloured : (text: string) => text;
  return {
    isOnTerminal: isTable && stdout.isTTY === true,
    write: (alerts, read) => {
      const isEmpty = alerts.length === 0 && read !== undefined;
      return write(painted(isEmpty ? renderEmpty(read, format, shown) : render(alerts, format, shown), paint));
    },
  };
}

async function* painted(pieces: AsyncIterable<string>, paint: (text: string) => string): AsyncIterable<string> {
  for await (const piece of pieces) yield paint(piece);
}

export interface TextOutput<F extends string> {
  readonly format: F;
  readonly write: (pieces: Iterable<string> | AsyncIterable<string>) => Promise<void>;
}

/**
 * Opens the output before anything is read, so that a file that cannot be written is reported first. The content of the
 * file is kept until the result is written.
 * @param piped the format for programs
 * @throws UsageError when it cannot be opened, is an input, or holds log records
 */
export async function openText<F extends string>(
  { stdout }: Pick<Console, 'stdout'>,
  { format, out, inputs }: OutputOptions<F>,
  formats: readonly F[],
  piped: F,
): Promise<TextOutput<F>> {
  const table = formats.find((one) => one === 'table') ?? piped;
  if (out === undefined) {
    return {
      format: format ?? (stdout.isTTY === true ? table : piped),
      write: async (pieces) => {
        for await (const text of inTurns(pieces)) if (!stdout.write(text)) await once(stdout, 'drain');
      },
    };
  }
  if (inputs.some((input) => isSame(input, out))) {
    throw new UsageError(`--out ${out}: the command also reads this file; give another file`);
  }
  if (holdsRecords(out)) throw new UsageError(`--out ${out}: holds CloudTrail records; give another file`);
  const stream = createWriteStream(out, { flags: 'a' });
  const failed = (cause: unknown) => `--out ${out}: cannot be written: ${reasonOf(cause)}`;
  await once(stream, 'open').catch((cause) => {
    throw new UsageError(failed(cause), { cause });
  });
  return {
    format: format ?? formats.find((one) => one === EXTENSIONS[extname(out).toLowerCase()]) ?? piped,
    write: async (pieces) => {
      try {
        // A pipe or a device cannot be truncated.
        if ((await stat(out)).isFile()) await truncate(out);
        await pipeline(Readable.from(inTurns(pieces)), stream);
      } catch (cause) {
        throw new OutputError(failed(cause), { cause });
      }
    },
  };
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  ...{ '.html': 'html', '.htm': 'html', '.json': 'json', '.ndjson': 'ndjson', '.jsonl': 'ndjson', '.txt': 'table' },
};

/** Whether both are one path, or two names of one file. */
function isSame(input: string, file: string): boolean {
  if (resolve(input) === resolve(file)) return true;
  const [one, other] = [fileStats(input), fileStats(file)];
  return one !== undefined && one.dev === other?.dev && one.ino === other.ino;
}

/** Whether a file starts as a log file does: gzip, or the records themselves. No result starts so. */
function holdsRecords(file: string): boolean {
  if (fileStats(file) === undefined) return false;
  const head = Buffer.alloc(LOG_START.length);
  try {
    const descriptor = openSync(file, 'r');
    readSync(descriptor, head, 0, head.length, 0);
    closeSync(descriptor);
  } catch {
    // Opening it for writing reports what is wrong with it.
  }
  return isGzip(head) || head.equals(LOG_START);
}

/** Of a regular file; undefined for anything else, and for what cannot be looked up. */
function fileStats(path: string): Stats | undefined {
  try {
    const stats = statSync(path);
    return stats.isFile() ? stats : undefined;
  } catch {
    return undefined;
  }
}

async function* renderWhole(alerts: readonly Alert[], limit: number, width: number): AsyncIterable<string> {
  const { renderTerminal } = await import('../../lambda/alert/render/plain-text.js');
  const shown = alerts.slice(0, limit);
  for (const [index, alert] of shown.entries()) yield `${index === 0 ? '' : '\n'}${renderTerminal(alert, width)}`;
  const more = alerts.length - shown.length;
  if (more > 0) yield `\n${more} more alert${more === 1 ? '' : 's'}, shown with --all\n`;
}

/** A report without alerts. One that must not be taken for an all-clear says so. */
async function* renderEmpty(
  { lines, isComplete, content }: ReadStatement,
  format: Format,
  shown: Parameters<typeof render>[2],
): AsyncIterable<string> {
  const said = ['No alerts.', ...(isComplete ? [] : [NOT_ALL_CLEAR]), ...lines];
  if (format === 'table') yield `${said.join('\n')}\n`;
  else if (format === 'html') {
    const { renderHtml } = await import('../../lambda/alert/render/html.js');
    yield* renderHtml([], shown.style, said);
  } else if (format === 'json') {
    const { inSnakeCase } = await import('../../lambda/alert/render/ecs.js');
    // ECS field reference, event.kind.
    const kind = isComplete ? 'state' : 'pipeline_error';
    yield `${sanitizeJson([{ event: { kind }, message: said.join('\n'), regionsweep: inSnakeCase(content) }], 2)}\n`;
  } else yield* render([], format, shown);
}

/** Each format is loaded when it is used: together they take as long as reading a small trail. */
async function* render(
  alerts: readonly Alert[],
  format: Format,
  { style, all, width }: { readonly style: NotificationStyle; readonly all: boolean; readonly width: number },
): AsyncIterable<string> {
  const notifications = alerts.map((alert) => ({ kind: 'alert' as const, alert }));
  switch (format) {
    case 'table':
      if (alerts.length > 1) yield `${actorTable(alerts, width)}\n`;
      yield* renderWhole(alerts, all ? alerts.length : MAX_WHOLE, width);
      break;
    case 'csv':
      yield* actorCsv(alerts);
      break;
    case 'ndjson': {
      if (alerts.length === 0) break;
      const { renderEcs } = await import('../../lambda/alert/render/ecs.js');
      for (const alert of alerts) yield `${sanitizeJson(renderEcs(alert))}\n`;
      break;
    }
    case 'json': {
      const { renderEcs } = await import('../../lambda/alert/render/ecs.js');
      for (const [index, alert] of alerts.entries()) {
        yield `${index === 0 ? '[' : ','}${sanitizeJson([renderEcs(alert)], 2).slice('['.length, -'\n]'.length)}`;
      }
      yield alerts.length === 0 ? '[]\n' : '\n]\n';
      break;
    }
    case 'html': {
      const { renderHtml } = await import('../../lambda/alert/render/html.js');
      yield* renderHtml(notifications, style);
      break;
    }
    case 'email': {
      const { renderEmail } = await import('../../lambda/alert/render/plain-text.js');
      for (const notification of notifications) yield `${renderEmail(notification, style)}\n`;
      break;
    }
    case 'card': {
      const { renderChatCard } = await import('../../lambda/alert/render/chat-card.js');
      for (const notification of notifications) yield `${sanitizeJson(renderChatCard(notification, style))}\n`;
      break;
    }
  }
}

/**
 * Whether a stream is to have colours: as FORCE_COLOR and NO_COLOR say (Node's documentation of `getColorDepth`, and
 * no-color.org), else where it is a terminal.
 */
function hasColour({ isTTY }: Console['stdout'], { FORCE_COLOR, NO_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  if (FORCE_COLOR !== undefined) return /^(?:|1|2|3|true)$/.test(FORCE_COLOR);
  return isTTY === true && (NO_COLOR ?? '') === '' && TERM !== 'dumb';
}

type Style = Parameters<typeof styleText>[0];

/** What is coloured of a line, by how it begins: what a record says never begins a line at the margin. */
const STYLES: readonly (readonly [start: RegExp, style: Style])[] = [
  [/^(?:ALERT|VERDICT) .*/, 'bold'],
  [/^(?:Verdict: )?suspicious/, ['bold', 'red']],
  [/^(?:Verdict: )?unclear/, ['bold', 'yellow']],
  [/^(?:Verdict: )?likely-benign/, ['bold', 'green']],
  [/^Not everything was read.*/, ['bold', 'red']],
  [/^ {2}! /, ['bold', 'red']],
  [/^ {2}\+ /, ['bold', 'green']],
];

/** Whole lines of a table with colours. */
function coloured(text: string): string {
  return text.replace(/^.+$/gm, (line) => {
    const [start, style] = STYLES.find(([begins]) => begins.test(line)) ?? [];
    if (start === undefined || style === undefined) return line;
    return line.replace(start, (words) => styleText(style, words, { validateStream: false }));
  });
}
