/** What every state store promises (lambda/state/store.ts), asserted of each implementation. */
import { MAX_PART_BYTES, type TallyPart } from '../../lambda/detection/tally';
import { memorySince, rememberAlerts, traitsOf } from '../../lambda/state/earlier-alerts';
import type { ItemKey, StateStore } from '../../lambda/state/store';
import { T0 } from '../support/records';

const LATER = T0 + 1000;

/** @param open a store of its own, whose time `now` gives in UTC epoch seconds */
export function storeContract(open: (now: () => number) => StateStore): void {
  let time = T0;
  let store: StateStore;
  let key: string;
  let count = 0;

  beforeEach(() => {
    time = T0;
    store = open(() => time);
    // A table is kept for all tests of a file; each has keys of its own.
    key = `test/${++count}`;
  });

  describe('tallies', () => {
    it('are all read, whatever was written before', async () => {
      const parts = Array.from({ length: 40 }, (_, index) => partOf(index));
      await Promise.all(parts.map((part) => store.putTally(key, part, LATER)));
      expect(await partsUnder(key)).toEqual(parts);
    });

    it('come back as they were written, once if written twice', async () => {
      const part: TallyPart = {
        object: { bucket: 'trail', key: 'AWSLogs/a b+c/ü/😀/__proto__' },
        bucket: { partition: '-a7', start: T0 },
        sortKey: 'tally/a/b/0',
        encoded: '[["__proto__ ☃ \\" \\u0000",[["eu-west-1",[[0,1]]]]]]',
      };
      for (const _ of ['once', 'again']) await store.putTally(key, part, LATER);
      expect((await store.read(key)).parts).toEqual([part]);
    });

    it('are all seen by the last writer', async () => {
      const seen = await Promise.all(
        Array.from({ length: 8 }, async (_, index) => {
          await store.putTally(key, partOf(index), LATER);
          return (await store.read(key)).parts.length;
        }),
      );
      expect(Math.max(...seen)).toBe(8);
    });

    it('may be of the largest size, and several pages together', async () => {
      const parts = Array.from({ length: 7 }, (_, index) => partOf(index, MAX_PART_BYTES));
      for (const part of parts) await store.putTally(key, part, LATER);
      await store.writeItem(at('alert'), 'claimed', 0, LATER);
      const read = await partsUnder(key);
      expect(read.map(({ sortKey }) => sortKey)).toEqual(parts.map(({ sortKey }) => sortKey));
      expect(read.map(({ encoded }) => encoded.length)).toEqual(parts.map(() => MAX_PART_BYTES));
      expect((await store.read(key)).items.size).toBe(1);
    });

    it('are not seen once expired, and again when written again', async () => {
      await store.putTally(key, partOf(1), T0 + 10);
      await store.putTally(key, partOf(2), LATER);
      time = T0 + 9;
      expect(await partsUnder(key)).toHaveLength(2);
      time = T0 + 10;
      expect(await partsUnder(key)).toEqual([partOf(2)]);
      await store.putTally(key, partOf(1), LATER);
      expect(await partsUnder(key)).toEqual([partOf(1), partOf(2)]);
    });

    it('are of one key only', async () => {
      await store.putTally(key, partOf(1), LATER);
      for (const other of [`${key}/1`, `${key}0`, key.slice(0, -1), key.toUpperCase(), `${key} `]) {
        expect(await store.read(other)).toEqual({ parts: [], items: new Map() });
      }
    });
  });

  describe('versioned items', () => {
    it('do not exist at first', async () => {
      expect(await store.readItem(at('alert'))).toBeUndefined();
      expect(await store.writeItem(at('alert'), 'a', 1, LATER)).toBe(false);
      expect(await store.readItem(at('alert'))).toBeUndefined();
    });

    it('go from version to version, by comparing first', async () => {
      const itemKey = at('alert');
      expect(await store.writeItem(itemKey, 'claimed', 0, LATER)).toBe(true);
      expect(await store.readItem(itemKey)).toEqual({ value: 'claimed', version: 1 });
      expect(await store.writeItem(itemKey, 'again', 0, LATER)).toBe(false);
      expect(await store.writeItem(itemKey, 'sent', 1, LATER)).toBe(true);
      expect(await store.writeItem(itemKey, 'late', 1, LATER)).toBe(false);
      expect(await store.writeItem(itemKey, 'early', 3, LATER)).toBe(false);
      expect(await store.readItem(itemKey)).toEqual({ value: 'sent', version: 2 });
    });

    it('are won by exactly one of many writers, at any version', async () => {
      const itemKey = at('alert');
      for (const version of [0, 1, 2]) {
        const won = await Promise.all(
          Array.from({ length: 12 }, (_, writer) => store.writeItem(itemKey, `${writer}`, version, LATER)),
        );
        expect(won.filter(Boolean)).toHaveLength(1);
        expect(await store.readItem(itemKey)).toEqual({ value: `${won.indexOf(true)}`, version: version + 1 });
      }
    });

    it('lose nothing when many writers add to one, each trying until it is written', async () => {
      const itemKey = at('cap');
      await Promise.all(Array.from({ length: 6 }, (_, writer) => append(itemKey, String(writer))));
      const { value, version } = (await store.readItem(itemKey))!;
      expect([...value].sort()).toEqual([...'012345']);
      expect(version).toBe(6);
    });

    it('are absent once expired, to readers and to both kinds of writers', async () => {
      const itemKey = at('alert');
      await store.writeItem(itemKey, 'old', 0, T0 + 10);
      await store.writeItem(itemKey, 'older', 1, T0 + 10);
      time = T0 + 9;
      expect(await store.writeItem(itemKey, 'too early', 0, LATER)).toBe(false);
      time = T0 + 10;
      expect(await store.readItem(itemKey)).toBeUndefined();
      expect((await store.read(key)).items).toEqual(new Map());
      expect(await store.writeItem(itemKey, 'revived', 2, LATER)).toBe(false);
      expect(await store.writeItem(itemKey, 'new', 0, T0 + 20)).toBe(true);
      // Each write sets the expiry anew.
      expect(await store.writeItem(itemKey, 'newer', 1, LATER)).toBe(true);
      time = T0 + 20;
      expect(await store.readItem(itemKey)).toEqual({ value: 'newer', version: 2 });
    });

    it('are read with the tallies of their key, each by its own way too', async () => {
      await store.putTally(key, partOf(1), LATER);
      await store.writeItem(at('alert/1/a'), 'one', 0, LATER);
      await store.writeItem(at('alert/1/b'), 'two', 0, LATER);
      const { parts, items } = await store.read(key);
      expect(parts).toEqual([partOf(1)]);
      expect(items).toEqual(
        new Map([
          ['alert/1/a', { value: 'one', version: 1 }],
          ['alert/1/b', { value: 'two', version: 1 }],
        ]),
      );
    });
  });

  describe('entries', () => {
    it('come in order, from the first asked for and before the last', async () => {
      for (const sortKey of ['c', 'a', 'd', 'b/2', 'b', 'b/1']) {
        await store.putEntry(at(sortKey), `of ${sortKey}`, LATER);
      }
      expect(await sortKeys('a', 'd')).toEqual(['a', 'b', 'b/1', 'b/2', 'c']);
      expect(await sortKeys('b', 'c')).toEqual(['b', 'b/1', 'b/2']);
      expect(await sortKeys('b/', 'b0')).toEqual(['b/1', 'b/2']);
      expect(await sortKeys('', '~')).toEqual(['a', 'b', 'b/1', 'b/2', 'c', 'd']);
      expect(await sortKeys('c', 'c')).toEqual([]);
      expect(await sortKeys('d', 'a')).toEqual([]);
      expect(await sortKeys('x', 'y')).toEqual([]);
    });

    it('are replaced, and expire', async () => {
      await store.putEntry(at('a'), 'old', LATER);
      await store.putEntry(at('a'), 'new', T0 + 10);
      await store.putEntry(at('b'), 'stays', LATER);
      expect(await entriesUnder('', '~')).toEqual([
        { sortKey: 'a', value: 'new' },
        { sortKey: 'b', value: 'stays' },
      ]);
      time = T0 + 10;
      expect(await sortKeys('', '~')).toEqual(['b']);
    });

    it('may be more than a page', async () => {
      const long = 'x'.repeat(300_000);
      for (const sortKey of ['a', 'b', 'c', 'd', 'e']) await store.putEntry(at(sortKey), long, LATER);
      expect(await sortKeys('b', '~')).toEqual(['b', 'c', 'd', 'e']);
    });

    it('can be left after any of them', async () => {
      for (const sortKey of ['a', 'b', 'c']) await store.putEntry(at(sortKey), '', LATER);
      for await (const { sortKey, value } of store.entries(key, 'a', 'z')) {
        expect([sortKey, value]).toEqual(['a', '']);
        break;
      }
    });
  });

  it('keeps the kinds apart under one partition key', async () => {
    const part = { ...partOf(1), sortKey: 'tally/same' };
    await store.putTally(key, part, LATER);
    await store.putEntry(at('entry/same'), 'entry', LATER);
    expect(await store.writeItem(at('alert/same'), 'item', 0, LATER)).toBe(true);
    expect(await store.readItem(at('alert/same'))).toEqual({ value: 'item', version: 1 });
    expect(await entriesUnder('', '~')).toEqual([{ sortKey: 'entry/same', value: 'entry' }]);
    const page = await store.read(key);
    expect(page.parts).toEqual([part]);
    expect([...page.items.keys()]).toEqual(['alert/same']);
  });

  it.each(['__proto__', 'constructor', 'a#b', 'entry#a', 'Ünïcödé 😀', ' ', '\'"\\', ':now', 'x'.repeat(900)])(
    'takes the text %j as a key like any other',
    async (hostile) => {
      const tallies = `${key}/tallies/${hostile}`;
      await store.putTally(tallies, { ...partOf(1), sortKey: hostile }, LATER);
      expect((await store.read(tallies)).parts.map(({ sortKey }) => sortKey)).toEqual([hostile]);
      const item = { partitionKey: `${key}/items/${hostile}`, sortKey: hostile };
      expect(await store.writeItem(item, hostile, 0, LATER)).toBe(true);
      expect(await store.readItem(item)).toEqual({ value: hostile, version: 1 });
      const { items } = await store.read(item.partitionKey);
      expect([...items]).toEqual([[hostile, { value: hostile, version: 1 }]]);
      const entry = { partitionKey: `${key}/entries/${hostile}`, sortKey: hostile };
      await store.putEntry(entry, hostile, LATER);
      const entries = await collect(store.entries(entry.partitionKey, '', '\uffff'));
      expect(entries).toEqual([{ sortKey: hostile, value: hostile }]);
    },
  );

  function at(sortKey: string): ItemKey {
    return { partitionKey: key, sortKey };
  }

  async function partsUnder(partitionKey: string): Promise<TallyPart[]> {
    const { parts } = await store.read(partitionKey);
    return [...parts].sort((a, b) => (a.sortKey < b.sortKey ? -1 : 1));
  }

  function entriesUnder(from: string, before: string) {
    return collect(store.entries(key, from, before));
  }

  async function sortKeys(from: string, before: string): Promise<string[]> {
    return (await entriesUnder(from, before)).map(({ sortKey }) => sortKey);
  }

  async function append(itemKey: ItemKey, text: string): Promise<void> {
    for (;;) {
      const { value, version } = (await store.readItem(itemKey)) ?? { value: '', version: 0 };
      if (await store.writeItem(itemKey, value + text, version, LATER)) return;
    }
  }
}

