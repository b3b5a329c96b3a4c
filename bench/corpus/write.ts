import { once } from 'node:events';
import { createWriteStream, linkSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import type { Trail } from '../../generator/trail';
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

/** A repeated object adds no call that was not there; those of a sweep stay alone, or evidence would grow with the files. */
function writeLinks(trail: Trail, folder: string, files: number): Size {
  const objects = [...trail.objects];
  const actors = trail.answer().hits.map(({ actor }) => JSON.stringify(actor));
  const isRepeatable = (body: string) => !actors.some((actor) => body.includes(actor));
  const repeatable: { path: string; raw: number; stored: number }[] = [];
  const size = { files: 0, raw: 0, stored: 0 };
  const count = (raw: number, stored: number) => {
    size.files += 1;
    size.raw += raw;
    size.stored += stored;
  };
  for (const { key, body } of objects) {
    const path = join(folder, key);
    const gzip = gzipSync(body);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, gzip);
    count(Buffer.byteLength(body), gzip.length);
    if (isRepeatable(body)) repeatable.push({ path, raw: Buffer.byteLength(body), stored: gzip.length });
  }
  for (let copy = 0; size.files < files; copy++) {
    const { path, raw, stored } = repeatable[copy % repeatable.length]!;
    linkSync(path, path.replace(/\.json\.gz$/, `-${copy}.json.gz`));
    count(raw, stored);
  }
  return size;
}
