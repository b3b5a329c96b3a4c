/** What the benchmarks printed, for docs/cost.md. Nothing in it depends on the machine. */

/** `npx tsx bench/store-units.ts`: for each object of a bucket. A test compares those it runs itself. */
export const STORE_MEASURED: readonly StoreRow[] = [
  { actors: 1, objects: 17, perBatch: 1, writeUnits: 1, readUnits: 1.59 },
  { actors: 5, objects: 17, perBatch: 1, writeUnits: 1, readUnits: 2.47 },
  { actors: 50, objects: 17, perBatch: 1, writeUnits: 6, readUnits: 12.76 },
  { actors: 200, objects: 17, perBatch: 1, writeUnits: 21.12, readUnits: 46.94 },
  { actors: 1, objects: 102, perBatch: 1, writeUnits: 1, readUnits: 6.6 },
  { actors: 5, objects: 102, perBatch: 1, writeUnits: 1, readUnits: 11.79 },
  { actors: 50, objects: 102, perBatch: 1, writeUnits: 6, readUnits: 70.62 },
  { actors: 200, objects: 102, perBatch: 1, writeUnits: 21.12, readUnits: 266.99 },
  { actors: 1, objects: 102, perBatch: 17, writeUnits: 1, readUnits: 0.47 },
  { actors: 5, objects: 102, perBatch: 17, writeUnits: 1, readUnits: 0.79 },
  { actors: 50, objects: 102, perBatch: 17, writeUnits: 6, readUnits: 4.79 },
  { actors: 200, objects: 102, perBatch: 17, writeUnits: 21.12, readUnits: 18.13 },
];

export interface StoreRow {
  readonly actors: number;
  readonly objects: number;
  readonly perBatch: number;
  readonly writeUnits: number;
  readonly readUnits: number;
}

/** `npx tsx bench/load.ts`: its two tables, as printed. */
export const GROWTH_TABLE = `| accounts | objects a second | objects an invocation | queries an invocation | read units a query | write units an object with a match | busiest partition, units a second (read, write) | an invocation, ms | most invocations at a time | longest wait, s |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| 1 | 0.057 | 1 | 0.18 | 1 | 1 | 1, 1 | 40 | 1 | 10 |
| 10 | 0.57 | 1.2 | 0.21 | 1 | 1 | 1, 1 | 41 | 1 | 10 |
| 100 | 5.7 | 12 | 1.9 | 1 | 1 | 2, 1 | 83 | 2 | 18 |
| 1,000 | 57 | 49 | 8.3 | 1 | 1 | 2, 2 | 237 | 10 | 17 |
| 10,000 | 567 | 50 | 8.4 | 1 | 1 | 1, 1 | 239 | 10 | 10 |`;
