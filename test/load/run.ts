import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { Random } from '../../bin/synthetic-trail/random';
import { ENVIRONMENT } from '../../lambda/settings';
import { startEmulatedWorld } from '../e2e/emulated-world';
import { mixedNotices } from '../e2e/notices';
import { synthesizeOnce } from '../e2e/stack';
import { generatedTrail, keyOf, type StoredObject, sweepObjects, userOf } from '../e2e/trails';
import type { World } from '../e2e/world';
import { SEED } from '../support/properties';
import { document, iso, REGIONS, T0 } from '../support/records';
import { Faults } from './faults';
import { UnreliableFunction } from './unreliable-function';
import { type Delivered, verdictOf } from './verdict';

/**
 * `npm run load`: the bundled function in three processes on emulators, under more notices than it can take at once, while
 * processes are killed, requests throttled, answers lost, and a fifth of what SNS is asked for fails. Nothing may be lost,
 * and each repeat must be explained by a fault. About five minutes; `REGIONSWEEP_SEED` makes other worlds.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      notices: { type: 'string', default: '20000' },
      /** times as long as in Lambda that an invocation may take, for a machine that others use */
      slowness: { type: 'string', default: '1' },
      accounts: { type: 'string', default: '21' },
      /** identities of one account that sweep in one window */
      flood: { type: 'string', default: '0' },
      'alert-limit': { type: 'string', default: '4' },
      calm: { type: 'boolean', default: false },
    },
  });
  const [notices, accounts, flood] = [values.notices, values.accounts, values.flood].map(Number) as [
    number,
    number,
    number,
  ];
  print(`seed ${SEED} (REGIONSWEEP_SEED)`);
  synthesizeOnce();
  const faults = new Faults(Random.seeded(SEED, 'faults'));
  faults.isCalm = values.calm;
  const functions: UnreliableFunction[] = [];
  const starts = Array.from({ length: FUNCTIONS }, (_, index) => (...of: ConstructorOf) => {
    const [{ function: template, ...stack }, variables] = of;
    const timeoutSeconds = template.timeoutSeconds * Number(values.slowness);
    const slower = { ...stack, function: { ...template, timeoutSeconds } };
    functions[index] = new UnreliableFunction(index, slower, variables, faults);
    return functions[index];
  });
  const world = await startEmulatedWorld({ [ENVIRONMENT.capAlerts]: values['alert-limit'] }, starts);
  try {
    const trails = Array.from({ length: accounts }, () => generatedTrail(world.newAccount(), String(SEED)));
    const floods = flood > 0 ? [floodOf(world.newAccount(), flood)] : [];
    const delivered: Delivered = {
      objects: [...trails, ...floods].flatMap(({ objects }) => objects),
      detections: [...trails, ...floods].flatMap(({ detections }) => detections),
    };
    print(`${delivered.objects.length} objects, ${delivered.detections.length} detections`);
    await deliver(delivered.objects, notices, world);
    faults.isCalm = true;
    for (let step = 0; step < STEPS_TO_END; step += 1) await world.runtime.passTime(world.runtime.visibilitySeconds);
    const { lines, wrong } = await verdictOf(delivered, world, functions);
    for (const line of [...lines, ...wrong.map((one) => `WRONG: ${one}`)]) print(line);
    print(wrong.length === 0 ? 'nothing lost, each repeat explained' : `${wrong.length} wrong`);
    return wrong.length === 0 ? 0 : 1;
  } finally {
    await world.close();
  }
}

type ConstructorOf = [
  ConstructorParameters<typeof UnreliableFunction>[1],
  ConstructorParameters<typeof UnreliableFunction>[2],
];

const FUNCTIONS = 3;

/** In each a part of the notices comes, and then what failed is visible again. */
const ROUNDS = 10;

/** Of six minutes each, without faults: then nothing may be owed. Follow-ups are due within three. */
const STEPS_TO_END = 8;

/** Announces every object again and again, in any dialect and order. */
async function deliver(objects: readonly StoredObject[], notices: number, world: World): Promise<void> {
  const random = Random.seeded(SEED, 'notices');
  const { bucket } = world.places;
  const keys = objects.map(({ key }) => key);
  await world.upload(objects);
  const bodies: string[] = [];
  while (bodies.length < notices) bodies.push(...mixedNotices(bucket, random.shuffle(keys), random, 1));
  const size = Math.max(Math.ceil(notices / ROUNDS), keys.length);
  for (let from = 0; from < notices; from += size) {
    await world.send(bodies.slice(from, from + size));
    await world.settled();
    await world.runtime.passTime(world.runtime.visibilitySeconds);
    print(`${from + size} notices`);
  }
}

/** One object a region in which many identities call at once, and bystanders in the same bucket. */
function floodOf(account: string, identities: number): Delivered {
  const regions = REGIONS.slice(0, 10);
  const actors = Array.from({ length: identities }, (_, index) => userOf(account, `flood-${index}`));
  const objects = regions.map((region, place) => {
    const records = actors.map((arn, index) => ({
      ...{ eventVersion: '1.09', eventTime: iso(T0 + place), eventID: `${region}-${index}` },
      ...{ eventSource: 'ec2.amazonaws.com', eventName: 'DescribeInstances', awsRegion: region },
      userIdentity: { type: 'IAMUser', arn, accountId: account },
    }));
    return { key: keyOf(account, region, 'flood'), body: gzipSync(document(records)) };
  });
  const bystanders = Array.from({ length: 20 }, (_, index) =>
    sweepObjects({ account, actor: userOf(account, `bystander-${index}`), regions: 1 }),
  );
  return {
    objects: [...objects, ...bystanders.flat()],
    detections: actors.map((actor) => ({ windowStart: T0, actor })),
  };
}

function print(line: string): void {
  process.stdout.write(`${String(Math.round(performance.now() / 1000)).padStart(4)} s  ${line}\n`);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 2;
  },
);
