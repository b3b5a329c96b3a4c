import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { type CliRun, jsonLines, runCli, runProcess } from '../support/cli';
import { type Member, tarGzOf, tarOf, utf16Of, zipOf, zstdOf } from '../support/containers';
import { ENVELOPES, TABLES } from '../support/envelopes';
import { holds } from '../support/properties';
import { document, MALLORY, REGIONS, record, roleSession, sweep, T0 } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

/** Every way in which people hold records is read, or refused loudly. */

const temp = useTempFolder();

/** One sweep of twelve regions in twelve seconds. */
const records = sweep({ regions: 12 });

const text = document(records);

const bytes = Buffer.from(text);

const TRAIL = 'AWSLogs/111122223333/CloudTrail';

/** As CloudTrail delivers them: a file for each region. */
const delivered: readonly Member[] = records.map((one, index) => [
  `${TRAIL}/${REGIONS[index]}/2026/11/24/111122223333_CloudTrail_${REGIONS[index]}_20261124T0405Z_${index}.json.gz`,
  gzipSync(document([one])),
]);

const foreign: readonly Member[] = [
  ['AWSLogs/111122223333/Config/us-east-1/2026/11/24/ConfigHistory/x.json.gz', gzipSync('{"a":1}')],
  ['AWSLogs/111122223333/elasticloadbalancing/us-east-1/x.json', Buffer.from('{}')],
  ['AWSLogs/111122223333/GuardDuty/us-east-1/f.jsonl.gz', gzipSync('{}')],
];

const metadata: readonly Member[] = [
  [`${TRAIL}/us-east-1/2026/11/24/._x.json.gz`, Buffer.from('\0\x05\x16\x07')],
  ['__MACOSX/AWSLogs/._y.json', Buffer.from('\0')],
];

function folderOf(name: string, members: readonly Member[]): string {
  for (const [path, content] of members) temp.write(`${name}/${path}`, content);
  return temp.path(name);
}

interface Expected {
  readonly code?: number;
  readonly stderr?: RegExp;
}

type Form = [name: string, make: () => string, expected?: Expected];

const enveloped = Object.entries(ENVELOPES).map(
  ([name, envelope]): Form => [name, () => temp.write(`${name.replaceAll(/\W/g, '-')}.json`, envelope(records))],
);

const table = TABLES['Athena, structs']!(records);

const tables = Object.entries(TABLES).map(
  ([name, envelope]): Form => [
    `CSV of ${name}`,
    () => temp.write(`${name.replaceAll(/\W/g, '-')}.csv`, envelope(records)),
  ],
);

const named = Object.entries({
  plain: [
    ...['events.jsonl', 'events.ndjson', 'events.log', 'events', 'events.txt', 'events.json (1)'],
    'CloudTrail-Insight/a.log',
  ],
  gzip: ['a.json (1).gz', 'a.gz', 'a', 'a.jsonl.gz', 'a.log.gz', 'a.bin'],
}).flatMap(([kind, names]) =>
  names.map(
    (name): Form => [
      `${kind}, ${name}`,
      () => temp.write(`${kind}/${name}`, kind === 'gzip' ? gzipSync(bytes) : bytes),
    ],
  ),
);

