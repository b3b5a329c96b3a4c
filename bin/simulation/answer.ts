import type { KnownAnswer, KnownHit } from '../../generator/answer';
import { formatInstant } from '../../lambda/time';
import type { SimulateOptions } from '../commands/simulate';
import type { Console } from '../console';
import { formatMany } from '../units';

/** What is to be found: for people on a terminal, else a line of JSON for each hit. */
export function tellAnswer({ hits }: KnownAnswer, { stdout }: Pick<Console, 'stdout'>): void {
  for (const hit of hits) {
    stdout.write(
      stdout.isTTY === true ? `to be found: ${sentenceOf(hit)}\n` : `${JSON.stringify(machineForm(hit))}\n`,
    );
  }
  if (hits.length === 0 && stdout.isTTY === true)
    stdout.write('to be found: nothing, in windows of 30 s by the ARN\n');
}

function sentenceOf({ windowStart, actor, regions, calls }: KnownHit): string {
  return `${actor} in ${formatMany(regions.length, 'region')} (${formatMany(calls, 'call')}), window ${formatInstant(windowStart)}`;
}

function machineForm({ windowStart, actor, regions, calls }: KnownHit) {
  return { window_start: formatInstant(windowStart), actor, regions, call_count: calls };
}

/** Why there is nothing to find, or where else to look. */
export function hintsOf({ hits }: KnownAnswer, options: SimulateOptions): string[] {
  if (options.sessionPerRegion === true) {
    return [
      'Each region has a session, so an ARN, of its own: grouping by issuer finds the sweep, by ARN does not.',
    ];
  }
  if (hits.length > 0) return [];
  if (options.actor === 'aws-service' || options.actor === 'untyped') {
    return [
      'A service calling for itself has no identity that a hit could name: such calls are counted as unattributed.',
    ];
  }
  if (options.straddle === true)
    return ['Half of the sweep lies on either side of a window’s edge: sliding windows find it.'];
  return ['No window of 30 s has ten regions: have more --regions, or less --pace.'];
}

/** How to make a real one: a loop whose calls change nothing and cost nothing. */
export const REAL_SWEEP = `
A real one, with the credentials at hand (read-only calls, which cost nothing; the sweep is told like anybody's):
  for r in $(aws ec2 describe-regions --query 'Regions[].RegionName' --output text); do
    aws ec2 describe-instances --region "$r" --max-items 1 --query 'length(Reservations)' --output text &
  done; wait
CloudTrail delivers such calls within about 3 to 10 minutes; the alert comes seconds after the tenth region's file.
`;
