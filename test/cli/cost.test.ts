import { runCli } from '../support/cli';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

interface CostJson {
  readonly objects_per_month: number;
  readonly usd_per_month: number;
  readonly workload: Record<string, unknown>;
  readonly by_object: {
    readonly usd_per_million_objects: number;
    readonly lines: readonly { price: string; usd: number }[];
  };
  readonly side_by_side: Record<string, { readonly usd_per_month: number }>;
}

async function costJson(...options: string[]): Promise<CostJson> {
  const { code, stdout, stderr } = await runCli(['cost', '--format', 'json', ...options]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as CostJson;
}

it('says what a workload costs, a million objects and a month, beside the other ways', async () => {
  const { code, stdout, stderr } = await runCli('cost --accounts 100 --regions 17 --objects-per-hour 12'.split(' '));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatchSnapshot();
});

it('every option reaches the sum', async () => {
  const options = [
    ...['--accounts', '3', '--regions', '2', '--objects-per-hour', '1.5', '--sighting-share', '0.5'],
    ...['--actors', '7', '--windows', '2', '--buckets', '1.5', '--object-bytes', '9000', '--raw-bytes', '90000'],
    ...['--alerts-per-day', '0', '--emails', '0', '--source', 'sns', '--kms', '--memory', '512'],
    ...['--arch', 'x86_64', '--batch', '10', '--cpu-micros', '300'],
  ];
  const { workload, objects_per_month, by_object } = await costJson(...options);
  expect(workload).toEqual({
    ...{
      accounts: 3,
      regions: 2,
      objectsPerHour: 1.5,
      sightingShare: 0.5,
      actors: 7,
      windows: 2,
      buckets: 1.5,
    },
    ...{ objectBytes: 9000, rawBytes: 90_000, alertsPerDay: 0, emails: 0, source: 'sns', kms: true },
    ...{ memoryMiB: 512, architecture: 'x86_64', batch: 10, cpuMicros: 300 },
  });
  expect(objects_per_month).toBe(3 * 2 * 1.5 * 730);
  const names = by_object.lines.map(({ price }) => price);
  for (const name of ['snsPublish', 'kmsRequests', 'lambdaX86']) expect(names).toContain(name);
});

it('a share of records stands for one of objects', async () => {
  const { workload } = await costJson('--record-share', '0.01', '--raw-bytes', '12400');
  expect(workload.sightingShare).toBeCloseTo(1 - 0.99 ** 10, 12);
});

it('prices of one’s own are put in place of the list’s', async () => {
  const file = temp.write('prices.json', '{"s3Get": 40, "athena": 0}');
  const [list, own] = [await costJson(), await costJson('--prices', file)];
  const change = own.by_object.usd_per_million_objects - list.by_object.usd_per_million_objects;
  expect(change).toBeCloseTo(39.6, 9);
  expect(own.by_object.lines.find(({ price }) => price === 's3Get')?.usd).toBe(40);
});

describe('bad usage ends with 2 and says what is wrong', () => {
  it.each([
    ["argument '0' is invalid. It must be a whole number from 1 to 1000000", ['--accounts', '0']],
    ["argument '1.5' is invalid. It must be a whole number from 1 to 100", ['--regions', '1.5']],
    ["argument '0' is invalid. It must be a plain number from 0.01 to 100000", ['--objects-per-hour', '0']],
    ["argument '1e3' is invalid. It must be a plain number", ['--actors', '1e3']],
    ["argument '2' is invalid. It must be a share", ['--sighting-share', '2']],
    ["argument '128' is invalid. It must be a whole number from 256 to 10240", ['--memory', '128']],
    ["argument 'sqs' is invalid. Allowed choices are s3, eventbridge, sns", ['--source', 'sqs']],
    ["argument 'arm' is invalid. Allowed choices are arm64, x86_64", ['--arch', 'arm']],
    ["argument 'csv' is invalid. Allowed choices are table, json", ['--format', 'csv']],
    ['say the same; give one of them', ['--sighting-share', '0.1', '--record-share', '0.1']],
    ['--prices no-such-file: cannot be read: ENOENT', ['--prices', 'no-such-file']],
    ["unknown option '--frobnicate'", ['--frobnicate']],
  ])('%s', async (message, options) => {
    const { code, stdout, stderr } = await runCli(['cost', ...options]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('every fault of a prices file is named', async () => {
    const file = temp.write('faulty.json', '{"s3Get": "0.4", "sqs": -1, "athenna": 5, "\\u001b[2Jx": 1, "logs": 0.5}');
    const { code, stdout, stderr } = await runCli(['cost', '--prices', file]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(
      's3Get is "0.4"; it must be a number from 0 to 1000000: US dollars for a million S3 GET requests',
    );
    expect(stderr).toContain('sqs is -1; it must be');
    expect(stderr).toContain('athenna is no price; known are s3Get,');
    expect(stderr).not.toContain('\u001b');
    expect(stderr).not.toContain('logs is');
  });

  it.each(['[]', '5', 'null'])('a prices file with %s', async (content) => {
    const { code, stderr } = await runCli(['cost', '--prices', temp.write('odd.json', content)]);
    expect(code).toBe(2);
    expect(stderr).toContain('it must be a JSON object of prices');
  });
});