const paths: readonly Form[] = [
  ['gzip within gzip', () => temp.write('twice.json.gz', gzipSync(gzipSync(bytes)))],
  ['UTF-16', () => temp.write('le.json', utf16Of(text))],
  ['UTF-16, big-endian', () => temp.write('be.json', utf16Of(text, true))],
  ['UTF-16 without a mark, in gzip', () => temp.write('le.json.gz', gzipSync(utf16Of(text).subarray(2)))],
  [
    'a folder of lines',
    () =>
      folderOf(
        'lines',
        ['x.jsonl', 'y.ndjson.gz'].map((name, half): Member => {
          const lines = ENVELOPES['one record a line']!(records.slice(6 * half, 6 * half + 6));
          return [name, name.endsWith('gz') ? gzipSync(lines) : Buffer.from(lines)];
        }),
      ),
  ],
  [
    'a pattern that names an extension',
    () =>
      `${folderOf('pattern', [
        ['x.log', bytes],
        ['README.md', bytes],
      ])}/*.log`,
  ],
  ['tar', () => temp.write('trail.tar', tarOf(delivered))],
  ['tar.gz', () => temp.write('trail.tar.gz', tarGzOf(delivered))],
  ['zip', () => temp.write('trail.zip', zipOf(delivered))],
  ['zstd', () => temp.write('trail.json.zst', zstdOf(bytes))],
  ['tar in zstd', () => temp.write('trail.tar.zst', zstdOf(tarOf(delivered)))],
  ['CSV in UTF-16', () => temp.write('wide.csv', utf16Of(table))],
  ['CSV in gzip', () => temp.write('athena.csv.gz', gzipSync(table))],
  ['CSV in zip in tar', () => temp.write('tables.tar', tarOf([['a.zip', zipOf([['x.csv', Buffer.from(table)]])]]))],
  [
    'CSV with a row that is no record',
    () => temp.write('more.csv', `${table}"",""\n`),
    { stderr: /^skipped: .*more\.csv: record 12 at byte \d+: an empty object where a record should be$/m },
  ],
  [
    'CSV that ends within a cell',
    () => temp.write('cut.csv', `${table}"1","cut`),
    { code: 1, stderr: /^failed: .*cut\.csv: the table ends after row 12: Quote Not Closed/m },
  ],
  ['zip with nothing but a log', () => temp.write('log.zip', zipOf([['export/events.log', bytes]]))],
  [
    'tar with what is not CloudTrail',
    () => temp.write('more.tgz', tarGzOf([...foreign, ...delivered, ...metadata])),
    {
      stderr: /^skipped: 3 files \(another service\), 2 files \(macOS metadata\)$/m,
    },
  ],
  [
    'a folder with another service',
    () => folderOf('config', [...foreign, ...delivered]),
    {
      stderr: /^skipped: 3 files \(another service\)$/m,
    },
  ],
  [
    'a folder with macOS metadata',
    () => folderOf('mac', [...metadata, ...delivered]),
    {
      stderr: /^skipped: 2 files \(macOS metadata\)$/m,
    },
  ],
  [
    'text behind a gzip member',
    () => temp.write('more.json.gz', Buffer.concat([gzipSync(bytes), Buffer.from('appended')])),
    {
      code: 1,
      stderr: /^failed: .*more\.json\.gz continues after its last gzip member with text/m,
    },
  ],
  [
    'a line feed behind a gzip member',
    () => temp.write('feed.json.gz', Buffer.concat([gzipSync(bytes), Buffer.from('\n')])),
    {
      code: 1,
      stderr: /^failed: .*feed\.json\.gz continues after its last gzip member with text/m,
    },
  ],
  [
    'tar that is cut',
    () => temp.write('cut.tar', tarOf([...delivered, ['z.json', Buffer.alloc(9_000)]]).subarray(0, -6_000)),
    {
      code: 1,
      stderr: /^failed: .*cut\.tar: cannot be unpacked to its end: /m,
    },
  ],
  [
    'tar that is cut in a file that is no log',
    () => temp.write('picture.tar', tarOf([...delivered, ['z.png', Buffer.alloc(9_000)]]).subarray(0, -6_000)),
    {
      code: 1,
      stderr: /^failed: .*picture\.tar: cannot be unpacked to its end: /m,
    },
  ],
  [
    'tar that is cut between files',
    () => temp.write('open.tar', tarOf(delivered).subarray(0, -1024)),
    {
      code: 1,
      stderr: /^failed: .*open\.tar: cannot be unpacked to its end: the end of the tar is missing$/m,
    },
  ],
];

const reads =
  (replay: (args: readonly string[]) => Promise<CliRun>) =>
  async (_: string, make: () => string, { code = 0, stderr = /^1 alert$/m }: Expected = {}) => {
    const run = await replay(['replay', make()]);
    expect(run.stderr).toMatch(stderr);
    expect(jsonLines(run.stdout).map((alert) => (alert as { regionsweep: object }).regionsweep)).toEqual([
      expect.objectContaining({
        actor: MALLORY,
        region_count: 12,
        call_count: 12,
        call_count_is_lower_bound: code === 1 && /gzip/.test(stderr.source),
      }),
    ]);
    expect(run.code).toBe(code);
  };

