/** Options of commands that read a trail: files and time. */

import { UsageError } from '../../lambda/errors';
import type { Console } from '../cli/io';
import { clientSettings, type Moment } from '../cli/options';
import { isS3Uri, type TrailPaths } from '../inputs/model';
import { startOfRun } from '../inputs/state-file';

interface TrailOptions {
  readonly account?: readonly string[] | undefined;
  readonly region?: readonly string[] | undefined;
  readonly anyKey?: true | undefined;
  readonly eventHistory?: true | undefined;
  readonly since?: Moment | undefined;
  readonly until?: Moment | undefined;
  readonly state?: string | undefined;
  readonly profile?: string | undefined;
  readonly awsRegion?: string | undefined;
}

/**
 * The trail that a command line selects.
 * @returns the trail, and the UTC epoch second to which times are relative: the start of a state file's first run
 * @throws UsageError
 */
export async function trailOf(
  paths: string[],
  options: TrailOptions,
  console: Console,
): Promise<{ trail: TrailPaths; startedAt: number }> {
  const { account: accounts, region: regions, anyKey, eventHistory, state } = options;
  if (paths.length > 0 && eventHistory) throw new UsageError('--event-history cannot be used with paths');
  if (paths.length === 0 && !eventHistory) {
    throw new UsageError(
      "missing required argument 'paths': files, folders, s3://BUCKET/PREFIX, - for standard input; or --event-history",
    );
  }
  const startedAt = startOfRun(state) ?? console.time();
  const since = options.since?.(startedAt);
  const until = options.until?.(startedAt) ?? (eventHistory ? startedAt : undefined);
  if (since !== undefined && until !== undefined && since >= until) {
    throw new UsageError('--since must be before --until');
  }
  const isRemote = eventHistory === true || paths.some(isS3Uri);
  const client = isRemote ? await clientSettings(options, console) : {};
  return { trail: { paths, keyFilter: { accounts, regions, since, until, anyKey }, eventHistory, client }, startedAt };
}
