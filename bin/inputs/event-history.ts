import { cloudTrailClient } from '../../lambda/adapters/aws/cloudtrail';
import { EVENT_HISTORY_POLICY, enabledRegions, lookUpCalls } from '../../lambda/adapters/aws/event-history';
import { type ClientSettings, isDenied } from '../../lambda/adapters/aws/sdk';
import { AbandonedError } from '../../lambda/errors';
import { formatInstant, maxOf } from '../../lambda/util/values';
import { pause, unlessInterrupted } from '../cli/interruption';
import type { Console } from '../cli/io';
import { formatCount, formatDuration } from '../cli/progress';
import type { InputObject, KeyFilter } from './model';

/** Seconds that the event history covers. Source: CloudTrail user guide, "Working with CloudTrail event history". */
const HISTORY_SECONDS = 90 * 86_400;

/** Two requests per second, account and region. Source: CloudTrail API reference, LookupEvents. */
const REQUEST_MS = 500;

/** Including retries: others may use the same quota. */
const MAX_ATTEMPTS = 10;

/**
 * The event history of an account: one object per region, read once from newest to oldest.
 * @throws ObjectReadError if its regions cannot be listed
 */
export async function openEventHistory(
  { regions: named, since, until: end }: KeyFilter,
  settings: ClientSettings,
  console: Console,
) {
  const until = end ?? console.time();
  const oldest = until - HISTORY_SECONDS;
  const time = { from: Math.max(since ?? oldest, oldest), until };
  const regions = (named ?? (await unlessInterrupted(() => enabledRegions(settings), console.interrupted))).map(
    (name) => new Region(name, time, settings, console),
  );
  const done = () => regions.filter(({ isDone }) => isDone).length;
  return {
    inputs: regions.map(({ key }): InputObject => {
      return { kind: 'log', object: { bucket: '', key }, bytes: 0, version: `${time.from}-${time.until}` };
    }),
    streams: new Map(regions.map((region) => [region.key, () => region.read()])),
    /** progress and estimated time */
    progress: () => {
      const calls = regions.reduce((sum, region) => sum + region.calls, 0);
      const left = maxOf(regions.map((region) => region.secondsLeft()));
      const eta = Number.isFinite(left) && left > 0 ? `, ETA ${formatDuration(left)}` : '';
      return `event history: ${done()} of ${regions.length} regions, ${formatCount(calls)} calls${eta}`;
    },
    /** text for the summary */
    notes: () => [
      `event history from ${formatInstant(time.from)}: this account's DescribeInstances alone, of at most 90 days; for other accounts, ` +
        'older calls and what else an identity did, read a trail in S3',
      ...(regions.some(({ isDenied }) => isDenied)
        ? [`least privilege for --event-history: ${EVENT_HISTORY_POLICY}`]
        : []),
    ],
  };
}

class Region {
  readonly key: string;
  calls = 0;
  isDone = false;
  isDenied = false;
  private startedAt: number | undefined;
  /** share of the interval read so far */
  private share = 0;

  constructor(
    private readonly name: string,
    private readonly time: { readonly from: number; readonly until: number },
    private readonly settings: ClientSettings,
    private readonly console: Console,
  ) {
    this.key = `event history of ${name}`;
  }

  async *read(): AsyncGenerator<Uint8Array> {
    const { from, until } = this.time;
    const { interrupted, now } = this.console;
    const client = cloudTrailClient({ ...this.settings, region: this.name }, MAX_ATTEMPTS);
    this.startedAt = now();
    let next = this.startedAt;
    const turn = async () => {
      await pause(next - now(), interrupted);
      if (interrupted.aborted) throw new AbandonedError(`${this.key}: left at Ctrl-C`);
      next = now() + REQUEST_MS;
    };
    try {
      for await (const { records, oldest } of lookUpCalls(client, this.key, this.time, turn)) {
        this.calls += records.length;
        if (oldest !== undefined) this.share = (until - oldest) / Math.max(until - from, 1);
        yield Buffer.from(JSON.stringify({ Events: records.map((CloudTrailEvent) => ({ CloudTrailEvent })) }));
      }
    } catch (error) {
      this.isDenied = error instanceof Error && isDenied(error);
      throw error;
    } finally {
      this.isDone = true;
      client.destroy();
    }
  }

  /** Estimated from the pace so far. */
  secondsLeft(): number {
    if (this.isDone || this.startedAt === undefined || this.share <= 0) return 0;
    return ((this.console.now() - this.startedAt) / 1000) * (1 / Math.min(this.share, 1) - 1);
  }
}
