import { statSync } from 'node:fs';
import { Gunzip, makeGunzip } from '../../lambda/adapters/inflate/gunzip';
import { FILE, FileScanner } from '../../lambda/adapters/local/file-scanner';
import { CallTable } from '../../lambda/detection/call-table';
import { type Findings, type ReadObject, readObjectOf, Totals } from '../../lambda/pipeline/replay';
import type { FoundRecords } from '../../lambda/ports';
import { ObjectCalls } from '../../lambda/trail/object-calls';
import type { ReadOptions } from '../../lambda/trail/object-reader';
import { type Row, SimdScanner } from '../../lambda/trail/scanner/simd/simd-scanner';
import { type Ring, TAKEN } from './ring';

/** What was read of one file, for the thread that shows and keeps it. */
export interface FileReport {
  readonly number: number;
  readonly path: string;
  /** as stored */
  readonly bytes: number;
  readonly read: ReadObject;
}

/** What a thread does beside reading. */
export interface RingEvents {
  /** before each file */
  readonly turn: () => Promise<void> | undefined;
  /** where there is no file for now */
  readonly idle: () => Promise<void> | undefined;
  /** now and then within a file that takes long */
  readonly pause: () => Promise<void> | undefined;
  readonly report: (report: FileReport) => void;
}

/** Reads files on one thread, quickly where it can: what is odd to the scanner the object reader reads. */
export class FileReader {
  /** why the object reader reads all of them, where that is nobody's wish */
  readonly slowness: string | undefined;
  private readonly scanner: FileScanner | undefined;
  private readonly totals = new Totals();
  private readonly table: CallTable;
  /** of the file that is read */
  private calls: ObjectCalls;
  private readonly take = (row: Row): boolean => this.calls.addRow(row);

  /**
   * @param module the SIMD scanner, where there is one
   * @param reportsAll whether each file is reported, and not only those in which something is wrong
   */
  constructor(
    private readonly reading: ReadOptions,
    module: object | undefined,
    private readonly reportsAll: boolean,
  ) {
    this.table = new CallTable(reading.rule);
    this.calls = new ObjectCalls(reading);
    if (reading.inflate.name !== 'zlib') return;
    const gunzip = makeGunzip();
    if (module === undefined) this.slowness = 'WebAssembly is switched off, or has no vectors';
    else if (gunzip instanceof Gunzip) this.scanner = new FileScanner(new SimdScanner(module), gunzip, reading.limit);
    else this.slowness = `the inflater cannot be used again, ${gunzip.reason}`;
  }

  /** Of the files that were not reported. */
  get findings(): Findings {
    return { totals: this.totals, calls: this.table.content };
  }

  /** Reads files until there are no more. */
  async readAll(ring: Ring, events: RingEvents): Promise<void> {
    while (true) {
      const turn = events.turn();
      if (turn !== undefined) await turn;
      const number = ring.take();
      if (number === TAKEN.NO_MORE) return;
      if (number === TAKEN.NONE_YET) {
        await events.idle();
        continue;
      }
      const path = ring.pathOf(number);
      let how = this.begin(path);
      if (how === FILE.UNFINISHED) how = await this.goOn(ring, events);
      if (how === FILE.UNFINISHED) return;
      if (how === FILE.DONE && !this.reportsAll) this.keep(path, ring);
      else events.report({ number, path, ...(how === FILE.DONE ? this.taken() : await this.readOdd(path)) });
    }
  }

  private begin(path: string): number {
    // A report keeps those of its file.
    if (this.reportsAll || !this.calls.isEmpty) this.calls = new ObjectCalls(this.reading);
    return this.scanner?.read(path, this.take) ?? FILE.ODD;
  }

  /** @returns UNFINISHED after Ctrl-C: a file that is left counts as one that was not begun */
  private async goOn(ring: Ring, { pause }: RingEvents): Promise<number> {
    let how: number = FILE.UNFINISHED;
    while (how === FILE.UNFINISHED && !ring.isStopped) {
      await pause();
      how = this.scanner!.goOn();
    }
    if (how === FILE.UNFINISHED) this.scanner!.close();
    return how;
  }

  /**
   * Searches a file for records, and no other one until it is done.
   * @param literals suitable ones
   * @param pause now and then within a file that takes long
   */
  async search(
    path: string,
    literals: readonly string[],
    pause: () => Promise<void> | undefined,
  ): Promise<FoundRecords | undefined> {
    const { scanner } = this;
    if (scanner === undefined) return undefined;
    const records: string[] = [];
    const take = ({ text }: Row) => records.push(text) > 0;
    let how = scanner.read(path, take, literals);
    while (how === FILE.UNFINISHED) {
      await pause();
      how = scanner.goOn();
    }
    return how === FILE.DONE ? { records, bytes: scanner.bytes } : undefined;
  }

  private async readOdd(path: string): Promise<Pick<FileReport, 'bytes' | 'read'>> {
    // Loaded for the first odd file: a trail has none.
    const { readObject } = await import('../../lambda/trail/object-reader.js');
    return { bytes: sizeOf(path), read: readObjectOf(await readObject({ bucket: '', key: path }, this.reading)) };
  }

  private taken(): Pick<FileReport, 'bytes' | 'read'> {
    const { matchedCalls, skipped, exceptedBy } = this.calls;
    const { records, stored } = this.scanner!;
    return {
      bytes: stored,
      read: readObjectOf({ records, matchedCalls, faults: [], skipped, exceptedBy, error: undefined }),
    };
  }

  private keep(path: string, ring: Ring): void {
    const { records, stored } = this.scanner!;
    ring.count(stored);
    if (this.calls.isEmpty) {
      // Nearly all files: nothing is made for them.
      this.totals.objects += 1;
      this.totals.bytes += stored;
      this.totals.records += records;
    } else {
      this.totals.add(this.taken().read.counts, stored, false);
      this.table.add({ bucket: '', key: path }, this.calls.matchedCalls);
    }
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