it.each<Form>([...enveloped, ...tables, ...named, ...paths])('reads %s', reads(runCli));

/** What the built command line loads only when it meets them. */
const LOADED_LATE = ['a folder of lines', 'tar.gz', 'zip', 'tar in zstd', 'CSV in gzip'];

it.each(paths.filter(([name]) => LOADED_LATE.includes(name)))('reads as a process: %s', reads(runProcess));

it.each([
  ['gzip', gzipSync(bytes)],
  ['tar.gz', tarGzOf(delivered)],
  ['UTF-16', utf16Of(text)],
  ['CSV', table],
])('reads standard input: %s', async (_, stdin) => {
  const { code, stdout } = await runCli(['replay', '-'], { stdin });
  expect([code, jsonLines(stdout).length]).toEqual([0, 1]);
});

it.each(['pipe', 'pipe.json'])('reads a pipe, also for evidence: %s', async (name) => {
  const pipe = temp.path(name);
  execFileSync('mkfifo', [pipe]);
  const writing = writeFile(pipe, gzipSync(bytes));
  const { code, stdout } = await runCli(['replay', pipe]);
  await writing;
  expect([code, JSON.parse(stdout).regionsweep]).toEqual([
    0,
    expect.objectContaining({ region_count: 12, call_count_is_lower_bound: false, notes: [] }),
  ]);
});

it.each<[string, () => string, RegExp]>([
  [
    'an encrypted zip',
    () => {
      const zip = zipOf([['x.json', bytes]]);
      for (const [at, place] of [
        [zip.indexOf('PK\x03\x04'), 6],
        [zip.indexOf('PK\x01\x02'), 8],
      ] as const)
        zip[at + place]! |= 1;
      return temp.write('secret.zip', zip);
    },
    /secret\.zip: cannot be unpacked to its end: x\.json is encrypted/,
  ],
  ['a zip that is cut', () => temp.write('cut.zip', zipOf(delivered).subarray(0, 500)), /cut\.zip: cannot be unpacked/],
  [
    'zstd that is cut',
    () => temp.write('cut.zst', zstdOf(bytes).subarray(0, 500)),
    /cut\.zst: cannot be unpacked to its end/,
  ],
  [
    'an archive of other things',
    () => temp.write('doc.zip', zipOf([['a.pdf', Buffer.from('%PDF')]])),
    /doc\.zip\/a\.pdf: byte 0: expected/,
  ],
  ['Parquet', () => temp.write('x.parquet', 'PAR1...'), /x\.parquet: Parquet is not read; convert it: duckdb/],
  [
    "the console's list",
    () => temp.write('history.csv', '"User name","Event time","Event name"\n"mallory","x","DescribeInstances"\n'),
    /history\.csv: the console's list of events as CSV leaves out whose calls they are/,
  ],
  [
    'notices of S3',
    () =>
      temp.write(
        'notices.json',
        '{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put"}]}',
      ),
    /notices\.json: byte 12: not CloudTrail: .* found an event of "aws:s3"/,
  ],
  ['a text', () => temp.write('notes.txt', 'hello'), /notes\.txt: byte 0: expected an object or an array, found 'h'/],
])('refuses %s by name', async (_, make, message) => {
  const { code, stdout, stderr } = await runCli(['replay', make()]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(new RegExp(`^failed: .*${message.source}`, 'm'));
});

it('reads a file that an archive has twice, and names that would leave its folder', async () => {
  const half = (from: number): Member => ['../../x.json', Buffer.from(document(records.slice(from, from + 6)))];
  const { code, stdout, stderr } = await runCli(['replay', temp.write('twice.tar', tarOf([half(0), half(6)]))]);
  expect([code, jsonLines(stdout).length]).toEqual([0, 1]);
  expect(stderr).toMatch(/^read 2 objects/m);
});

it('names what it skips in a folder, and how to read it', async () => {
  const { code, stderr } = await runCli(['replay', folderOf('logs', [['a.log', bytes]])]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^not \.json, \.jsonl or \.ndjson, as .*logs\/a\.log; a file that is named, .* is read$/m);
});

it.each([
  ['a time', { eventTime: 'yesterday' }],
  ['an identity', { userIdentity: undefined }],
  ['an identity that has a name', { userIdentity: { type: 'IAMUser', accountId: '111122223333' } }],
  ['an identity of the right type', { userIdentity: 'mallory' }],
])('fails where every call lacks %s, even beside those of services', async (_, fields) => {
  const service = record({ identity: { type: 'AWSService', invokedBy: 'autoscaling.amazonaws.com' } });
  const none = records.map((one) => ({ ...one, ...fields }));
  const { code, stderr } = await runCli(['replay', temp.write('none.json', document([service, ...none]))]);
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('failed: none of the 12 DescribeInstances could be placed'),
  ]);
  expect(await runCli(['replay', temp.write('service.json', document([service]))])).toMatchObject({ code: 0 });
});

