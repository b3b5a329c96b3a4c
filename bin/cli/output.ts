import { once } from 'node:events';
import { createWriteStream, existsSync, rmSync, type Stats, statSync } from 'node:fs';
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
import { type Console, firstBytesOf, inTurns } from './io';

export const FORMATS = ['table', 'ndjson', 'json', 'html', 'email', 'card', 'csv'] as const;

export type Format = (typeof FORMATS)[number];

const LOG_START = Buffer.from('{"Records":');

/** The basis of a report without alerts. */
export interface ReadStatement {
  /** what was read, the rule, and the near misses */
  readonly lines: readonly string[];
  /** the lines about near misses among them */
  readonly nearMisses: readonly string[];
  /** whether everything was read; otherwise it is no all-clear */
  readonly isComplete: boolean;
  /** the same for programs */
  readonly content: object;
}

interface OutputOptions<F extends string> {
  /** default: by the file's name, else a table on a terminal, else the format for programs */
  readonly format?: F | undefined;
  /** a file instead of standard output */
  readonly out?: string | undefined;
  /** the option that names it; default: `--out` */
  readonly option?: string;
  /** the input paths, and those of other outputs */
  readonly inputs: readonly string[];
}

const REPLAY_STYLE: NotificationStyle = {
  ...{ detector: 'replay', severityText: RULE.severity, chatAsDefault: false, replayId: undefined },
};

/** Columns without a terminal. */
const WIDTH = 100;

/** Most alerts that a table shows in full by default. */
const MAX_WHOLE = 10;

interface AlertOptions extends OutputOptions<Format> {
  /** that of the detector that sent the alerts, if any */
  readonly style?: NotificationStyle;
  /** whether a table shows every alert in full */
  readonly all?: boolean | undefined;
}

/** The destination and format of alerts. @throws UsageError as `openText` */
export async function openOutput(
  console: Pick<Console, 'stdout' | 'env'>,
  { style = REPLAY_STYLE, all = false, ...options }: AlertOptions,
) {
  const { format, write } = await openText(console, options, FORMATS, 'ndjson');
  const { stdout, env } = console;
  const isTable = format === 'table' && options.out === undefined;
  const shown = { style, all, width: (isTable && stdout.columns) || WIDTH };
  const paint = isTable && hasColour(stdout, env) ? coloured : (text: string) => text;
  async function* painted(pieces: AsyncIterable<string>) {
    for await (const piece of pieces) yield paint(piece);
  }
  return {
    /** whether a table is written to a terminal */
    isOnTerminal: isTable && stdout.isTTY === true,
    /** @param read the basis of a report without alerts */
    write: (alerts: readonly Alert[], read?: ReadStatement) => {
      const isEmpty = alerts.length === 0 && read !== undefined;
      return write(painted(isEmpty ? renderEmpty(read, format, shown) : render(alerts, format, shown)));
    },
  };
}

type Pieces = Iterable<string> | AsyncIterable<string>;

/**
 * Opens the output before any input, so that an unwritable file is reported first. An existing file keeps its content until
 * the result is written.
 * @param piped the format for programs
 * @throws UsageError if it cannot be opened, is an input, or holds log records
 */
