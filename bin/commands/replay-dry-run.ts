import { AbandonedError } from '../../lambda/errors';
import { PARTIAL, untilInterrupted } from '../cli/interruption';
import { type Console, ExitCode } from '../cli/io';
import { type Amount, formatBytes, formatCount, formatMany } from '../cli/progress';
import { costOf, PRICES, PRICES_ARE } from '../cost/prices';
import { listAll, openObjects } from '../inputs/inputs';
import type { TrailPaths } from '../inputs/model';
import { NOTHING_FOUND, SkippedFiles } from './replay-summary';

/** US dollars for a GB that leaves AWS, for the region and date of PRICES. Source: aws.amazon.com/s3/pricing. */
const OUT_PER_GB = 0.09;

/** Shows what a replay would read and what S3 would charge for it, by listing only. */
export async function dryRun(trail: TrailPaths, console: Console): Promise<ExitCode> {
  const objects = await openObjects(trail, console);
  try {
    const skipped = new SkippedFiles();
    const total = { objects: 0, bytes: 0 };
    const remote = { objects: 0, bytes: 0 };
    const writeLine = (line: string) => console.stderr.write(`${line}\n`);
    const { interrupted } = console;
    const all = untilInterrupted(listAll(objects), interrupted);
    for await (const { object, bytes } of skipped.logs(all, interrupted, writeLine)) {
      for (const sum of object.bucket === '' ? [total] : [total, remote]) {
        sum.objects += 1;
        sum.bytes += bytes;
      }
    }
    if (interrupted.aborted) throw new AbandonedError(PARTIAL);
    const lines = [
      `${formatMany(total.objects, 'object')} to read, ${formatBytes(total.bytes)}; dry run, nothing was read`,
      ...skipped.lines(),
      ...(objects.isRemote ? costLines(objects.listRequests(), remote) : []),
    ];
    console.stdout.write(`${lines.join('\n')}\n`);
    if (total.objects === 0 && skipped.unread === 0) console.stderr.write(`${NOTHING_FOUND}\n`);
    return total.objects === 0 || skipped.unread > 0 ? ExitCode.Incomplete : ExitCode.Ok;
  } finally {
    await objects[Symbol.asyncDispose]();
  }
}

function costLines(lists: number, remote: Amount): string[] {
  const listing = costOf(PRICES.s3ListPut, lists);
  const getting = costOf(PRICES.s3Get, remote.objects);
  const out = (remote.bytes / 1e9) * OUT_PER_GB;
  return [
    `S3 requests: ${formatCount(lists)} LIST $${listing.toFixed(4)} (this dry run cost as much), ` +
      `${formatCount(remote.objects)} GET $${getting.toFixed(4)}; total $${(listing + getting).toFixed(4)}`,
    `data transfer out of AWS: up to $${out.toFixed(2)}, none within the bucket's region`,
    `${PRICES_ARE}; the evidence of an alert takes further requests`,
  ];
}
