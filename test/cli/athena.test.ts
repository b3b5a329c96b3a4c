import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { corpusTrail } from '../../bench/corpus/corpus-trail';
import { toFolder, writeTrail } from '../../bin/commands/write-trail';
import { demoTrail } from '../../bin/synthetic-trail/demo';
import { generateTrail } from '../../bin/synthetic-trail/trail';
import type { ExceptionEntry } from '../../lambda/detection/exceptions';
import { jsonLines, REAL_TRAILS, runCli } from '../support/cli';
import { document, iamUser, REGIONS, record, roleSession, sweep, T0 } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

let duckdb: DuckDBConnection;

beforeAll(async () => {
  duckdb = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  const specs = {
    // About as many of the rule's calls as in the demo, and few others.
    demo: { ...demoTrail(), recordsPerMinute: 4, describeInstancesShare: 0.2 },
    // As the corpora of the benchmarks, with a sweep a minute.
    corpus: corpusTrail(1, T0, 0.1, 60),
  };
  for (const [name, spec] of Object.entries(specs)) {
    await writeTrail(generateTrail(spec, 'athena'), toFolder(temp.path(name)), new AbortController().signal);
  }
}, 60_000);

afterAll(() => duckdb.closeSync());

interface Match {
  readonly start: string;
  readonly end: string;
  readonly actor: string;
  readonly regions: readonly string[];
  readonly calls: number;
}

interface AlertJson extends Pick<Match, 'actor'> {
  readonly window: { readonly start: string; readonly end: string };
  readonly regions: readonly { readonly name: string }[];
  readonly call_count: number;
}

const byTime = (a: Match, b: Match) => (a.start + a.actor < b.start + b.actor ? -1 : 1);

async function replayed(folder: string, options: readonly string[]): Promise<Match[]> {
  const { stdout } = await runCli(['replay', folder, ...options]);
  const matches = jsonLines<{ regionsweep: AlertJson }>(stdout).map(({ regionsweep }): Match => {
    const { window, actor, regions, call_count: calls } = regionsweep;
    return { ...window, actor, regions: regions.map(({ name }) => name).sort(), calls };
  });
  return matches.sort(byTime);
}

async function queried(folder: string, options: readonly string[]): Promise<Match[]> {
  const { code, stdout, stderr } = await runCli(['athena', folder, '--dialect', 'duckdb', ...options]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const rows = (await duckdb.runAndReadAll(stdout)).getRowObjectsJson();
  const matches = rows.map(({ window_start, window_end, actor, region_count, call_count, regions }) => {
    expect(Number(region_count)).toBe((regions as string[]).length);
    return { start: window_start, end: window_end, actor, regions, calls: Number(call_count) } as Match;
  });
  return matches.sort(byTime);
}

const WAYS: string[][] = [
  [],
  ['--windowing', 'sliding'],
  ['--group-by', 'issuer'],
  ['--windowing', 'sliding', '--group-by', 'issuer', '--min-regions', '5', '--window', '60'],
  ['--min-regions', '3', '--min-calls', '4'],
  ['--windowing', 'sliding', '--min-regions', '2', '--min-calls', '6', '--window', '10'],
];

describe('finds what replay finds', () => {
  it.each(WAYS.map((way) => ({ way })))('in a generated trail: $way', async ({ way }) => {
    const matches = await queried(temp.path('demo'), way);
    expect(matches).toEqual(await replayed(temp.path('demo'), way));
    expect(matches.length).toBeGreaterThan(0);
  });

  it.each<[number, string[]]>([
    [5, []],
    [6, ['--windowing', 'sliding']],
    [5, ['--group-by', 'issuer']],
    [3, ['--windowing', 'sliding', '--group-by', 'issuer', '--min-calls', '20']],
    [2, ['--exceptions', 'known.json']],
    [3, ['--windowing', 'sliding', '--exceptions', 'known.json']],
  ])('%i sweeps of a corpus of the benchmarks, with %j', async (count, way) => {
    const entries = [{ arn: '*:user/sweeper-*' }, { issuer: '*/AWSReservedSSO_*' }];
    const exceptions = entries.map((entry) => ({ ...entry, reason: 'known', owner: 'us' }));
    const options = way.map((word) =>
      word === 'known.json' ? temp.write(word, JSON.stringify({ exceptions })) : word,
    );
    const matches = await queried(temp.path('corpus'), options);
    expect(matches).toEqual(await replayed(temp.path('corpus'), options));
    expect(matches).toHaveLength(count);
  });

  it('in any trail around its thresholds', async () => {
    const call = fc.record({
      actor: fc.constantFrom(iamUser('mallory'), iamUser('erin'), roleSession('audit', 'a'), roleSession('audit', 'b')),
      region: fc.constantFrom(...REGIONS.slice(0, 4)),
      after: fc.integer({ min: 0, max: 140 }),
      files: fc.subarray([0, 1], { minLength: 1 }),
    });
    let trails = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 40 }), fc.nat(WAYS.length), async (calls, choice) => {
        const folder = `random/${trails++}`;
        for (const file of [0, 1]) {
          const records = calls.flatMap(({ actor, region, after, files }, index) =>
            files.includes(file) ? [record({ identity: actor, region, at: T0 + after, id: `call-${index}` })] : [],
          );
          temp.write(`${folder}/${file}.json`, document(records));
        }
        const way = [...(WAYS[choice] ?? []), '--min-regions', '3', '--window', '15'];
        expect(await queried(temp.path(folder), way)).toEqual(await replayed(temp.path(folder), way));
      }),
      { numRuns: 25 },
    );
  });

  const isThere = existsSync(REAL_TRAILS);
  if (!isThere) process.stderr.write('skipped: the real trails are not in ../shared/trails\n');
  (isThere ? it : it.skip).each(['console', 'invictus'])('in the real trail %s', async (name) => {
    const trail = join(REAL_TRAILS, name);
    for (const way of [[], ['--windowing', 'sliding', '--min-regions', '1', '--group-by', 'issuer']]) {
      const expected = await replayed(trail, way);
      expect(await queried(trail, way)).toEqual(expected);
      if (way.includes('1')) expect(expected.length).toBeGreaterThan(0);
    }
  });

  it('but takes a steady scan for one burst', async () => {
    temp.write(
      'steady/a.json',
      document([...Array(400).keys()].map((index) => record({ at: T0 + index, region: REGIONS[index % 20]! }))),
    );
    const [burst, ...more] = await queried(temp.path('steady'), ['--windowing', 'sliding']);
    expect([burst!.calls, more]).toEqual([400, []]);
    expect((await replayed(temp.path('steady'), ['--windowing', 'sliding'])).length).toBeGreaterThan(1);
  });

  it('within times', async () => {
    for (const bounds of [
      ['--since', '2026-11-24T04:24:05Z'],
      ['--until', '2026-11-24T04:24:10Z'],
      ['--until', '2026-11-24T04:24:30Z'],
    ]) {
      const way = ['--min-regions', '8', ...bounds];
      expect(await queried(temp.path('demo'), way)).toEqual(await replayed(temp.path('demo'), way));
    }
  });
});