export async function openText<F extends string>(
  { stdout }: Pick<Console, 'stdout'>,
  { format, out, option = '--out', inputs }: OutputOptions<F>,
  formats: readonly F[],
  piped: F,
) {
  const table = formats.find((one) => one === 'table') ?? piped;
  if (out === undefined) {
    return {
      format: format ?? (stdout.isTTY === true ? table : piped),
      write: async (pieces: Pieces) => {
        for await (const text of inTurns(pieces)) if (!stdout.write(text)) await once(stdout, 'drain');
      },
    };
  }
  if (inputs.some((input) => isSame(input, out))) {
    throw new UsageError(`${option} ${out}: the command also reads or writes this file; give another file`);
  }
  if (holdsRecords(out)) throw new UsageError(`${option} ${out}: holds CloudTrail records; give another file`);
  const isNew = !existsSync(out);
  let stream = createWriteStream(out, { flags: 'a' });
  const failed = (cause: unknown) => `${option} ${out}: cannot be written: ${reasonOf(cause)}`;
  await once(stream, 'open').catch((cause) => {
    throw new UsageError(failed(cause), { cause });
  });
  if (isNew) {
    // Without a result there is no file.
    stream.close();
    await once(stream, 'close');
    rmSync(out);
  }
  return {
    format: format ?? formats.find((one) => one === EXTENSIONS[extname(out).toLowerCase()]) ?? piped,
    write: async (pieces: Pieces) => {
      try {
        if (isNew) stream = createWriteStream(out);
        // A pipe or a device cannot be truncated.
        else if ((await stat(out)).isFile()) await truncate(out);
        await pipeline(Readable.from(inTurns(pieces)), stream);
      } catch (cause) {
        throw new RegionsweepError(failed(cause), { cause });
      }
    },
  };
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  ...{ '.html': 'html', '.htm': 'html', '.json': 'json', '.ndjson': 'ndjson', '.jsonl': 'ndjson', '.txt': 'table' },
  '.csv': 'csv',
};

/** Whether two paths name the same file. */
function isSame(input: string, file: string): boolean {
  if (resolve(input) === resolve(file)) return true;
  const [one, other] = [fileStats(input), fileStats(file)];
  return one !== undefined && one.dev === other?.dev && one.ino === other.ino;
}

/** Whether a file starts like a log file, as no result does: with gzip, or with records. */
function holdsRecords(file: string): boolean {
  if (fileStats(file) === undefined) return false;
  const head = firstBytesOf(file, LOG_START.length);
  return isGzip(head) || head.equals(LOG_START);
}

/** Stats of a regular file; undefined for anything else. */
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

/** A report without alerts, which says so if it is no all-clear. */
async function* renderEmpty(
  { lines, isComplete, content }: ReadStatement,
  format: Format,
  shown: Parameters<typeof render>[2],
): AsyncIterable<string> {
  const caution = isComplete ? [] : ['Not everything was read: this is not an all-clear.'];
  const said = ['No alerts.', ...caution, ...lines];
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

/** Formats load on demand: all of them take as long as reading a small trail. */
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
 * Whether a stream gets colours: as FORCE_COLOR and NO_COLOR say (Node's `getColorDepth`; no-color.org), else if it is a
 * terminal.
 */
function hasColour({ isTTY }: Console['stdout'], { FORCE_COLOR, NO_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  if (FORCE_COLOR !== undefined) return /^(?:|1|2|3|true)$/.test(FORCE_COLOR);
  return isTTY === true && (NO_COLOR ?? '') === '' && TERM !== 'dumb';
}

type Style = Parameters<typeof styleText>[0];

/** The colour of a line by its start: text of a record never begins a line at the margin. */
const STYLES: readonly (readonly [start: RegExp, style: Style])[] = [
  [/^(?:ALERT|VERDICT) .*/, 'bold'],
  [/^(?:Verdict: )?suspicious/, ['bold', 'red']],
  [/^(?:Verdict: )?unclear/, ['bold', 'yellow']],
  [/^(?:Verdict: )?likely-benign/, ['bold', 'green']],
  [/^Not everything was read.*/, ['bold', 'red']],
  [/^ {2}! /, ['bold', 'red']],
  [/^ {2}\+ /, ['bold', 'green']],
];

/** Adds colours to complete lines of a table. */
function coloured(text: string): string {
  return text.replace(/^.+$/gm, (line) => {
    const [start, style] = STYLES.find(([begins]) => begins.test(line)) ?? [];
    if (start === undefined || style === undefined) return line;
    return line.replace(start, (words) => styleText(style, words, { validateStream: false }));
  });
}
