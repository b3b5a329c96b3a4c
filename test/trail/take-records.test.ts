import fc from 'fast-check';
import { zlibEngine } from '../../lambda/adapters/inflate/node-zlib';
import { MAX_RUNS, takeRecords } from '../../lambda/trail/scan-object';
import { holds } from '../support/properties';
import { memorySource, objectOf } from '../support/replay';
import { reference } from '../support/scan-reference';

/** The number in it makes each record another one; the padding moves where too many are held. */
const records = fc.array(fc.nat({ max: 99 }), { maxLength: 4 });

const envelope = fc
  .array(records, { minLength: 1, maxLength: 4 })
  .map((lists) => `{${lists.map((list) => `"Records":${textOf(list)}`).join(',')}}`);

const part = fc.oneof({ weight: 3, arbitrary: envelope }, { weight: 1, arbitrary: records.map(textOf) });

const parts = fc.array(part, { minLength: 1, maxLength: 4 });

function textOf(numbers: readonly number[]): string {
  return JSON.stringify(numbers.map((number) => ({ eventName: number % 3 === 0 ? 'Other' : 'Wanted', number })));
}

interface Handed {
  readonly numbers: unknown[];
  /** how many were taken and not yet handed on, at most */
  most: number;
}

async function handed(text: string, most?: number, isSteady = false) {
  const seen: Handed = { numbers: [], most: 0 };
  let outstanding = 0;
  const reading = { source: memorySource([objectOf('k', text)]), inflate: zlibEngine, limit: 1 << 20 };
  const taken = await takeRecords(
    { bucket: '', key: 'k' },
    reading,
    {
      literals: ['"Wanted"'],
      take: ({ number }) => {
        seen.most = Math.max(seen.most, ++outstanding);
        return Number(number) % 2 === 0 ? number : undefined;
      },
      hand: (number) => {
        outstanding = 0;
        seen.numbers.push(number);
      },
    },
    isSteady,
    most,
  );
  return { ...seen, ...taken };
}

function expected(texts: readonly string[]): unknown[] {
  return [...reference(texts.map((text) => JSON.parse(text))).values.values()]
    .filter(({ eventName }) => eventName === 'Wanted')
    .map(({ number }) => Number(number))
    .filter((number) => number % 2 === 0);
}

it('hands on what JSON.parse would leave of a document, however little may be held', async () => {
  let takenBack = 0;
  await holds(
    2000,
    fc.asyncProperty(parts, fc.constantFrom(0, 1024, 3000, undefined), async (texts, most) => {
      const { numbers, error, isSteady } = await handed(texts.join(''), most);
      expect(error).toBeUndefined();
      expect(numbers).toEqual(expected(texts));
      expect(isSteady).toBe(!texts.some((text) => text.split('"Records"').length > 2));
      if (!isSteady) takenBack += 1;
      else expect((await handed(texts.join(''), most, true)).numbers).toEqual(numbers);
    }),
  );
  expect(takenBack).toBeGreaterThan(500);
});

it('does so before a fault as well, and tells the fault', async () => {
  const text = `{"Records":${textOf([2])},"Records":${textOf([4, 8])}}[{"eventName":"Wanted",}]{"Records":[],"Records":[]}`;
  for (const most of [0, undefined]) {
    const { numbers, error, isSteady } = await handed(text, most);
    expect(numbers).toEqual([4, 8]);
    expect(error?.message).toMatch(/record 2 is no valid JSON/);
    expect(isSteady).toBe(false);
  }
});

it('holds no more than it may, and nothing where it is known that nothing is taken back', async () => {
  const evens = Array.from({ length: 5000 }, (_, index) => 6 * index + 2);
  const text = `{"Records":${textOf(evens)}}`;
  for (const [most, isSteady, held] of [
    [10 * 1024, false, 11],
    [undefined, false, 5000],
    [undefined, true, 1],
  ] as const) {
    const seen = await handed(text, most, isSteady);
    expect(seen.numbers).toEqual(evens);
    expect(seen.most).toBeLessThanOrEqual(held + 1);
  }
});

it('gives up an object that takes records back again and again, and tells nothing that it takes back', async () => {
  // Each document begins at another index, so that no two of them can be remembered as one.
  const again = `{"Records":${textOf([4])},"Records":[{}]}`;
  const text = `{"Records":${textOf([2])}}${again.repeat(MAX_RUNS + 5)}`;
  for (const [most, expected] of [
    [2 ** 30, [2]],
    [undefined, []],
    [0, []],
  ] as const) {
    const { numbers, error } = await handed(text, most);
    expect(error?.message).toBe('k: takes its records back too often to be followed');
    expect(numbers).toEqual(expected);
  }
});

it('goes through what was taken once, however often it is taken back', async () => {
  const many = textOf(Array.from({ length: 3000 }, (_, index) => 6 * index + 2));
  const { numbers, error } = await handed(`{"Records":${many}}{${'"Records":[],'.repeat(20_000)}"Records":[]}`);
  expect(error).toBeUndefined();
  expect(numbers).toHaveLength(3000);
});

it('refuses an object that is known to take nothing back, and does', async () => {
  const { error } = await handed(`{"Records":${textOf([2])},"Records":[]}`, undefined, true);
  expect(error?.message).toBe('k: has changed since it was first read');
});
