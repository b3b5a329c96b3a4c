import fc from 'fast-check';
import { rangesUnder } from '../../bin/inputs/key-ranges';
import { distinctUris, isNarrow, isSelected, type KeyFilter } from '../../bin/inputs/model';
import { objectsIn } from '../../bin/inputs/s3';
import type { ListedObject } from '../../lambda/adapters/aws/s3';
import { UsageError } from '../../lambda/errors';
import { classifyKey } from '../../lambda/trail/object-key';
import { compareUtf8 } from '../../lambda/util/values';
import { holds } from '../support/properties';
import { T0 } from '../support/records';

const DAY = 86_400;

/** A bucket in memory, that lists as S3 does. */
function bucketOf(keys: readonly string[]) {
  const sorted = [...keys].sort(compareUtf8);
  const folders: string[] = [];
  const lists: string[] = [];
  return {
    folders,
    lists,
    async *listFolders(prefix: string) {
      folders.push(prefix);
      const under = sorted.filter((key) => key.startsWith(prefix) && key.indexOf('/', prefix.length) >= 0);
      yield* new Set(under.map((key) => key.slice(0, key.indexOf('/', prefix.length) + 1)));
    },
    async *listObjects(prefix: string, after: string | undefined): AsyncIterable<ListedObject> {
      lists.push(prefix);
      for (const key of sorted) {
        const isAfter = after === undefined || compareUtf8(key, after) > 0;
        if (key.startsWith(prefix) && isAfter) yield { key, bytes: 1, lastModified: T0, isArchived: false };
      }
    },
  };
}

async function list(keys: readonly string[], prefix: string, keyFilter: KeyFilter, after?: string) {
  const bucket = bucketOf(keys);
  const ranges = rangesUnder(prefix, keyFilter, bucket.listFolders);
  const listed: string[] = [];
  for await (const { key } of objectsIn(ranges, bucket.listObjects, after)) listed.push(key);
  return { keys: listed, ...bucket };
}

const aKey = fc
  .tuple(
    fc.constantFrom('', 'trail/', 'a/AWSLogs-old/', 'o-abcdefghij/', '10/'),
    fc.constantFrom('', 'o-abcdefghij/'),
    fc.constantFrom('111122223333', '444455556666'),
    fc.constantFrom('CloudTrail', 'CloudTrail', 'CloudTrail', 'CloudTrail-Digest', 'Config'),
    fc.constantFrom('us-east-1', 'us-east-2', 'eu-west-1', 'ap-southeast-10', 'ap-southeast-1'),
    fc.constantFrom('2026/11/22', '2026/11/23', '2026/11/24', '2026/11/25', '2025/01/31', '2026/12/01'),
    fc.constantFrom('a', 'b', '\u{1f600}', '\u001b', '\uffee'),
  )
  .map(
    ([above, organization, account, ...rest]) => `${above}AWSLogs/${organization}${account}/${rest.join('/')}.json.gz`,
  );

const someKeys = fc.uniqueArray(
  fc.oneof({ weight: 20, arbitrary: aKey }, { weight: 1, arbitrary: fc.constant('readme.json') }),
  { maxLength: 60 },
);

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const someFilter: fc.Arbitrary<KeyFilter> = fc.record({
  accounts: maybe(fc.subarray(['111122223333', '444455556666', '000000000000'], { minLength: 1 })),
  regions: maybe(fc.subarray(['us-east-1', 'ap-southeast-1', 'eu-west-1', 'xx-none-1'], { minLength: 1 })),
  since: maybe(fc.constantFrom(T0, T0 - DAY, T0 - 700 * DAY)),
  until: maybe(fc.constantFrom(T0 + 60, T0 + 3 * DAY, T0 - 300 * DAY)),
});

/** A prefix that some key has, cut anywhere. */
const aCase = fc
  .tuple(someKeys, someFilter, fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([keys, keyFilter, which, share]) => {
    const key = keys[which % Math.max(keys.length, 1)] ?? '';
    return { keys, keyFilter, prefix: key.slice(0, Math.round(share * key.length)) };
  });

it('lists every selected log file, once and in order, from any prefix', async () => {
  await holds(
    200,
    fc.asyncProperty(aCase, async ({ keys, keyFilter, prefix }) => {
      const { keys: listed } = await list(keys, prefix, keyFilter);
      const wanted = (key: string) => classifyKey(key).kind === 'log' && isSelected(key, keyFilter);
      expect(listed.filter(wanted)).toEqual(
        keys.filter((key) => key.startsWith(prefix) && wanted(key)).sort(compareUtf8),
      );
    }),
  );
});

