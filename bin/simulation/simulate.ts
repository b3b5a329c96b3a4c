import { gzipSync } from 'node:zlib';
import { generateTrail, type Trail } from '../../generator/trail';
import { s3Client } from '../../lambda/adapters/clients';
import { inParallel } from '../../lambda/parallel';
import type { ObjectRef } from '../../lambda/ports';
import { clientSettings } from '../aws-options';
import type { SimulateOptions } from '../commands/simulate';
import type { Console } from '../console';
import { ExitCode } from '../exit-code';
import { isS3Path, parseS3Path } from '../objects/s3-place';
import { findDeployed } from '../stack/deployed';
import { followReplay } from '../stack/following';
import { tellReplay } from '../stack/replay-through';
import { DEFAULT_RATE, newReplayId, sendObjects } from '../stack/sending';
import { formatMany } from '../units';
import { hintsOf, REAL_SWEEP, tellAnswer } from './answer';
import { inBucket, inFolder, type TrailPlace } from './places';
import { DEFAULT_SEED, specOf } from './spec';

const OBJECTS_AT_A_TIME = 16;

/** Makes a trail where it is asked to, and says what is to be found in it. */
export async function simulate(options: SimulateOptions, console: Console): Promise<ExitCode> {
  const trail = generateTrail(specOf(options, console.time()), options.seed ?? DEFAULT_SEED);
  if (options.through !== undefined) return simulateThrough(trail, options, options.through, console);
  const out = options.out!;
  const place = isS3Path(out)
    ? inBucket(s3Client(clientSettings(options), console.env), parseS3Path(out))
    : inFolder(out);
  const written = await write(trail, place, console);
  if (console.interrupted.aborted) return ExitCode.Interrupted;
  console.stderr.write(`${formatMany(written.length, 'object')} written to ${out}\n`);
  tell(trail, options, console);
  console.stderr.write(REAL_SWEEP);
  return ExitCode.Ok;
}

/** By the stack's own test bucket, and as a replay: what is live stays untouched. */
async function simulateThrough(
  trail: Trail,
  options: SimulateOptions,
  stackName: string,
  console: Console,
): Promise<ExitCode> {
  const settings = clientSettings(options);
  const deployed = await findDeployed(stackName, settings, console);
  const { queue, testBucket } = deployed;
  const replayId = newReplayId(console.time());
  const startedAt = console.time();
  const folder = { bucket: testBucket, prefix: `simulation/${replayId}/` };
  const written = await write(trail, inBucket(s3Client(settings, console.env), folder), console);
  const sending = { replayId, rate: DEFAULT_RATE, queue, onSent: async () => undefined };
  const sent = await sendObjects(each(written), 0, sending, console);
  if (console.interrupted.aborted) return ExitCode.Interrupted;
  tellReplay(replayId, deployed, true, console);
  console.stderr.write(
    `${formatMany(sent, 'object')} in s3://${testBucket}/${folder.prefix} and on the queue\n`,
  );
  tell(trail, options, console);
  console.stderr.write(
    "The alert comes within about a minute, if the detector's rule is the default one.\n" +
      `Later: regionsweep alerts --stack ${stackName} --replay ${replayId}\n${REAL_SWEEP}`,
  );
  return options.wait === true
    ? followReplay({ ...deployed, replayId, sent, startedAt }, console)
    : ExitCode.Ok;
}

/** Gives the names in any order. */
async function write(trail: Trail, place: TrailPlace, { interrupted }: Console): Promise<ObjectRef[]> {
  const written: ObjectRef[] = [];
  const begun = (function* () {
    for (const object of trail.objects) {
      if (interrupted.aborted) return;
      yield object;
    }
  })();
  await inParallel(begun, OBJECTS_AT_A_TIME, async ({ key, body }) => {
    written.push(await place(key, gzipSync(body)));
  });
  return written;
}

async function* each<T>(items: Iterable<T>): AsyncIterable<T> {
  yield* items;
}

function tell(trail: Trail, options: SimulateOptions, console: Console): void {
  const answer = trail.answer();
  const { records, sightings } = answer.totals;
  console.stderr.write(`${formatMany(records, 'record')}, ${sightings} of them DescribeInstances\n`);
  tellAnswer(answer, console);
  for (const hint of hintsOf(answer, options)) console.stderr.write(`${hint}\n`);
}