function partOf(index: number, bytes = 2): TallyPart {
  return {
    object: { bucket: 'trail', key: `AWSLogs/${index}.json.gz` },
    bucket: { partition: '111122223333', start: T0 },
    sortKey: `tally/${String(index).padStart(3, '0')}/0`,
    encoded: '[]'.padEnd(bytes),
  };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** What is remembered of an identity's alerts, in every store. */
export function memoryContract(open: (now: () => number) => StateStore): void {
  const DAY = 86_400;
  let time = T0;
  let store: StateStore;
  let scope = { replayId: 'first' };
  let count = 0;

  beforeEach(() => {
    time = T0;
    store = open(() => time);
    scope = { replayId: `memory-${++count}` };
  });

  const alert = (id: number, value = 'eu-west-1') =>
    traitsOf(String(id), T0 + id, {
      regions: Array.from({ length: 50 }, (_, index) => `${value}${index}`),
      addresses: Array.from({ length: 50 }, (_, index) => `${value}${index}`),
      agents: Array.from({ length: 50 }, (_, index) => `${value}${index}`),
      hosts: [],
      keys: [value],
    });

  const remember = (...alerts: ReturnType<typeof alert>[]) => rememberAlerts(store, 'mallory', scope, alerts, time);

  const ids = async () => (await remember()).alerts.map(({ alertId }) => alertId);

  it('holds alerts of writers at once, each once, by start', async () => {
    await Promise.all([3, 1, 2, 3].map((id) => remember(alert(id))));
    await remember(alert(1));
    expect(await ids()).toEqual(['1', '2', '3']);
    expect((await rememberAlerts(store, 'eve', scope, [], time)).alerts).toEqual([]);
  });

  it('takes the later form of an alert that grew', async () => {
    await remember(alert(1), alert(2));
    expect((await remember(alert(1, 'later'))).alerts[0]!.values.keys).toEqual(['later']);
  });

  it('stays small, whatever a caller writes', async () => {
    const long = '\u202e'.repeat(5000);
    for (let id = 0; id < 110; id += 10) {
      await remember(...Array.from({ length: 10 }, (_, index) => alert(id + index, long)));
    }
    expect(await ids()).toHaveLength(100);
  });

  it('forgets what is 60 days older than the newest', async () => {
    await remember({ ...alert(1), start: T0 - 61 * DAY }, { ...alert(2), start: T0 - 59 * DAY }, alert(3));
    expect(await ids()).toEqual(['2', '3']);
  });

  it('knows since when it exists, for as long as it is used', async () => {
    expect(await memorySince(store, scope, time)).toBe(T0);
    for (let days = 0; days < 150; days += 50) {
      time = T0 + days * DAY;
      expect(await memorySince(store, scope, time)).toBe(T0);
    }
    time += 61 * DAY;
    expect(await memorySince(store, scope, time)).toBe(time);
  });
}
