/** What an archive or a table holds, copied: evidence is read in a second pass. */
import { statSync } from 'node:fs';
import { ObjectReadError } from '../../lambda/errors';
import { classifyPath, type SkippedKind } from '../../lambda/trail/object-key';
import type { Console } from '../cli/io';
import { formatMany, StatusLine } from '../cli/progress';
import { archiveKindOf, decompressZstd, headOf, unpack, unreadFormatOf } from './archive';
import { type Delimiter, delimiterOf, isConsoleList, recordsOfTable } from './csv';
import type { InputObject } from './model';
import type { Spool } from './spool';

const CONSOLE_LIST =
  "the console's list of events as CSV leaves out whose calls they are; there, choose Download events, Download as JSON";

/** Without a byte order mark, and the zeros of UTF-16: enough to tell a header. */
function textOfHead(head: Buffer): string {
  return head
    .toString('latin1')
    .replace(/^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, '')
    .replaceAll('\0', '');
}

async function fromTable(
  name: string,
  file: string,
  delimiter: Delimiter,
  spool: Spool,
): Promise<readonly InputObject[]> {
  const failures: InputObject[] = [];
  const fail = (error: ObjectReadError) => failures.push({ kind: 'failure', error });
  const copy = await spool.copy(name, recordsOfTable(name, file, delimiter, fail));
  return [logOf(name, copy.file, spool, String(statSync(file).mtimeMs)), ...failures];
}

export function logOf(name: string, file: string, spool: Spool, version?: string): InputObject {
  const bytes = statSync(file).size;
  const key = spool.name(name, { file, bytes });
  return { kind: 'log', object: { bucket: '', key }, bytes, version };
}

const isLog = (entry: string) => classifyPath(entry) === 'log';

/** Archives within archives that are followed. */
const MAX_LAYERS = 3;

/** The files of an archive, or the records of a table; undefined for a file that is read as it is. */
export async function unpacked(
  name: string,
  file: string,
  spool: Spool,
  console: Console,
  layers = 1,
): Promise<readonly InputObject[] | undefined> {
  const head = headOf(file);
  const kind = archiveKindOf(head);
  if (kind === undefined) {
    const text = textOfHead(head.text);
    const delimiter = delimiterOf(text);
    if (delimiter !== undefined) return fromTable(name, file, delimiter, spool);
    const reason = unreadFormatOf(head) ?? (isConsoleList(text) ? CONSOLE_LIST : undefined);
    return reason === undefined ? undefined : [{ kind: 'failure', error: new ObjectReadError(`${name}: ${reason}`) }];
  }
  const inputs: InputObject[] = [];
  const status = new StatusLine(console, () => `unpacking ${name}: ${formatMany(inputs.length, 'file')}`);
  try {
    if (kind === 'zstd') {
      const { file: inner } = await spool.copy(name, decompressZstd(name, file));
      return (await unpacked(name, inner, spool, console, layers)) ?? [logOf(name, inner, spool)];
    }
    await unpackInto(inputs, isLog);
    // With nothing else in it, it is what was meant.
    if (!inputs.some((input) => input.kind === 'log')) {
      inputs.length = 0;
      await unpackInto(inputs, (entry) => ['log', 'other'].includes(classifyPath(entry)));
    }
  } catch (error) {
    if (!(error instanceof ObjectReadError)) throw error;
    inputs.push({ kind: 'failure', error });
  } finally {
    status.end();
  }
  return inputs;

  async function unpackInto(to: InputObject[], isWanted: (entry: string) => boolean): Promise<void> {
    await unpack(name, file, kind as 'tar' | 'zip', {
      wants: (entry) => {
        if (isWanted(entry)) return true;
        to.push({ kind: 'skipped', reason: classifyPath(entry) as SkippedKind });
        return false;
      },
      take: async (entry, content) => {
        const key = `${name}/${entry}`;
        const copy = await spool.copy(key, content);
        console.interrupted.throwIfAborted();
        const isKnown = isLog(entry) || layers === MAX_LAYERS;
        const inner = isKnown ? undefined : await unpacked(key, copy.file, spool, console, layers + 1);
        to.push(...(inner ?? [logOf(key, copy.file, spool, String(statSync(file).mtimeMs))]));
      },
    });
  }
}
