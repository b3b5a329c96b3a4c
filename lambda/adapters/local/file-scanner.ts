import { closeSync, constants, openSync, readSync } from 'node:fs';
import { isGzip } from '../../trail/object-bytes';
import { mayBeNotification } from '../../trail/scanner/envelopes';
import { ODD, type Row, type SimdScanner } from '../../trail/scanner/simd/simd-scanner';
import type { Gunzip } from '../inflate/gunzip';

/** Without this, opening a pipe waits for its writer. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/** Linux takes longer for a read that asks for much more than there is. */
const INPUT_BYTES = 64 * 1024;

/** Most of the first record. What a longer text has left behind a shorter one only makes that be read with care. */
const HEAD_BYTES = 1024;

/** Inflated bytes after which whoever reads is asked whether to go on: some ten milliseconds. */
const STEP_BYTES = 8 * 1024 * 1024;

/** How a reading ended. */
export const FILE = {
  /** read to its end: the counts are those of the file */
  DONE: 0,
  /** to be read the careful way, which says what is wrong if anything is: nothing that was given counts */
  ODD: 1,
  /** too large to be read without a pause: `goOn`, or `close` to leave it */
  UNFINISHED: 2,
} as const;

/**
 * Reads files one after the other without waiting and without making anything for each: into one buffer, from there by
 * one inflater into the memory of the scanner. It asks for no file's size: to do so takes as long as to open it.
 */
export class FileScanner {
  /** bytes of the file as stored, and inflated */
  stored = 0;
  bytes = 0;
  private readonly buffer = Buffer.allocUnsafeSlow(INPUT_BYTES);
  /** the beginning of the text */
  private readonly head: Buffer;
  private file = -1;
  private isGzip = false;
  /** whether the buffer holds the end of the file */
  private isLast = false;
  private from = 0;
  private to = 0;
  private kept = 0;
  private isOver = false;
  private take: (row: Row) => boolean = () => true;

  /** @param limit most inflated bytes of one file */
  constructor(
    private readonly scanner: SimdScanner,
    private readonly gunzip: Gunzip,
    private readonly limit: number,
  ) {
    this.head = Buffer.from(scanner.input.buffer, scanner.input.byteOffset, HEAD_BYTES);
  }

  /** records of the file */
  get records(): number {
    return this.scanner.records;
  }

  /**
   * Reads a file, or begins to.
   * @param take is given the records, as is `scan` of the scanner
   * @param literals as `begin` of the scanner takes them
   * @returns one of FILE
   */
  read(path: string, take: (row: Row) => boolean, literals?: readonly string[]): number {
    this.take = take;
    this.stored = this.bytes = this.kept = 0;
    this.isOver = this.isLast = false;
    try {
      this.file = openSync(path, FLAGS);
      this.fill();
      this.isGzip = isGzip(this.buffer) && this.to > 1;
      if (this.isGzip) this.gunzip.begin();
      this.scanner.begin(literals);
      return this.step();
    } catch {
      return this.ended(FILE.ODD);
    }
  }

  /** Reads on. @returns as `read` */
  goOn(): number {
    try {
      return this.step();
    } catch {
      return this.ended(FILE.ODD);
    }
  }

  private step(): number {
    const pause = this.bytes + STEP_BYTES;
    while (this.bytes < pause) {
      const length = this.isGzip ? this.inflate() : this.copy();
      if (length < 0 || (this.bytes === 0 && mayBeNotification(this.head))) return this.ended(FILE.ODD);
      this.bytes += length;
      this.kept = this.scanner.scan(this.kept + length, this.take);
      const isStuck = this.kept === ODD || this.kept === this.scanner.input.length;
      if (isStuck || this.bytes > this.limit) return this.ended(FILE.ODD);
      if (this.isOver) return this.ended(this.scanner.isOver && this.kept === 0 ? FILE.DONE : FILE.ODD);
    }
    return FILE.UNFINISHED;
  }

  /** Leaves a file that is not read to its end. */
  close(): void {
    this.ended(FILE.ODD);
  }

  private ended(how: number): number {
    if (this.file >= 0) closeSync(this.file);
    this.file = -1;
    return how;
  }

  /** Less than was asked for is the end of a file; where it is not, the text is cut short and the file is odd. */
  private fill(): void {
    this.from = 0;
    this.to = readSync(this.file, this.buffer, 0, INPUT_BYTES, null);
    this.stored += this.to;
    this.isLast = this.to < INPUT_BYTES;
  }

  /** Inflates behind what the scanner keeps. @returns how many bytes, -1 for what is no more than gzip */
  private inflate(): number {
    const { gunzip, scanner, kept } = this;
    if (this.from === this.to && !this.isLast) this.fill();
    if (!gunzip.inflate(this.buffer, this.from, this.to, this.isLast, scanner.input, kept)) return -1;
    this.from = this.to - gunzip.inputLeft;
    if (gunzip.outputLeft > 0) {
      // zlib stops by itself only at what is no further member.
      if (gunzip.inputLeft > 0) return -1;
      this.isOver = this.isLast;
    }
    return scanner.input.length - kept - gunzip.outputLeft;
  }

  private copy(): number {
    const { input } = this.scanner;
    if (this.from === this.to && !this.isLast) this.fill();
    const length = Math.min(this.to - this.from, input.length - this.kept);
    this.buffer.copy(input, this.kept, this.from, this.from + length);
    this.from += length;
    this.isOver = this.isLast && this.from === this.to;
    return length;
  }
}
