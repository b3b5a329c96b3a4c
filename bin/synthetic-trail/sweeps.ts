import { ConfigurationError } from '../../lambda/errors';
import { callNamed, Inventory } from './calls';
import { REGIONS } from './deliveries';
import { type Identity, type IdentityKind, makeIdentity, originOf, type Tool, withSession } from './identities';
import { Random } from './random';
import { denial, type Failure, type TrailRecord, throttling, writeRecord } from './records';

/** One identity going through regions, whether it amounts to a hit or falls just short of one. */
export interface SweepSpec {
  readonly account: string;
  readonly actor: IdentityKind;
  /** User, role or service name; the same account, kind and name is the same identity in every sweep of a trail. */
  readonly name: string;
  readonly tool: Tool;
  /** How many regions, the likeliest first, or which ones in which order; one named twice is called twice. */
  readonly regions: number | readonly string[];
  /** Epoch second of the first call; with `beforeStart`, the edge that the sweep straddles. */
  readonly start: number;
  /** Seconds from one region to the next; fractions allowed, 0 for all at once. */
  readonly pace: number;
  /** Each region is late by up to this many seconds more; default 0. */
  readonly jitter?: number;
  /** How many of the regions are called before `start`, the last of them one second before it; default 0. */
  readonly beforeStart?: number;
  /** Default 1. */
  readonly callsPerRegion?: number;
  /** Share of regions where calls are refused, 0 to 1, always the last ones; default 0. */
  readonly deniedShare?: number;
  /** Why they are refused; default `denied`. */
  readonly refusal?: 'denied' | 'throttled';
  /** `per-region`: a role takes a session of another name in each region, so each region has its own ARN. */
  readonly sessions?: 'one' | 'per-region';
  /** The call made, of the catalogue; default `DescribeInstances`. */
  readonly call?: string;
  /** Asks who it is and which regions there are first, as most tools do; default false. */
  readonly preamble?: boolean;
}

/** Seconds from the preamble to the first region. */
const PREAMBLE = 2;

/**
 * The records of a sweep, in the order of its regions.
 * @throws ConfigurationError when it asks for more regions than there are
 */
export function planSweep(spec: SweepSpec, seed: string | number): TrailRecord[] {
  const regions = regionsOf(spec);
  const identity = makeIdentity({
    seed,
    kind: spec.actor,
    account: spec.account,
    name: spec.name,
    since: spec.start - 900,
  });
  const random = Random.seeded(seed, 'sweep', spec.account, spec.name, spec.start);
  const sweep: Sweep = { spec, seed, regions, identity, random };
  const records = spec.preamble === true ? preamble(sweep) : [];
  for (const index of regions.keys()) records.push(...callRegion(sweep, index));
  return records;
}

interface Sweep {
  readonly spec: SweepSpec;
  readonly seed: string | number;
  readonly regions: readonly string[];
  readonly identity: Identity;
  readonly random: Random;
}

function callRegion(sweep: Sweep, index: number): TrailRecord[] {
  const { spec, random } = sweep;
  const region = sweep.regions[index]!;
  const identity =
    spec.sessions === 'per-region' ? withSession(sweep.identity, `${spec.name}-${region}`, random) : sweep.identity;
  const call = callNamed(spec.call ?? 'DescribeInstances');
  const planned = {
    call,
    identity,
    origin: originOf(spec.tool, sweep.identity, sweep.seed),
    inventory: new Inventory(sweep.seed, spec.account, region),
    second: secondOf(sweep, index),
    ...(isRefused(sweep, index) && { failure: refusal(sweep, identity) }),
  };
  return Array.from({ length: spec.callsPerRegion ?? 1 }, () => writeRecord(planned, random));
}

/** Time runs outwards from `start` on both sides, so that no jitter carries a call over the edge. */
function secondOf({ spec, random }: Sweep, index: number): number {
  const before = spec.beforeStart ?? 0;
  const steps = index < before ? before - 1 - index : index - before;
  const distance = Math.floor(steps * spec.pace) + random.integer(0, spec.jitter ?? 0);
  return index < before ? spec.start - 1 - distance : spec.start + distance;
}

function isRefused({ spec, regions }: Sweep, index: number): boolean {
  return index >= regions.length - Math.round(regions.length * (spec.deniedShare ?? 0));
}

function refusal({ spec }: Sweep, identity: Identity): Failure {
  const call = callNamed(spec.call ?? 'DescribeInstances');
  return spec.refusal === 'throttled' ? throttling(call) : denial(call, identity);
}

function preamble({ spec, seed, identity, random }: Sweep): TrailRecord[] {
  const origin = originOf(spec.tool, identity, seed);
  const inventory = new Inventory(seed, spec.account, 'us-east-1');
  const second = spec.start - PREAMBLE;
  return ['GetCallerIdentity', 'DescribeRegions'].map((name) =>
    writeRecord({ call: callNamed(name), identity, origin, inventory, second }, random),
  );
}

function regionsOf({ regions, name }: SweepSpec): readonly string[] {
  if (typeof regions !== 'number') return regions;
  if (regions > REGIONS.length) {
    throw new ConfigurationError(
      `sweep ${name}: ${regions} regions asked for, there are ${REGIONS.length}; ask for fewer`,
    );
  }
  return REGIONS.slice(0, regions);
}
