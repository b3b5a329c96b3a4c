/**
 * What deployed stacks store, send and publish must keep its form. Each step hands the function one message, over the
 * items that the fixture says were written before, so that it also shows that they and the fixture's control messages
 * are still understood. REGIONSWEEP_UPDATE_PERSISTED=1 writes the fixture anew: for what is added, never for a rename.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS } from '../../lambda/ports';
import { BUCKET, s3Event, s3Record } from '../support/notices';
import { document, iamUser, record, roleSession, sweep, T0 } from '../support/records';
import { type Handler, invoke, type Json, loadFunction, type Outcome } from './function-run';

interface Step {
  /** seconds after T0 */
  readonly at: number;
  /** the text of a new object, or the index of the step whose object is delivered again */
  readonly object?: string | number;
  readonly replayId?: string;
  /** end of its key, in place of a number */
  readonly key?: string;
  /** kind of the control message that is delivered, the last one on the due list */
  readonly control?: string;
  readonly outage?: 'topic' | 'all';
}

type Scenario = readonly [settings: Readonly<Record<string, string>>, steps: Readonly<Record<string, Step>>];

const burst = (after: number, user = 'mallory') =>
  document(sweep({ regions: 3, at: T0 + after, identity: iamUser(user) }));

const calls = (regions: readonly string[], after: number, identity: unknown = iamUser('mallory')) =>
  document(regions.map((region) => record({ region, at: T0 + after, identity })));

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'tumbling windows': [
    {
      REGIONSWEEP_EXCEPTIONS: JSON.stringify({
        exceptions: [{ arn: 'arn:aws:iam::*:user/inventory', reason: 'nightly', owner: 'platform' }],
      }),
      REGIONSWEEP_CAP_ALERTS: '2',
      REGIONSWEEP_SUPPRESS_MINUTES: '60',
    },
    {
      'stores tallies, and counts what it leaves out': {
        at: 100,
        object: document([
          ...sweep({ regions: 2 }),
          record({ identity: iamUser('inventory') }),
          record({ identity: { type: 'AWSService', invokedBy: 'autoscaling.amazonaws.com' } }),
          record({ identity: { type: 'AWSAccount', principalId: 'AIDAOTHER' } }),
        ]),
      },
      'releases its claim when SNS fails': { at: 200, object: calls(['eu-west-1'], 5), outage: 'topic' },
      'keeps its claim when it is cut off': { at: 210, object: 1, outage: 'all' },
      'publishes nothing while another invocation holds the claim': { at: 220, object: 1 },
      'publishes when the message comes back': { at: 560, object: 1 },
      'publishes nothing for a duplicate': { at: 561, object: 1 },
      'holds back the second alert of an account': { at: 570, object: burst(0, 'eve') },
      'holds back nothing more for a duplicate': { at: 571, object: 6 },
      'publishes a notice': { at: 605, control: 'cap-notice' },
      'publishes the notice once': { at: 606, control: 'cap-notice' },
      'counts a repeat': { at: 650, object: burst(60) },
      'stores regions that come later': { at: 660, object: calls(['eu-west-2', 'eu-west-3'], 9) },
      'publishes a follow-up': { at: 1460, control: 'follow-up' },
      'publishes the follow-up once': { at: 1461, control: 'follow-up' },
      'sends what is due': { at: 1500, control: 'wake-up' },
      'puts the summary back on the list while repeats are counted': { at: 1550, control: 'suppression-summary' },
      'publishes a summary': { at: 4170, control: 'suppression-summary' },
      'publishes the summary once': { at: 4171, control: 'suppression-summary' },
      'counts an object that is gone': { at: 4172, key: 'gone.json.gz' },
      'counts an old object': {
        at: 3e6,
        object: '{"Records":[]}',
        key: '111122223333_CloudTrail_eu-west-1_20261124T0405Z_old.json.gz',
      },
      'marks an alert from history': { at: 3.1e6, object: burst(300, 'oscar') },
    },
  ],
  'sliding windows, by issuer, with more calls than regions': [
    {
      REGIONSWEEP_WINDOWING: 'sliding',
      REGIONSWEEP_GROUP_BY: 'issuer',
      REGIONSWEEP_MIN_CALLS: '4',
      REGIONSWEEP_PARTITIONS: '4',
      REGIONSWEEP_CHAT_AS_DEFAULT: 'true',
    },
    {
      'publishes an alert': {
        at: 100,
        object: document([
          ...sweep({ regions: 3, at: T0 + 28, identity: roleSession('ops', 'one') }),
          record({ at: T0 + 31, identity: roleSession('ops', 'two') }),
        ]),
      },
      'extends the alert': { at: 200, object: calls(['eu-west-1'], 50, roleSession('ops', 'three')) },
      'publishes a follow-up': { at: 1000, control: 'follow-up' },
      'publishes nothing for a duplicate': { at: 1010, object: 1 },
    },
  ],
  'a replay': [
    { REGIONSWEEP_CAP_ALERTS: '2', REGIONSWEEP_SUPPRESS_MINUTES: '60' },
    {
      'publishes an alert, and notes the object done': { at: 100, object: burst(0), replayId: 'r-1' },
      'notes the object failed': { at: 110, object: '{"Records":[{"a":', replayId: 'r-1' },
      'counts a repeat': { at: 120, object: burst(60), replayId: 'r-1' },
      'holds back the second alert of an account': { at: 130, object: burst(0, 'eve'), replayId: 'r-1' },
      'publishes a notice': { at: 310, control: 'cap-notice' },
      'publishes a summary': { at: 3710, control: 'suppression-summary' },
    },
  ],
};

