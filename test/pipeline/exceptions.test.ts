import { ServiceError } from '../../lambda/errors';
import { ExceptionFeed } from '../../lambda/pipeline/exceptions';
import { SILENT } from '../support/detector';
import { T0 } from '../support/records';

const WHY = { reason: 'known', owner: 'me' };

const documentOf = (...exceptions: object[]) => JSON.stringify({ exceptions });

const entry = (arn: string, more: object = {}) => ({ ...WHY, arn, ...more });

/** A feed, what it logged, and how often the parameter was read. */
function feed(deployed: string | undefined, answer?: () => string | undefined) {
  const logged: string[] = [];
  const read = jest.fn(async () => answer?.());
  const log = (message: string, fields: object) =>
    void logged.push(`${message}: ${Object.values(fields).flat().join(', ')}`);
  const parameter = answer && { name: '/exceptions', read };
  const one = new ExceptionFeed(deployed, parameter, { ...SILENT, info: log, warn: log });
  const at = async (second: number) => (await one.current(second)).map(({ entry: { arn } }) => arn);
  return { logged, read, at };
}

const UNREACHABLE = () => {
  throw new ServiceError('parameter /exceptions cannot be read: TimeoutError: slow. Try again');
};

it('has none by default, and logs nothing about it', async () => {
  const { at, logged } = feed(undefined);
  expect(await at(T0)).toEqual([]);
  expect(logged).toEqual([]);
});

it('puts the deployed ones and those of the parameter together, and says once what is in force', async () => {
  const { at, logged } = feed(documentOf(entry('arn:a')), () => documentOf(entry('arn:b')));
  for (const second of [T0, T0 + 1, T0 + 301]) expect(await at(second)).toEqual(['arn:a', 'arn:b']);
  expect(logged).toEqual(['exceptions in force: deployed exception 1 (known; me), parameter exception 1 (known; me)']);
});

it('reads the parameter every five minutes, and soon again where it could not', async () => {
  let answer: () => string = () => documentOf(entry('arn:a'));
  const { at, read } = feed(undefined, () => answer());
  await at(T0);
  answer = () => documentOf(entry('arn:b'));
  expect(await at(T0 + 299)).toEqual(['arn:a']);
  expect(await at(T0 + 300)).toEqual(['arn:b']);
  answer = UNREACHABLE;
  for (const second of [600, 601, 614]) await at(T0 + second);
  expect(read).toHaveBeenCalledTimes(3);
  answer = () => documentOf(entry('arn:c'));
  expect(await at(T0 + 615)).toEqual(['arn:c']);
});

it.each<[string, () => string, RegExp]>([
  [
    'cannot be read',
    UNREACHABLE,
    / cannot be read: TimeoutError: slow. Try again; its previous entries stay in force$/,
  ],
  ['is no document', () => '{"exceptions":', /: not JSON: .*; its previous entries stay in force$/],
])('keeps what it knew while the parameter %s, and says so once', async (_what, fault, notice) => {
  let answer = () => documentOf(entry('arn:a'));
  const { at, logged } = feed(undefined, () => answer());
  await at(T0);
  answer = fault;
  for (let second = T0 + 300; second < T0 + 3000; second += 300) expect(await at(second)).toEqual(['arn:a']);
  expect(logged).toHaveLength(2);
  expect(logged[1]).toMatch(notice);
  answer = () => documentOf(entry('arn:a'));
  await at(T0 + 3000);
  answer = fault;
  await at(T0 + 3300);
  expect(logged).toHaveLength(3);
});

const DEFECT = () => {
  throw new TypeError('no such function');
};

const DEEP = () => `{"exceptions":[${'['.repeat(9000)}${']'.repeat(9000)}]}`;

it('goes on after an entry of any depth', async () => {
  const { at, logged } = feed(documentOf(entry('arn:a')), DEEP);
  expect(await at(T0)).toEqual(['arn:a']);
  expect(logged).toHaveLength(2);
});

it.each([UNREACHABLE, DEFECT, () => 'nonsense', () => undefined])(
  'detects without exceptions where nothing was ever read: %s',
  async (answer) => {
    const { at, logged } = feed(documentOf(entry('arn:a')), answer);
    expect(await at(T0)).toEqual(['arn:a']);
    expect(logged[0]).toMatch(/it excepts nothing$/);
  },
);

it('takes a parameter that was removed for one that excepts nothing', async () => {
  let answer: () => string | undefined = () => documentOf(entry('arn:a'));
  const { at } = feed(undefined, () => answer());
  await at(T0);
  answer = () => undefined;
  expect(await at(T0 + 300)).toEqual([]);
});

it('applies the valid entries, and reports the faulty one once', async () => {
  const { at, logged } = feed(documentOf({ arn: 'arn:a' }, entry('arn:b')), () =>
    documentOf(entry('arn:c'), entry('*')),
  );
  for (const second of [T0, T0 + 1, T0 + 400]) expect(await at(second)).toEqual(['arn:b', 'arn:c']);
  expect(logged).toEqual([
    'exceptions: deployed exception 1: reason is missing; owner is missing',
    expect.stringMatching(/^exceptions: parameter exception 2: arn is "\*"; it matches everything/),
    expect.stringMatching(/^exceptions in force: /),
  ]);
});

it('drops an entry when it expires, and reports that once', async () => {
  const { at, logged } = feed(documentOf(entry('arn:a', { expires: '2026-11-24T04:00:10Z' })));
  expect(await at(T0 + 9)).toEqual(['arn:a']);
  expect(await at(T0 + 10)).toEqual([]);
  expect(await at(T0 + 11)).toEqual([]);
  expect(logged.filter((line) => line.includes('expired'))).toEqual([
    expect.stringMatching(/^exceptions: deployed exception 1 \(known; me\) expired with 2026-11-24T04:00:10Z/),
  ]);
});
