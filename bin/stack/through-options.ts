import { UsageError } from '../../lambda/errors';
import { isS3Path } from '../objects/s3-place';

/** What only a replay through a deployed detector takes. */
export interface ThroughOptions {
  readonly through?: string;
  readonly replayId?: string;
  readonly rate?: number;
  readonly wait?: boolean;
  readonly state?: string;
}

export interface Through extends ThroughOptions {
  readonly through: string;
}

const ONLY_THROUGH = { replayId: '--replay-id', rate: '--rate', wait: '--wait' };

/** What the deployed detector decides by itself, or does not give to this command. */
const ONLY_HERE = {
  format: '--format',
  out: '--out',
  windowing: '--windowing',
  minRegions: '--min-regions',
  minCalls: '--min-calls',
  window: '--window',
  groupBy: '--group-by',
  exceptions: '--exceptions',
  inflateLimit: '--inflate-limit',
};

/**
 * How a replay goes through a stack, where it does.
 * @throws UsageError for options that make no sense together
 */
export function throughOf(paths: readonly string[], options: ThroughOptions): Through | undefined {
  const { through } = options;
  if (through === undefined) {
    const alone = firstGiven(options, ONLY_THROUGH);
    if (alone !== undefined) throw new UsageError(`${alone} goes with --through STACK`);
    return undefined;
  }
  const here = firstGiven(options, ONLY_HERE);
  if (here !== undefined) {
    throw new UsageError(
      `${here} does not go with --through: the deployed detector has its own rule and tells its alerts itself`,
    );
  }
  const local = paths.find((path) => !isS3Path(path));
  if (local !== undefined) {
    throw new UsageError(
      `${local} does not go with --through: the deployed detector reads from S3 only, from buckets it may read`,
    );
  }
  return { ...options, through };
}

function firstGiven(options: object, names: Readonly<Record<string, string>>): string | undefined {
  const given = Object.entries(options).find(
    ([name, value]) => value !== undefined && Object.hasOwn(names, name),
  );
  return given === undefined ? undefined : names[given[0]];
}
