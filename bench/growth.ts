/**
 * The detector's core at the arrivals of many accounts, and of one account that outgrows a partition of the table, on a
 * virtual clock and a state store with DynamoDB's limits. `npx tsx bench/growth.ts`, half a minute.
 */
import { DEFAULT_WORKLOAD } from '../bin/cost/model';
import { evenArrivals, oneBucket } from './growth/arrivals';
import { GrowingWorld } from './growth/growing-world';

const { regions, objectsPerHour, matchedShare, actors } = DEFAULT_WORKLOAD;

/** Enough to see how it goes on, few enough to be run in seconds. */
const MAX_OBJECTS = 20_000;

const LONGEST_SECONDS = 3_600;

async function growth(): Promise<void> {
  console.log(
    '| accounts | objects a second | objects an invocation | queries an invocation | read units a query | write units an object with a match | busiest partition, units a second (read, write) | an invocation, ms | most invocations at a time | longest wait, s |',
  );
  console.log(`|${' --- |'.repeat(10)}`);
  for (const accounts of [1, 10, 100, 1_000, 10_000]) {
    const perSecond = (accounts * regions * objectsPerHour) / 3600;
    const seconds = Math.min(LONGEST_SECONDS, MAX_OBJECTS / perSecond);
    const arrivals = evenArrivals({ accounts, regions, objectsPerHour, seconds, matchedShare, actors });
    const world = await new GrowingWorld({ arrivals }).run();
    const { writes, writeUnits, queries, readUnits } = world.meter.totals;
    row([
      accounts.toLocaleString('en-US'),
      perSecond,
      world.handled / world.invocations,
      queries / world.invocations,
      readUnits / queries,
      writeUnits / writes,
      `${world.meter.busiest('reads')}, ${world.meter.busiest('writes')}`,
      (world.busySeconds / world.invocations) * 1000,
      `${world.mostConcurrent}`,
      world.oldest,
    ]);
  }
}

async function oneAccount(): Promise<void> {
  console.log(
    '\n| objects a bucket | actors an object | landing within, s | `partitions` | read units an object | busiest partition, read units a second | throttled | failed, back again | dead letters | all handled after, s | longest wait, s |',
  );
  console.log(`|${' --- |'.repeat(11)}`);
  for (const [objects, most, overSeconds, partitions] of [
    [102, 200, 300, 1],
    [200, 100, 10, 1],
    [200, 100, 10, 16],
  ] as const) {
    const arrivals = oneBucket(objects, most, overSeconds);
    const world = await new GrowingWorld({ arrivals, rule: { partitions }, batchSize: 1 }).run();
    const { throttled, readUnits } = world.meter.totals;
    row([
      `${objects}`,
      `${most}`,
      `${overSeconds}`,
      `${partitions}`,
      readUnits / objects,
      `${world.meter.busiest('reads')}`,
      `${throttled}`,
      `${world.failures}`,
      `${world.deadLetters}`,
      world.seconds - 400,
      world.oldest,
    ]);
  }
}

function row(cells: readonly (string | number)[]): void {
  const texts = cells.map((cell) => {
    if (typeof cell === 'string') return cell;
    return cell >= 100 ? cell.toFixed(0) : String(Number(cell.toPrecision(2)));
  });
  console.log(`| ${texts.join(' | ')} |`);
}

void growth().then(oneAccount);
