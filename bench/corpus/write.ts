import { once } from 'node:events';
import { createWriteStream, linkSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import type { Trail } from '../../bin/synthetic-trail/trail';
import type { Layout } from './shapes';

/** Files, and bytes of JSON and of gzip in them. */
export interface Size {
  readonly files: number;
  readonly raw: number;
  readonly stored: number;
}

/** Writes a trail into a new folder, object by object. */
export function writeLayout(trail: Trail, layout: Layout, folder: string): Promise<Size> | Size {
  mkdirSync(folder, { recursive: true });
  switch (layout.kind) {
    case 'files':
      return writeFiles(trail, folder);
    case 'one-file':
      return writeOneFile(trail, join(folder, 'all.json.gz'));
    case 'links':
      return writeLinks(trail, folder, layout.files);
  }
}

function writeFiles(trail: Trail, folder: string): Size {
  const size = { files: 0, raw: 0, stored: 0 };
  for (const { key, body } of trail.objects) {
    const gzip = gzipSync(body);
    mkdirSync(dirname(join(folder, key)), { recursive: true });
    writeFileSync(join(folder, key), gzip);
    size.files += 1;
    size.raw += Buffer.byteLength(body);
    size.stored += gzip.length;
  }
  return size;
}

const BEFORE = '{"Records":[';

const AFTER = ']}';

async function writeOneFile(trail: Trail, file: string): Promise<Size> {
  const gzip = createGzip();
  const output = gzip.pipe(createWriteStream(file));
  let raw = 0;
  const write = async (text: string) => {
    raw += Buffer.byteLength(text);
    if (!gzip.write(text)) await once(gzip, 'drain');
  };
  let separator = BEFORE;
  for (const { body } of trail.objects) {
    await write(separator + body.slice(BEFORE.length, -AFTER.length));
    separator = ',';
  }
  await write(AFTER);
  gzip.end();
  await finished(output);
  return { files: 1, raw, stored: statSync(file).size };
}

/** All that is repeated: every number of files is a multiple of it. */
const REPEATED_FILES = 500;

/** The trail over and over, a folder each time, so that folders hold as many files however many there are. */
function writeLinks(trail: Trail, folder: string, files: number): Size {
  const objects = [...trail.objects].slice(0, REPEATED_FILES).map(({ key, body }) => {
    return { key, gzip: gzipSync(body), raw: Buffer.byteLength(body) };
  });
  const size = { files: 0, raw: 0, stored: 0 };
  while (size.files < files) {
    const turn = Math.floor(size.files / objects.length);
    const { key, gzip, raw } = objects[size.files % objects.length]!;
    const path = join(folder, String(turn), key);
    mkdirSync(dirname(path), { recursive: true });
    if (turn === 0) writeFileSync(path, gzip);
    else linkSync(join(folder, '0', key), path);
    size.files += 1;
    size.raw += raw;
    size.stored += gzip.length;
  }
  return size;
}