it('lists no log file that its key rules out', async () => {
  await holds(
    200,
    fc.asyncProperty(aCase, async ({ keys, keyFilter, prefix }) => {
      fc.pre(isNarrow(keyFilter));
      const { keys: listed } = await list(keys, prefix, keyFilter);
      // One that is named by its full key may be of any layout.
      const isWanted = (key: string) => (classifyKey(key).kind === 'log' ? isSelected(key, keyFilter) : key === prefix);
      expect(listed.filter((key) => !isWanted(key))).toEqual([]);
    }),
  );
});

it('continues after any object without listing earlier ones', async () => {
  await holds(
    200,
    fc.asyncProperty(aCase, fc.nat(), async ({ keys, keyFilter, prefix }, which) => {
      const all = await list(keys, prefix, keyFilter);
      fc.pre(all.keys.length > 0);
      const at = which % all.keys.length;
      const rest = await list(keys, prefix, keyFilter, all.keys[at]);
      expect(rest.keys).toEqual(all.keys.slice(at + 1));
      expect(rest.lists.every((from) => all.keys[at]!.startsWith(from) || compareUtf8(from, all.keys[at]!) > 0)).toBe(
        true,
      );
    }),
  );
});

const KEYS = ['111122223333', '444455556666'].flatMap((account) =>
  ['eu-west-1', 'us-east-1'].flatMap((where) =>
    ['23', '24', '25'].map((of) => `AWSLogs/${account}/CloudTrail/${where}/2026/11/${of}/x.json.gz`),
  ),
);

const at = (account: string, where: string, of: string) => `AWSLogs/${account}/CloudTrail/${where}/2026/11/${of}/`;

it.each<[string, string, KeyFilter, string[], string[]]>([
  ['no filter: one listing', '', {}, [], ['']],
  [
    'account, region and days: one listing a day, none by folder',
    'AWSLogs/111122223333/',
    { regions: ['us-east-1'], since: T0, until: T0 + 60 },
    [],
    [at('111122223333', 'us-east-1', '24')],
  ],
  [
    'an hour before midnight: also the next day, for late files',
    'AWSLogs/111122223333/',
    { regions: ['us-east-1'], since: T0 + 19 * 3600, until: T0 + 19 * 3600 + 60 },
    [],
    [at('111122223333', 'us-east-1', '24'), at('111122223333', 'us-east-1', '25')],
  ],
  [
    'accounts: a listing by folder, for an organization',
    '',
    { accounts: ['444455556666'], since: T0, until: T0 + 60 },
    ['', 'AWSLogs/', 'AWSLogs/444455556666/CloudTrail/'],
    [at('444455556666', 'eu-west-1', '24'), at('444455556666', 'us-east-1', '24')],
  ],
  [
    'a prefix of a day: nothing outside of it',
    at('111122223333', 'us-east-1', '24'),
    { since: T0 - DAY },
    [],
    [at('111122223333', 'us-east-1', '24')],
  ],
  [
    '--until alone: one listing a region, with an end',
    'AWSLogs/111122223333/CloudTrail/us-east-1/',
    { until: T0 },
    [],
    ['AWSLogs/111122223333/CloudTrail/us-east-1/'],
  ],
  ['another account is not entered', 'AWSLogs/', { accounts: ['000000000000'] }, ['AWSLogs/'], []],
])('%s', async (_, prefix, keyFilter, folders, lists) => {
  const listed = await list(KEYS, prefix, keyFilter);
  expect({ folders: listed.folders, lists: listed.lists }).toEqual({ folders, lists });
});

it('does not search a data lake for a trail', async () => {
  const keys = Array.from({ length: 300 }, (_, index) => `table/part=${index}/x.parquet`);
  await expect(list(keys, '', { since: T0 })).rejects.toThrow(UsageError);
});

it('lists a URI once, however often it is named', () => {
  const uri = (bucket: string, prefix: string) => ({ bucket, prefix });
  const uris = [uri('b', 'x/y'), uri('a', 'p/'), uri('b', 'x'), uri('a', 'p/'), uri('b', 'w')];
  expect(distinctUris(uris)).toEqual([uri('a', 'p/'), uri('b', 'w'), uri('b', 'x')]);
});
