import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

/** A file in a container: its path, and what it holds. */
export type Member = readonly [path: string, content: Uint8Array];

/** What files come in. Written here by hand, as the formats have it, so that the libraries that read them are tested. */

/** POSIX ustar. */
export function tarOf(members: readonly Member[]): Buffer {
  const blocks = members.flatMap(([path, content]) => {
    const header = Buffer.alloc(512);
    const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`;
    // A longer path has its folders in a field of its own.
    const cut = path.length > 100 ? path.lastIndexOf('/') : -1;
    header.write(path.slice(cut + 1), 0);
    header.write(octal(0o644, 8) + octal(0, 8) + octal(0, 8) + octal(content.length, 12) + octal(0, 12), 100);
    header.write('        0', 148);
    header.write('ustar\x0000', 257);
    if (cut > 0) header.write(path.slice(0, cut), 345);
    header.write(
      octal(
        header.reduce((sum, byte) => sum + byte),
        7,
      ),
      148,
    );
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

export const tarGzOf = (members: readonly Member[]): Buffer => gzipSync(tarOf(members));

export function zipOf(members: readonly Member[]): Buffer {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [path, content] of members) {
    const name = Buffer.from(path);
    const stored = deflateRawSync(content);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(content), 10);
    fields.writeUInt32LE(stored.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), fields, name, stored);
    central.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), fields, place, name);
    offset += 30 + name.length + stored.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, directory, end]);
}

/** One frame of blocks that are not compressed (RFC 8878). */
export function zstdOf(content: Uint8Array): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(content.length);
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < content.length; at += 100_000) {
    const block = content.subarray(at, at + 100_000);
    const isLast = at + block.length === content.length;
    const header = Buffer.alloc(3);
    header.writeUIntLE((isLast ? 1 : 0) | (block.length << 3), 0, 3);
    blocks.push(header, block);
  }
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0]), size, ...blocks]);
}

export function utf16Of(text: string, isBigEndian = false): Buffer {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return isBigEndian ? bytes.swap16() : bytes;
}
