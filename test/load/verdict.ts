import { DEFAULT_PARAMETERS, RULE } from '../../lambda/detection/rule';
import { LIVE } from '../../lambda/detection/store-keys';
import type { AlertState } from '../../lambda/notify/claims';
import { tallyObject } from '../../lambda/pipeline/batch';
import type { HistoryEntry } from '../../lambda/state/history';
import type { StateStore } from '../../lambda/state/store';
import { getOrInsert } from '../../lambda/util/values';
import type { StoredObject } from '../e2e/trails';
import type { World } from '../e2e/world';
import { storeWith } from '../support/detector';
import { MemoryStore } from '../support/memory-store';
import { objectOf, readingOf } from '../support/replay';
import { disturbanceOf, type Run } from './faults';
import { type MachineMessage, messageName } from './faulty-proxy';
import type { UnreliableFunction } from './unreliable-function';

/** What the function was given, and what is to be found in it. */
export interface Delivered {
  readonly objects: readonly StoredObject[];
  readonly detections: readonly { readonly windowStart: number; readonly actor: string }[];
}

/** What came of it, in numbers, and what should not have. */
export interface Verdict {
  readonly lines: readonly string[];
  readonly wrong: readonly string[];
}

export async function verdictOf(
  delivered: Delivered,
  world: World,
  functions: readonly UnreliableFunction[],
): Promise<Verdict> {
  const items = (await world.items()).map(({ pk, sk, value, encoded }): Item => {
    return { pk: pk!.S!, sk: sk!.S!, value: value?.S ?? '', encoded: encoded?.S };
  });
  const arrived = (await world.inbox.all()).map(({ text }) => JSON.parse(text) as MachineMessage);
  const runs = functions.flatMap((one) => one.runs);
  const parts = [
    numbersOf(runs, functions),
    detected(delivered, items, arrived),
    repeats(runs, arrived),
    { lines: [], wrong: await tallyFaults(delivered.objects, items, world.places.bucket) },
    { lines: [], wrong: await owed(items, world) },
  ];
  return { lines: parts.flatMap(({ lines }) => lines), wrong: parts.flatMap(({ wrong }) => wrong) };
}

/** One of the table; `encoded` is a tally's. */
interface Item {
  readonly pk: string;
  readonly sk: string;
  readonly value: string;
  readonly encoded: string | undefined;
}

function numbersOf(runs: readonly Run[], functions: readonly UnreliableFunction[]): Verdict {
  const counts = new Map<string, number>();
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const { end, faults } of runs) {
    count(end);
    for (const { kind } of faults) count(kind);
  }
  const receives = Math.max(...functions.map(({ mostReceives }) => mostReceives));
  return {
    lines: [
      `${runs.length} invocations: ${[...counts].map(([name, n]) => `${name} ${n}`).join(', ')}`,
      `most receives of a message: ${receives}`,
    ],
    wrong: [],
  };
}

/** Every detection is published, or held and listed; nothing else is. */
function detected({ detections }: Delivered, items: readonly Item[], arrived: readonly MachineMessage[]): Verdict {
  const expected = new Set(detections.map(({ windowStart, actor }) => `${actor} ${windowStart}`));
  const published = new Set(
    arrived.flatMap(({ regionsweep: { kind, actor, window } }) =>
      kind === 'alert' ? [`${actor} ${Date.parse(window!.start) / 1000}`] : [],
    ),
  );
  const journal = items
    .filter(({ pk }) => pk.startsWith(`${RULE.id}/journal/`))
    .map(({ value }) => JSON.parse(value) as HistoryEntry);
  const listed = journal.filter(({ kind }) => kind === 'held');
  const held = new Set(listed.map(({ actor, start }) => `${actor} ${start}`));
  const stored = items
    .filter(({ sk }) => sk.startsWith('alert/'))
    .flatMap(({ value }) => (JSON.parse(value) as AlertState).alerts);
  const inState = (state: string) => stored.filter((alert) => alert.state === state);
  const heldIds = new Set(inState('held').map(({ alertId }) => alertId));
  const intervals = arrived.flatMap(({ regionsweep: { kind, interval } }) =>
    kind === 'notice' ? [[Date.parse(interval!.start) / 1000, Date.parse(interval!.end) / 1000] as const] : [],
  );
  const unnoticed = [...heldIds].filter(
    (id) =>
      !listed.some(({ alertId, at }) => alertId === id && intervals.some(([from, end]) => from <= at && at < end)),
  );
  const journalled = new Set(journal.filter(({ kind }) => kind === 'alert').map(({ alertId }) => alertId));
  const unlisted = inState('sent').filter(({ alertId }) => !journalled.has(alertId));
  const all = new Set([...published, ...held]);
  return {
    lines: [
      `${expected.size} detections: ${published.size} published, ${[...held].filter((one) => !published.has(one)).length} held and listed`,
      `stored: ${inState('sent').length} sent, ${heldIds.size} held, ${inState('claimed').length} claimed; ${intervals.length} notices`,
      `sent, and not in the journal since its entry was refused: ${unlisted.length}`,
    ],
    wrong: [
      ...[...expected].filter((one) => !all.has(one)).map((one) => `neither published nor held: ${one}`),
      ...[...all].filter((one) => !expected.has(one)).map((one) => `published or held, and no detection: ${one}`),
      ...unnoticed.map((id) => `held, and counted in no notice: ${id}`),
      ...inState('claimed').map(({ alertId }) => `claimed for ever: ${alertId}`),
    ],
  };
}