describe('exceptions', () => {
  const hostile = "o'brien\\%_\u001b[2J\u202e --";
  const callers = [
    { identity: { ...iamUser('mallory'), accessKeyId: 'AKIA2222333344445555' }, sourceIPAddress: '198.51.100.7' },
    { identity: iamUser(hostile), sourceIPAddress: '::ffff:198.51.100.9' },
    { identity: roleSession('audit', 'nightly'), sourceIPAddress: 'ec2.amazonaws.com', userAgent: 'ec2.amazonaws.com' },
    { identity: roleSession('admin', 'me'), sourceIPAddress: '10.1.2.3', vpcEndpointId: 'vpce-0123456789abcdef0' },
    {
      identity: { ...iamUser('web'), accountId: '' },
      recipientAccountId: '444455556666',
      sourceIPAddress: '203.0.113.9',
      userAgent: 'AWS Internal',
      sessionCredentialFromConsole: 'true',
    },
    {
      identity: iamUser('shell'),
      sourceIPAddress: '203.0.113.10',
      userAgent: 'aws-cli/2 exec-env/CloudShell',
      sessionCredentialFromConsole: 'true',
      tlsDetails: { tlsVersion: 'TLSv1.3' },
    },
  ];
  const trail = 'exceptions/trail';

  beforeAll(() => {
    for (const [index, { identity, ...fields }] of callers.entries()) {
      temp.write(`${trail}/${index}.json`, document(sweep({ regions: 10, identity, fields })));
    }
  });

  it.each<[number, ExceptionEntry[]]>(
    (
      [
        [5, [{ arn: 'arn:aws:iam::*:user/mallory' }]],
        [5, [{ arn: `*${hostile}` }]],
        [6, [{ arn: '*mallor' }]],
        [5, [{ arn: 'arn:aws:iam::111122223333:user/m?ll?ry' }]],
        [5, [{ issuer: '*role/audit' }]],
        [1, [{ account: '111122223333' }]],
        [5, [{ account: '444455556666' }]],
        [4, [{ source: '198.51.100.0/24' }]],
        [5, [{ source: '198.51.100.7' }]],
        [5, [{ source: 'ec2.amazonaws.com' }]],
        [5, [{ source: '10.0.0.0/8', vpcEndpoint: 'vpce-0123456789abcdef0' }]],
        [6, [{ source: '10.0.0.0/8', vpcEndpoint: 'vpce-0123456789abcdef1' }]],
        [5, [{ source: '203.0.113.8/31' }]],
        [4, [{ source: '203.0.113.8/29' }]],
        [3, [{ userAgent: 'aws-cli/2.15.0*' }]],
        [5, [{ accessKeyId: 'AKIA2222333344445555' }]],
        [4, [{ consoleCredential: true }]],
        [2, [{ consoleCredential: false }]],
        [5, [{ consolePage: true }]],
        [1, [{ consolePage: false }]],
        [5, [{ vpcEndpoint: 'vpce-0123456789abcdef0' }]],
        [6, [{ arn: '*mallory', account: '444455556666' }]],
        [4, [{ arn: '*mallory' }, { issuer: '*/admin' }]],
        [6, [{ arn: '*mallory', expires: '2020-01-01' }]],
      ] as [number, Partial<ExceptionEntry>[]][]
    ).map(([left, entries]) => [left, entries.map((entry) => ({ ...entry, reason: 'known', owner: 'us' }))]),
  )('leave %i of six with %j', async (left, exceptions) => {
    const file = temp.write('exceptions.json', JSON.stringify({ exceptions }));
    const expected = await replayed(temp.path(trail), ['--exceptions', file]);
    const { stdout } = await runCli(['athena', temp.path(trail), '--dialect', 'duckdb', '--exceptions', file]);
    for (const character of ['\u001b', '\u202e']) expect(stdout).not.toContain(character);
    const rows = (await duckdb.runAndReadAll(stdout)).getRowObjectsJson();
    expect(rows.map(({ actor }) => actor).sort()).toEqual(expected.map(({ actor }) => actor).sort());
    expect(rows).toHaveLength(left);
  });

  it('of IPv6 are supported by Athena only', async () => {
    const entry = { source: '2001:db8::/32', reason: 'known', owner: 'us' };
    const file = temp.write('ipv6.json', JSON.stringify({ exceptions: [entry] }));
    const athena = await runCli(['athena', 's3://my-trail', '--account', '111122223333', '--exceptions', file]);
    expect(athena.stdout).toContain(
      "AND NOT coalesce(contains('2001:db8::/32', TRY_CAST(sourceipaddress AS IPADDRESS)) AND vpcendpointid IS NULL, FALSE)",
    );
    const local = await runCli(['athena', '.', '--dialect', 'duckdb', '--exceptions', file]);
    expect({ code: local.code, stderr: local.stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('exception 1: IPv6'),
    });
  });
});

