import type { ClientSettings } from '../lambda/adapters/clients';
import type { Console } from './console';
import { ExitCode } from './exit-code';
import type { Narrowing } from './objects/narrowing';
import { openObjects } from './objects/objects';
import type { Amount } from './progress';
import { NOTHING_FOUND, PassedOverFiles } from './replay-summary';
import { formatBytes, formatCount, formatMany } from './units';

/**
 * Amazon S3 prices in US dollars, S3 Standard in us-east-1 as of November 2026: requests by the thousand, and data that
 * leaves AWS by the GB. Other regions differ a little. Source: aws.amazon.com/s3/pricing.
 */
const PRICES = { listsPer1000: 0.005, getsPer1000: 0.0004, outPerGb: 0.09 } as const;

/** Tells what a replay would read and what S3 would ask for it. Nothing but listings is asked of S3. */
export async function dryRun(
  paths: readonly string[],
  narrowing: Narrowing,
  settings: ClientSettings,
  console: Console,
): Promise<ExitCode> {
  const objects = await openObjects(paths, narrowing, settings, console);
  try {
    const passedOver = new PassedOverFiles();
    const total = { objects: 0, bytes: 0 };
    const remote = { objects: 0, bytes: 0 };
    for await (const found of objects.find()) {
      if (console.interrupted.aborted) return ExitCode.Interrupted;
      if (found.kind === 'failure') passedOver.fail(found.error, (line) => console.stderr.write(`${line}\n`));
      if (found.kind === 'passed-over') passedOver.add(found.as);
      if (found.kind !== 'log') continue;
      for (const sum of found.object.bucket === '' ? [total] : [total, remote]) {
        sum.objects += 1;
        sum.bytes += found.bytes;
      }
    }
    const lines = [
      `${formatMany(total.objects, 'object')} to read, ${formatBytes(total.bytes)}; none was read`,
      ...passedOver.lines(),
      ...(objects.isRemote ? costLines(objects.lists(), remote) : []),
    ];
    console.stdout.write(`${lines.join('\n')}\n`);
    if (total.objects === 0) console.stderr.write(`${NOTHING_FOUND}\n`);
    return total.objects === 0 || passedOver.failures > 0 ? ExitCode.Incomplete : ExitCode.Ok;
  } finally {
    await objects[Symbol.asyncDispose]();
  }
}

function costLines(lists: number, remote: Amount): string[] {
  const { listsPer1000, getsPer1000, outPerGb } = PRICES;
  const listing = (lists / 1000) * listsPer1000;
  const getting = (remote.objects / 1000) * getsPer1000;
  const out = (remote.bytes / 1e9) * outPerGb;
  return [
    `S3 requests: ${formatCount(lists)} LIST $${listing.toFixed(4)} (the same again in this dry run), ` +
      `${formatCount(remote.objects)} GET $${getting.toFixed(4)}; together $${(listing + getting).toFixed(4)}`,
    `data leaving AWS: $${out.toFixed(2)} at most, nothing where it is read in the bucket's region`,
    'prices of S3 Standard in us-east-1, November 2026; what lies around an alert is listed and read once more',
  ];
}
