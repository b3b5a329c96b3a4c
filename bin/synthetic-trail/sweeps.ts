import { ConfigurationError } from '../../lambda/errors';
import { isObject, type JsonObject } from '../../lambda/util/values';
import { callNamed } from './calls';
import { REGIONS } from './deliveries';
import { type IdentityKind, makeIdentity, withSession } from './identities';
import { Inventory } from './inventory';
import { Random } from './random';
import { type PlannedCall, type TrailRecord, writeRecord } from './records';
import { originOf, type Tool } from './tools';

/** One identity calling in one region after the other: a sweep or a near miss. */
export interface SweepSpec {
  readonly account: string;
  readonly actor: IdentityKind;
  /** user, role or service name; the same account, kind and name is the same identity in every sweep of a trail */
  readonly name: string;
  readonly tool: Tool;
  /** number of regions, the likeliest first, or their names in order; one named twice is called twice */
  readonly regions: number | readonly string[];
  /** UTC epoch second of the first call; with `beforeStart`, that of the edge which the sweep straddles */
  readonly start: number;
  /** seconds from one region to the next; fractions allowed, 0 for all at once */
  readonly pace: number;
  /** random additional delay of each region in seconds; default 0 */
  readonly jitter?: number;
  /** how many of the regions are called before `start`, the last of them one second before it; default 0 */
  readonly beforeStart?: number;
  /** default 1 */
  readonly callsPerRegion?: number;
  /** share of regions that deny the calls, 0 to 1, always the last ones; default 0 */
  readonly deniedShare?: number;
  /** the kind of error; default `denied` */
  readonly refusal?: 'denied' | 'throttled';
  /** `per-region`: a role takes a session of another name in each region, so each region has its own ARN */
  readonly sessions?: 'one' | 'per-region';
  /** a call of the catalogue; default `DescribeInstances` */
  readonly call?: string;
  /** calls GetCallerIdentity and DescribeRegions first, as most tools do; default false */
  readonly preamble?: boolean;
  /** a merge patch for each record (RFC 7396): fields of objects are merged, null removes one */
  readonly patch?: JsonObject;
}

/** Seconds from the preamble to the first region. */
const PREAMBLE_SECONDS = 2;

/**
 * The records of a sweep, in the order of its regions.
 * @throws ConfigurationError for more regions than there are
 */
export function planSweep(spec: SweepSpec, seed: string | number): TrailRecord[] {
  const { account, actor: kind, name, start, tool } = spec;
  const { callsPerRegion = 1, deniedShare = 0, refusal = 'denied' } = spec;
  const identity = makeIdentity({ seed, kind, account, name, since: start - 900 });
  const random = Random.seeded(seed, 'sweep', account, name, start);
  const regions = regionsOf(spec);
  const accepted = regions.length - Math.round(regions.length * deniedShare);
  const write = (planned: Pick<PlannedCall, 'call' | 'second' | 'failure'>, region: string, as = identity) => {
    const inventory = new Inventory(seed, account, region);
    const origin = originOf(tool, identity, seed);
    return patched(writeRecord({ ...planned, identity: as, inventory, origin }, random), spec.patch);
  };
  const records = (spec.preamble === true ? ['GetCallerIdentity', 'DescribeRegions'] : []).map((call) =>
    write({ call: callNamed(call), second: start - PREAMBLE_SECONDS }, 'us-east-1'),
  );
  for (const [index, region] of regions.entries()) {
    const as = spec.sessions === 'per-region' ? withSession(identity, `${name}-${region}`, random) : identity;
    const planned = {
      call: callNamed(spec.call ?? 'DescribeInstances'),
      second: secondOf(spec, index, random),
      failure: index < accepted ? undefined : refusal,
    };
    for (let call = 0; call < callsPerRegion; call++) records.push(write(planned, region, as));
  }
  return records;
}

function patched(record: TrailRecord, patch: JsonObject | undefined): TrailRecord {
  if (patch === undefined) return record;
  const fields = merged(JSON.parse(record.text), patch) as JsonObject;
  const { arn, principalId } = fields.userIdentity as { arn?: string; principalId?: string };
  return { ...record, actor: arn ?? principalId, text: JSON.stringify(fields) };
}

function merged(value: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const fields: Record<string, unknown> = isObject(value) ? { ...value } : {};
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) delete fields[name];
    else fields[name] = merged(fields[name], change);
  }
  return fields;
}

/** Time runs outwards from `start` on both sides, so that jitter never moves a call over the edge. */
function secondOf({ beforeStart = 0, pace, jitter = 0, start }: SweepSpec, index: number, random: Random): number {
  const isBefore = index < beforeStart;
  const steps = isBefore ? beforeStart - 1 - index : index - beforeStart;
  const distance = Math.floor(steps * pace) + random.integer(0, jitter);
  return isBefore ? start - 1 - distance : start + distance;
}

function regionsOf({ regions, name }: SweepSpec): readonly string[] {
  if (typeof regions !== 'number') return regions;
  if (regions <= REGIONS.length) return REGIONS.slice(0, regions);
  throw new ConfigurationError(`sweep ${name}: ${regions} regions asked for, there are ${REGIONS.length}`);
}