/** What a container makes of a text: a file name, and its bytes. */
const CONTAINERS: Readonly<Record<string, (text: string) => readonly [extension: string, bytes: Uint8Array]>> = {
  plain: (one) => ['', Buffer.from(one)],
  gzip: (one) => ['.gz', gzipSync(one)],
  'gzip members': (one) => ['.gz', Buffer.concat([gzipSync(one.slice(0, 700)), gzipSync(one.slice(700))])],
  'gzip within gzip': (one) => ['.gz', gzipSync(gzipSync(one))],
  'UTF-16': (one) => ['', utf16Of(one)],
  tar: (one) => [
    '.tar',
    tarOf([
      ['a/b.json', Buffer.from(one)],
      ['README', Buffer.from('x')],
    ]),
  ],
  'tar.gz': (one) => ['.tgz', tarGzOf([['b.jsonl.gz', gzipSync(one)]])],
  zip: (one) => [
    '.zip',
    zipOf([
      ['c/d.ndjson', Buffer.from(one)],
      ['__MACOSX/._d.json', Buffer.from('x')],
    ]),
  ],
  zstd: (one) => ['.zst', zstdOf(Buffer.from(one))],
};

it('finds the same alerts in any envelope, under any name, in any container', async () => {
  const sweepOf = fc
    .record({
      regions: fc.integer({ min: 8, max: 14 }),
      at: fc.integer({ min: T0, max: T0 + 80 }),
      who: fc.constantFrom('a', 'b'),
    })
    .map(({ who, ...rest }) => sweep({ ...rest, identity: roleSession('deploy', who) }));
  const trail = fc
    .tuple(
      fc.array(sweepOf, { minLength: 1, maxLength: 3 }),
      fc.array(fc.constantFrom('DescribeVpcs', 'RunInstances'), { maxLength: 4 }),
    )
    .map(([sweeps, others]) => [...sweeps.flat(), ...others.map((eventName) => record({ fields: { eventName } }))]);
  const name = fc.constantFrom('trail.json', 'trail.log', 'trail', 'trail (1)', 'x y.ndjson', 'CloudTrail');
  let count = 0;
  const alertsOf = async (path: string) => {
    const { code, stdout } = await runCli(['replay', path]);
    const alerts = jsonLines(stdout).map((alert) => {
      const { alert_id, region_count, call_count, call_count_is_lower_bound } = (
        alert as { regionsweep: Record<string, unknown> }
      ).regionsweep;
      return { alert_id, region_count, call_count, call_count_is_lower_bound };
    });
    return { code, alerts };
  };
  await holds(
    60,
    fc.asyncProperty(
      trail,
      fc.constantFrom(...Object.keys(ENVELOPES)),
      name,
      fc.constantFrom(...Object.keys(CONTAINERS)),
      async (calls, envelope, called, container) => {
        count += 1;
        const [extension, stored] = CONTAINERS[container]!(ENVELOPES[envelope]!(calls));
        const plain = await alertsOf(temp.write(`p${count}/plain.json`, document(calls)));
        expect(await alertsOf(temp.write(`p${count}/${called}${extension}`, stored))).toEqual(plain);
      },
    ),
  );
});
