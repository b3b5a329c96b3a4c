import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { DEFAULT_REGIONS } from '../../bin/synthetic-trail/deliveries';
import type { SweepSpec } from '../../bin/synthetic-trail/sweeps';
import { generateTrail } from '../../bin/synthetic-trail/trail';
import type { Alert, Notification } from '../../lambda/alert/model';
import type { RuleParameters } from '../../lambda/detection/rule';
import { SLOT_SECONDS, trailFileOf } from '../../lambda/trail/object-key';
import { memoryListing } from './memory-listing';
import { ACCOUNT, T0 } from './records';
import { type MemoryObject, objectOf, replayed } from './replay';

/** A trail that holds one alert, from which every rendering is made. Times are seconds from the trail's start. */
const scenario = z.strictObject({
  name: z.string(),
  why: z.string(),
  parameters: z
    .strictObject({ windowing: z.enum(['tumbling', 'sliding']), groupBy: z.enum(['arn', 'issuer']) })
    .partial()
    .default({}),
  /** the AssumeRole beside it issues the key of the sweep, and begins its session */
  assumed: z.boolean().default(false),
  /** as the generator takes them, but for `at`; the first is the sweep, the rest what is done beside it */
  sweeps: z.array(z.looseObject({ at: z.number() })).min(1),
  /** fields laid over the sweep's own records, over their identity, and a text to make each user agent another */
  set: z.record(z.string(), z.unknown()).default({}),
  setIdentity: z.record(z.string(), z.unknown()).default({}),
  varyAgent: z.string().optional(),
  /** regions whose files of the sweep are still to come */
  late: z.array(z.string()).default([]),
  followUp: z.strictObject({ regionsBefore: z.int(), joinedWith: z.array(z.string()) }).optional(),
});

export type AlertScenario = z.output<typeof scenario>;

const FOLDER = join(__dirname, '../alert/scenarios');

const TRAIL_SECONDS = 1500;

export function readAlertScenarios(): (AlertScenario & { readonly file: string })[] {
  return readdirSync(FOLDER)
    .sort()
    .map((file) => ({
      file: file.replace('.json', ''),
      ...scenario.parse(JSON.parse(readFileSync(join(FOLDER, file), 'utf8'))),
    }));
}

/** The scenario's only alert, by the production path, listing included. */
export async function notificationOf(spec: AlertScenario): Promise<Notification> {
  const objects = objectsOfScenario(spec);
  const parameters = spec.parameters as Partial<RuleParameters>;
  const { alerts } = await replayed(objects, { parameters, listing: memoryListing(objects) });
  if (alerts.length !== 1) throw new Error(`${spec.name}: expected one alert, got ${alerts.length}`);
  const alert: Alert = alerts[0]!;
  return spec.followUp === undefined
    ? { kind: 'alert', alert }
    : { kind: 'follow-up', alert, added: alert.regions.slice(spec.followUp.regionsBefore), ...spec.followUp };
}

function objectsOfScenario(spec: AlertScenario): MemoryObject[] {
  const sweeps = spec.sweeps.map(({ at, ...rest }): SweepSpec => {
    const common = { account: ACCOUNT, regions: DEFAULT_REGIONS, pace: 0.5, start: T0 + at };
    return { ...common, ...rest } as SweepSpec;
  });
  const trail = generateTrail(
    {
      start: T0,
      seconds: TRAIL_SECONDS,
      accounts: [ACCOUNT],
      regions: DEFAULT_REGIONS,
      recordsPerMinute: 30,
      identitiesPerAccount: 6,
      describeInstancesShare: 0.01,
      sweeps,
    },
    spec.name,
  );
  const objects = [...trail.objects]
    .filter(({ key }) => !isLate(key, spec))
    .map(({ key, body }) => ({ key, records: recordsIn(body) }));
  const swept = objects.flatMap(({ records }) => records).filter((record) => isSwept(record, spec));
  const keyId = (swept[0]?.userIdentity as { accessKeyId?: string } | undefined)?.accessKeyId;
  const assumed = objects
    .flatMap(({ records }) => records)
    .find((record) => spec.assumed && isAssumed(record) && !swept.includes(record));
  const login = swept.find(({ eventName }) => eventName === 'ConsoleLogin');
  return objects.map(({ key, records }) => {
    const changed = records.map((record) => {
      const index = swept.indexOf(record);
      if (index >= 0) return overlaid(since(record, (assumed ?? login)?.eventTime), spec, index);
      return record === assumed ? { ...record, responseElements: { credentials: { accessKeyId: keyId } } } : record;
    });
    return objectOf(key, JSON.stringify({ Records: changed }));
  });
}

function isLate(key: string, { late, sweeps }: AlertScenario): boolean {
  const file = trailFileOf(key);
  return file !== undefined && late.includes(file.region) && file.slot + SLOT_SECONDS > T0 + sweeps[0]!.at;
}

type Fields = Record<string, unknown>;

function recordsIn(body: string): Fields[] {
  return (JSON.parse(body) as { Records: Fields[] }).Records;
}

function isAssumed({ eventName, userIdentity }: Fields): boolean {
  return eventName === 'AssumeRole' && (userIdentity as { type?: string }).type === 'AWSAccount';
}

/** With a session that began then. */
function since(record: Fields, creationDate: unknown): Fields {
  const identity = record.userIdentity as Fields;
  const context = identity.sessionContext as Fields | undefined;
  // A sign-in is made by no session yet.
  if (creationDate === undefined || context === undefined) return record;
  const attributes = { ...(context.attributes as Fields), creationDate };
  return { ...record, userIdentity: { ...identity, sessionContext: { ...context, attributes } } };
}

/** The sweep's own records are those that name its user or role. */
function isSwept({ userIdentity }: Fields, { sweeps }: AlertScenario): boolean {
  return JSON.stringify(userIdentity).includes(String(sweeps[0]!.name));
}

function overlaid(record: Record<string, unknown>, spec: AlertScenario, index: number): Record<string, unknown> {
  const identity = { ...(record.userIdentity as object), ...spec.setIdentity };
  const agent = spec.varyAgent === undefined ? {} : { userAgent: `${spec.varyAgent} ${index} ${'x'.repeat(300)}` };
  return { ...record, userIdentity: identity, ...spec.set, ...agent };
}
