import type { ClientSettings } from '../../lambda/adapters/aws';
import { type Console, ExitCode } from '../cli/io';
import { type Amount, formatBytes, formatCount, formatMany } from '../cli/progress';
import { costOf, PRICES, PRICES_ARE } from '../cost/prices';
import { openObjects } from '../inputs/inputs';
import type { KeyFilter } from '../inputs/model';
import { NOTHING_FOUND, SkippedFiles } from './replay-local';

/** US dollars for a GB that leaves AWS, of the same place and time as PRICES. Source: aws.amazon.com/s3/pricing. */
const OUT_PER_GB = 0.09;

/** Tells what a replay would read and what S3 would ask for it. Nothing but listings is asked of S3. */
export async function dryRun(
  paths: readonly string[],
  keyFilter: KeyFilter,
  settings: ClientSettings,
  console: Console,
): Promise<ExitCode> {
  const objects = await openObjects(paths, keyFilter, settings, console);
  try {
    const skipped = new SkippedFiles();
    const total = { objects: 0, bytes: 0 };
    const remote = { objects: 0, bytes: 0 };
    for await (const found of objects.find()) {
      if (console.interrupted.aborted) return ExitCode.Interrupted;
      if (found.kind === 'failure') skipped.fail(found.error, (line) => console.stderr.write(`${line}\n`));
      if (found.kind === 'passed-over') skipped.add(found.as);
      if (found.kind !== 'log') continue;
      for (const sum of found.object.bucket === '' ? [total] : [total, remote]) {
        sum.objects += 1;
        sum.bytes += found.bytes;
      }
    }
    const lines = [
      `${formatMany(total.objects, 'object')} to read, ${formatBytes(total.bytes)}; none was read`,
      ...skipped.lines(),
      ...(objects.isRemote ? costLines(objects.lists(), remote) : []),
    ];
    console.stdout.write(`${lines.join('\n')}\n`);
    if (total.objects === 0 && skipped.failures === 0) console.stderr.write(`${NOTHING_FOUND}\n`);
    return total.objects === 0 || skipped.failures > 0 ? ExitCode.Incomplete : ExitCode.Ok;
  } finally {
    await objects[Symbol.asyncDispose]();
  }
}

function costLines(lists: number, remote: Amount): string[] {
  const listing = costOf(PRICES.s3ListPut, lists);
  const getting = costOf(PRICES.s3Get, remote.objects);
  const out = (remote.bytes / 1e9) * OUT_PER_GB;
  return [
    `S3 requests: ${formatCount(lists)} LIST $${listing.toFixed(4)} (the same again in this dry run), ` +
      `${formatCount(remote.objects)} GET $${getting.toFixed(4)}; together $${(listing + getting).toFixed(4)}`,
    `data leaving AWS: $${out.toFixed(2)} at most, nothing where it is read in the bucket's region`,
    `${PRICES_ARE}; what lies around an alert is listed and read once more`,
  ];
}
