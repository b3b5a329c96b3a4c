import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { type Gunzip, makeGunzip } from '../../lambda/adapters/inflate/gunzip';
import { FILE, FileScanner } from '../../lambda/adapters/local/file-scanner';
import { compileScanner, SimdScanner } from '../../lambda/trail/scanner/simd/simd-scanner';
import { noise } from '../contracts/inflate-samples';
import { document, record, T0 } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

const MIB = 1024 * 1024;

function scannerOf(limit = 64 * MIB): FileScanner {
  return new FileScanner(new SimdScanner(compileScanner()!), makeGunzip() as Gunzip, limit);
}

const files = scannerOf();

/** The ids of the calls in a file, or how else its reading ended. */
function read(path: string, scanner = files): string[] | number {
  const ids: string[] = [];
  const end = scanner.read(path, ({ callId }) => {
    ids.push(callId);
    return true;
  });
  return end === FILE.DONE ? ids : end;
}

let count = 0;

function write(content: Buffer | string): string {
  count += 1;
  return temp.write(`${count}`, content);
}

const call = (id: string, padding = '') => record({ id, fields: { userAgent: padding } });

const SMALL = document([call('1'), { eventName: 'RunInstances' }, call('2')]);

/** Stored in more pieces than one, and more than the scanner holds at a time. */
const LARGE = document(Array.from({ length: 600 }, (_, n) => call(`${n}`, noise(1_200, n + 1).toString('base64'))));

const IDS = Array.from({ length: 600 }, (_, n) => `${n}`);

const openFiles = () => readdirSync('/proc/self/fd').length;

describe('a file is read', () => {
  it.each([
    ['one member', gzipSync(SMALL), ['1', '2']],
    ['two members', Buffer.concat([gzipSync(SMALL.slice(0, 100)), gzipSync(SMALL.slice(100))]), ['1', '2']],
    ['plain', Buffer.from(SMALL), ['1', '2']],
    ['large', gzipSync(LARGE), IDS],
    ['large and plain', Buffer.from(LARGE), IDS],
    ['large and stored', gzipSync(LARGE, { level: 0 }), IDS],
  ])('%s', (_, content, ids) => {
    expect(read(write(content))).toEqual(ids);
    expect([files.stored, files.bytes]).toEqual([content.length, ids.length === 2 ? SMALL.length : LARGE.length]);
    expect(files.records).toBe(ids.length === 2 ? 3 : 600);
  });

  it('whatever part of it lies at the end of a piece', () => {
    for (let length = 64 * 1024 - 40; length < 64 * 1024 + 40; length++) {
      const empty = gzipSync(SMALL, { level: 0 }).length;
      const text = SMALL.replace('RunInstances', 'x'.repeat(length - empty));
      for (const content of [gzipSync(text, { level: 0 }), Buffer.from(text)]) {
        expect(read(write(content))).toEqual(['1', '2']);
      }
    }
  });

  it('for literals', () => {
    const path = write(gzipSync(SMALL));
    const texts: string[] = [];
    const take = ({ text }: { text: string }) => texts.push(text) > 0;
    expect(files.read(path, take, ['"RunInstances"', '"nobody"'])).toBe(FILE.DONE);
    expect(texts).toEqual(['{"eventName":"RunInstances"}']);
    expect(read(path)).toEqual(['1', '2']);
  });
});

describe('a file is odd', () => {
  it.each([
    ['not there', temp.path('missing')],
    ['a folder', temp.path()],
    ['empty', write('')],
    ['no document', write('{"Records":[{}]} 7')],
    ['cut', write(SMALL.slice(0, -1))],
    ['followed by zeros', write(Buffer.concat([gzipSync(SMALL), Buffer.alloc(9)]))],
    ['followed by text', write(Buffer.concat([gzipSync(SMALL), Buffer.from('x')]))],
    ['followed by zeros and a member', write(Buffer.concat([gzipSync(SMALL), Buffer.alloc(300_000), gzipSync(SMALL)]))],
  ])('%s', (_, path) => {
    const before = openFiles();
    expect(read(path)).toBe(FILE.ODD);
    expect(openFiles()).toBe(before);
    expect(read(write(gzipSync(SMALL)))).toEqual(['1', '2']);
  });

  it('a pipe without a writer', () => {
    const fifo = temp.path('fifo');
    execFileSync('mkfifo', [fifo]);
    expect(read(fifo)).toBe(FILE.ODD);
  });

  it('larger than the limit, or rejected by the receiver of its records', () => {
    const path = write(gzipSync(LARGE));
    expect(read(path, scannerOf(LARGE.length - 1))).toBe(FILE.ODD);
    expect(read(path, scannerOf(LARGE.length))).toEqual(IDS);
    expect(files.read(path, () => false)).toBe(FILE.ODD);
    const take = () => {
      throw new Error('a defect');
    };
    expect(files.read(path, take)).toBe(FILE.ODD);
  });

  it('cut at any byte, and damaged at any byte that counts', () => {
    const gzip = gzipSync(SMALL);
    for (let at = 0; at < gzip.length; at++) {
      expect(read(write(gzip.subarray(0, at)))).toBe(FILE.ODD);
      const damaged = Buffer.from(gzip);
      damaged[at]! ^= 0x10;
      // The header holds a time and a system that nobody asks for.
      expect(read(write(damaged))).toEqual(at >= 4 && at < 10 ? ['1', '2'] : FILE.ODD);
    }
  });
});

it('pauses in a file that takes long', () => {
  const many = document(Array.from({ length: 20_000 }, (_, n) => call(`${n}`, 'x'.repeat(1_000))));
  const path = write(gzipSync(many));
  const before = openFiles();
  let calls = 0;
  const take = () => {
    calls += 1;
    return true;
  };
  let pauses = 0;
  for (let end = files.read(path, take); end !== FILE.DONE; end = files.goOn()) {
    expect(end).toBe(FILE.UNFINISHED);
    pauses += 1;
  }
  expect([calls, files.bytes]).toEqual([20_000, many.length]);
  expect(pauses).toBeGreaterThan(1);
  expect(files.read(path, take)).toBe(FILE.UNFINISHED);
  expect(openFiles()).toBe(before + 1);
  files.close();
  expect(openFiles()).toBe(before);
  expect(read(write(gzipSync(document([record({ at: T0, id: '7' })]))))).toEqual(['7']);
});