describe('for Athena', () => {
  const athena = (...args: string[]) => runCli(['athena', ...args], { time: T0 });

  it('is a table with its partitions worked out, and the query', async () => {
    const { code, stdout } = await athena(
      's3://my-trail/audit/AWSLogs/o-a1b2c3d4e5/',
      '--account',
      '111122223333,444455556666',
      '--region',
      'eu-west-1',
    );
    expect(code).toBe(0);
    expect(stdout).toMatchSnapshot();
  });

  it.each([
    [['s3://my-trail'], '--account'],
    [['./trail', '--account', '111122223333'], 'expected s3://BUCKET/PREFIX'],
    [["s3://my-trail/it's", '--account', '111122223333'], 'of plain characters'],
    [['s3://my-trail/AWSLogs/111122223333', '--account', '111122223333'], 'of plain characters'],
    [['s3://my-trail', '--account', '111122223333', '--table', 'a;b'], 'Expected a name'],
    [['s3://my-trail', '--dialect', 'duckdb'], 'reads local files'],
    [['.', '--dialect', 'duckdb', '--part', 'table'], 'are for --dialect athena'],
    [['.', '--dialect', 'duckdb', '--since', '2026-11-25', '--until', '2026-11-24'], '--since must be before --until'],
    [['s3://my-trail', '--account', '111122223333', '--until', '100d'], '--since must be before --until'],
  ])('%j is refused', async (args, message) => {
    const { code, stdout, stderr } = await athena(...args);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
  });

  it('has one statement a part', async () => {
    const parts = ['table', 'query'].map((part) =>
      athena('s3://my-trail', '--account', '111122223333', '--part', part),
    );
    const [table, query] = await Promise.all(parts);
    expect([table!.stdout, query!.stdout].map((text) => text.match(/;\n/g)!.length)).toEqual([1, 1]);
    expect(query!.stdout).toMatch(/^WITH calls AS/);
  });

  it('reads partitions of the table alone: of any day, and what the query names', async () => {
    const who = ['s3://my-trail', '--account', '111122223333'];
    const { stdout: table } = await athena(...who, '--part', 'table');
    expect(table).toContain("'projection.log_day.range' = '2013/11/01,NOW'");
    const { stdout: query } = await athena(
      ...who,
      '--part',
      'query',
      '--region',
      'eu-west-1,us-east-1',
      '--since',
      '365d',
    );
    expect(query).toContain("AND log_account IN ('111122223333')\n    AND log_region IN ('eu-west-1', 'us-east-1')");
    expect(query).toContain("AND log_day >= '2025/11/2");
  });
});

it('reads a glob of files', async () => {
  const files = join(temp.path('demo'), 'AWSLogs/**/*.json.gz');
  expect(readdirSync(temp.path('demo'))).toEqual(['AWSLogs']);
  expect(await queried(files, [])).toEqual(await replayed(temp.path('demo'), []));
});
