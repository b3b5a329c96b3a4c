import { runCli } from '../support/cli';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

interface CostJson {
  readonly objects_per_month: number;
  readonly workload: Record<string, unknown>;
  readonly by_object: {
    readonly usd_per_million_objects: number;
    readonly lines: readonly { readonly price: string; readonly usd: number }[];
  };
}

async function costJson(...options: string[]): Promise<CostJson> {
  const { code, stdout, stderr } = await runCli(['cost', '--format', 'json', ...options]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as CostJson;
}

it('shows the cost of a workload, per million log files and per month', async () => {
  const { code, stdout, stderr } = await runCli('cost --accounts 100 --regions 17 --objects-per-hour 12'.split(' '));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatchSnapshot();
});

it('takes every option into account', async () => {
  const options = [
    ...['--accounts', '3', '--regions', '2', '--objects-per-hour', '1.5', '--matched-share', '0.5'],
    ...['--actors', '7', '--raw-bytes', '90000', '--alerts-per-day', '0', '--emails', '0'],
    ...['--source', 'sns', '--kms', '--memory', '512', '--arch', 'x86_64'],
  ];
  const { workload, objects_per_month, by_object } = await costJson(...options);
  expect(workload).toEqual({
    ...{ accounts: 3, regions: 2, objectsPerHour: 1.5, matchedShare: 0.5, actors: 7, buckets: 1.16 },
    ...{ rawBytes: 90_000, alertsPerDay: 0, emails: 0, source: 'sns', kms: true },
    ...{ memoryMiB: 512, architecture: 'x86_64', cpuMicros: 100 },
  });
  expect(objects_per_month).toBe(3 * 2 * 1.5 * 730);
  const names = by_object.lines.map(({ price }) => price);
  expect(names).toEqual(expect.arrayContaining(['snsPublish', 'kmsRequests', 'lambdaX86']));
});

it('replaces list prices by those of a file', async () => {
  const file = temp.write('prices.json', '{"s3Get": 40, "kmsKey": 0}');
  const [list, own] = [await costJson(), await costJson('--prices', file)];
  const change = own.by_object.usd_per_million_objects - list.by_object.usd_per_million_objects;
  expect(change).toBeCloseTo(39.6, 9);
  expect(own.by_object.lines.find(({ price }) => price === 's3Get')?.usd).toBe(40);
});

describe('a usage error exits with 2 and says what is wrong', () => {
  it.each([
    ["argument '0' is invalid. Expected an integer from 1 to 1000000", ['--accounts', '0']],
    ["argument '1.5' is invalid. Expected an integer from 1 to 100", ['--regions', '1.5']],
    ["argument '0' is invalid. Expected a number from 0.01 to 100000", ['--objects-per-hour', '0']],
    ["argument '1e3' is invalid. Expected a number", ['--actors', '1e3']],
    ["argument '2' is invalid. Expected a number from 0 to 1", ['--matched-share', '2']],
    ["argument '128' is invalid. Expected an integer from 256 to 10240", ['--memory', '128']],
    ["argument 'sqs' is invalid. Allowed choices are s3, eventbridge, sns", ['--source', 'sqs']],
    ["argument 'arm' is invalid. Allowed choices are arm64, x86_64", ['--arch', 'arm']],
    ["argument 'csv' is invalid. Allowed choices are table, json", ['--format', 'csv']],
    ['--prices no-such-file: cannot be read: ENOENT', ['--prices', 'no-such-file']],
    ["unknown option '--frobnicate'", ['--frobnicate']],
  ])('%s', async (message, options) => {
    const { code, stdout, stderr } = await runCli(['cost', ...options]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it.each([
    ['{"s3Get": "0.4", "sqs": -1, "athenna": 5, "logs": 0.5}', 's3Get is "0.4", sqs is -1, athenna is 5; expected'],
    ['{"__proto__": 1, "toString": 1, "\\u001b[2Jx": 1}', '__proto__ is 1, toString is 1, \\u{1b}[2Jx is 1; expected'],
    ['[]', 'the file is []; expected a JSON object'],
    ['5', 'the file is 5; expected a JSON object'],
    ['null', 'the file is null; expected a JSON object'],
  ])('a prices file with %s', async (content, message) => {
    const { code, stdout, stderr } = await runCli(['cost', '--prices', temp.write('prices.json', content)]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