/** What was published again, each with the fault of an earlier invocation that explains it. */
function repeats(runs: readonly Run[], arrived: readonly MachineMessage[]): Verdict {
  const byName = new Map<string, { readonly at: number; readonly run: Run }[]>();
  for (const run of runs) {
    for (const { at, name } of run.published) getOrInsert(byName, name, () => []).push({ at, run });
  }
  const lines: string[] = [];
  const wrong: string[] = [];
  for (const [name, times] of byName) {
    times.sort((a, b) => a.at - b.at);
    for (const { at, run } of times.slice(0, -1)) {
      const reason = disturbanceOf(run, at);
      if (reason !== undefined) lines.push(`repeated after ${reason}: ${name}`);
      else wrong.push(`repeated without a fault: ${name}`);
    }
  }
  const sent = [...byName.values()].reduce((sum, times) => sum + times.length, 0);
  if (sent !== arrived.length) wrong.push(`${sent} messages were taken by the topic, ${arrived.length} arrived`);
  const missing = arrived.filter((message) => !byName.has(messageName(message)));
  wrong.push(...missing.map((message) => `published by nobody: ${messageName(message)}`));
  return { lines: [`${sent} messages published, ${lines.length} of them again`, ...lines], wrong };
}

/** The table holds the tallies that reading each object once gives. */
async function tallyFaults(
  objects: readonly StoredObject[],
  items: readonly Item[],
  bucket: string,
): Promise<string[]> {
  const stored = new Map(
    items.flatMap(({ pk, sk, encoded }) => (encoded === undefined ? [] : [[`${pk} ${sk}`, encoded]])),
  );
  const due = new Map<string, string>();
  const putTally: StateStore['putTally'] = async (key, { sortKey, encoded }) =>
    void due.set(`${key} ${sortKey}`, encoded);
  const store = storeWith(new MemoryStore(() => 0), { putTally });
  const reading = readingOf(
    objects.map(({ key, body }) => objectOf(key, body)),
    { parameters: DEFAULT_PARAMETERS },
  );
  for (const { key } of objects) await tallyObject({ bucket, key }, reading, store, 0, LIVE);
  return [
    ...[...due].filter(([name, encoded]) => stored.get(name) !== encoded).map(([name]) => `tally not stored: ${name}`),
    ...[...stored.keys()].filter((name) => !due.has(name)).map((name) => `tally of no object: ${name}`),
  ];
}

/** What is left to do though nothing fails any more. */
async function owed(items: readonly Item[], world: World): Promise<string[]> {
  const progress = items.find(({ pk, sk }) => pk === `${RULE.id}/due` && sk === 'progress');
  const { until } = JSON.parse(progress?.value ?? '{"until":0}') as { readonly until: number };
  const due = items.filter(({ pk, sk }) => pk.startsWith(`${RULE.id}/due/`) && Number.parseInt(sk, 10) >= until);
  const [waiting, dead] = [await world.waiting(), await world.deadLetters()];
  return [
    ...(waiting > 0 ? [`${waiting} messages are still in the queue`] : []),
    ...(dead > 0 ? [`${dead} messages are in the dead letters`] : []),
    ...due.map(({ value }) => `still due: ${value}`),
  ];
}
