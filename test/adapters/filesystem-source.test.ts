import { execFileSync } from 'node:child_process';
import { appendFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { filesystemSource } from '../../lambda/adapters/local/files';
import { ObjectReadError } from '../../lambda/errors';
import { useTempFolder } from '../support/temp-folder';

const MIB = 1024 * 1024;

const temp = useTempFolder();

function readSync(key: string): Buffer | undefined {
  const bytes = filesystemSource.readSync({ bucket: '', key });
  return bytes === undefined ? undefined : Buffer.from(bytes);
}

async function streamed(key: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of filesystemSource.read({ bucket: '', key })) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe('files as objects', () => {
  it.each([0, 1, 65_535, 65_536, 65_537, MIB, 8 * MIB])('are read whole, with %i bytes', async (size) => {
    const file = temp.write('whole', Buffer.alloc(size, 'regionsweep '));
    expect(readSync(file)?.equals(Buffer.alloc(size, 'regionsweep '))).toBe(true);
    expect((await streamed(file)).equals(Buffer.alloc(size, 'regionsweep '))).toBe(true);
  });

  it('are streamed where they are large', async () => {
    const file = temp.write('large', Buffer.alloc(8 * MIB + 1));
    expect(readSync(file)).toBeUndefined();
    expect(await streamed(file)).toHaveLength(8 * MIB + 1);
  });

  it('are read anew each time', () => {
    const file = temp.write('changing', 'abc');
    expect(readSync(file)?.toString()).toBe('abc');
    appendFileSync(file, 'def');
    expect(readSync(file)?.toString()).toBe('abcdef');
    truncateSync(file, 2);
    expect(readSync(file)?.toString()).toBe('ab');
  });

  it('are not opened where that would wait for a writer', () => {
    const fifo = temp.path('fifo');
    execFileSync('mkfifo', [fifo]);
    expect(readSync(fifo)).toBeUndefined();
  });

  it('are named when they cannot be had', async () => {
    const missing = temp.path('missing');
    expect(() => readSync(missing)).toThrow(ObjectReadError);
    expect(() => readSync(missing)).toThrow(`${missing}: cannot be read: ENOENT`);
    await expect(streamed(missing)).rejects.toThrow(`${missing}: cannot be read: ENOENT`);
    writeFileSync(missing, '');
    expect(statSync(missing).size).toBe(0);
    expect(readSync(missing)).toHaveLength(0);
    expect(readSync(temp.path())).toBeUndefined();
  });
});