const FILE = join(__dirname, 'golden/persisted-formats.json');

const isUpdating = process.env.REGIONSWEEP_UPDATE_PERSISTED === '1';

const fixture = JSON.parse(isUpdating ? '{"names":{},"scenarios":{}}' : readFileSync(FILE, 'utf8')) as {
  names: Json;
  readonly scenarios: Record<string, Record<string, Partial<Outcome>>>;
};

afterAll(() => {
  if (isUpdating) writeFileSync(FILE, `${printed(fixture)}\n`);
});

/** JSON in lines of up to 400 characters, and one for each item and control message. */
function printed(value: unknown, indent = '', name = ''): string {
  const line = JSON.stringify(value);
  if (line.length <= 400 || typeof value !== 'object' || value === null) return line;
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const rows = Object.entries(value).map(([key, held]) => {
    if (!isList) return `${JSON.stringify(key)}: ${printed(held, inner, key)}`;
    return name === 'wrote' || name === 'sent' ? JSON.stringify(held) : printed(held, inner);
  });
  const [open, close] = isList ? '[]' : '{}';
  return `${open}\n${rows.map((row) => inner + row).join(',\n')}\n${indent}${close}`;
}

/** Named by each notification, and skipped. */
const DIGEST = 'AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/11/24/digest.json.gz';

const keyOf = (index: number, name = `${index}.json.gz`) =>
  `AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/24/${name}`;

function bodyOf(
  { object, key: name, replayId, control }: Step,
  index: number,
  before: readonly Partial<Outcome>[],
): Json {
  if (control === 'wake-up') return { regionsweep: { v: 1, kind: control } };
  if (control !== undefined) {
    const written = before.flatMap((outcome) => outcome.wrote ?? []);
    const due = written.filter(({ pk }) => String(pk).includes('/due/')).map(({ value }) => value as Json);
    return due.findLast(({ regionsweep }) => (regionsweep as Json).kind === control)!;
  }
  const key = keyOf(typeof object === 'number' ? object : index, name);
  if (replayId === undefined) return s3Event(s3Record(key), s3Record(DIGEST));
  return { regionsweep: { v: 1, kind: 'object', replayId, bucket: BUCKET, key } };
}

describe.each(Object.entries(SCENARIOS))('%s', (scenario, [settings, named]) => {
  const steps = Object.values(named);
  const objects = Object.fromEntries(
    steps.flatMap(({ object, key }, index) => (object === undefined ? [] : [[keyOf(index, key), String(object)]])),
  );
  let handler: Handler;

  beforeAll(() => {
    handler = loadFunction({ REGIONSWEEP_MIN_REGIONS: '3', ...settings });
    if (isUpdating) fixture.scenarios[scenario] = {};
  });

  it.each(Object.keys(named).map((name, index) => [name, index] as const))('%s', async (name, index) => {
    const step = steps[index]!;
    const recorded = fixture.scenarios[scenario]!;
    const before = Object.values(recorded).slice(0, index);
    const outcome = await invoke(handler, {
      id: `invocation-${index}`,
      now: T0 + step.at,
      body: bodyOf(step, index, before),
      items: before.flatMap(({ wrote = [] }) => wrote),
      objects,
      outage: step.outage,
    });
    const something = Object.fromEntries(Object.entries(outcome).filter(([, did]) => Object.keys(did).length > 0));
    if (isUpdating) recorded[name] = something;
    expect(something).toEqual(recorded[name]);
  });
});

it('the names of metrics and fields of an alert', () => {
  const schema = JSON.parse(readFileSync(join(__dirname, '../../docs/alert.schema.json'), 'utf8')) as Schema;
  const metrics = Object.values(METRICS);
  const names = {
    metrics: metrics.join(' '),
    alert: fieldsOf(schema),
  };
  if (isUpdating) fixture.names = names;
  expect(names).toEqual(fixture.names);
  const steps = Object.values(fixture.scenarios).flatMap((scenario) => Object.values(scenario));
  const counted = new Set(steps.flatMap((step) => Object.keys(step.counted ?? {})));
  expect([...counted].sort()).toEqual([...metrics, 'detector'].sort());
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** The names of fields by the path to what has them. */
function fieldsOf({ properties = {}, items }: Schema, path = ''): Record<string, string> {
  const names = Object.keys(properties);
  return Object.assign(
    names.length === 0 ? {} : { [path]: names.join(' ') },
    items === undefined ? {} : fieldsOf(items, `${path}[]`),
    ...names.map((name) => fieldsOf(properties[name]!, `${path}.${name}`)),
  ) as Record<string, string>;
}
