import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jsonLines, runCli, runProcess } from '../support/cli';
import { iso, REGIONS, sweep, T0 } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

/** `replay --event-history` against a server that speaks the services' protocols, pages, throttles and fails. */

const temp = useTempFolder();

const regions = REGIONS.slice(0, 12);

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const fault = (status: number, type: string, message = 'no'): Answer => ({ status, body: { __type: type, message } });

/** What a test changes. */
let answers: { list?: Answer; lookUp?: (region: string, request: number) => Answer | undefined } = {};
/** Regions in the order of their requests, with the token of each. */
let asked: string[] = [];
let requests: { StartTime: number; EndTime: number; LookupAttributes: unknown }[] = [];

const records = new Map(
  sweep({ regions: 12 }).map((one) => {
    const second = Math.floor(Date.parse(String(one.eventTime)) / 1000);
    const EventTime = second;
    const more = Array.from({ length: 3 }, (_, page) => ({ ...one, eventID: `${one.eventID}-${page}` }));
    return [String(one.awsRegion), more.map((record) => ({ EventTime, CloudTrailEvent: JSON.stringify(record) }))];
  }),
);

function lookUp(region: string, token: string | undefined): Answer {
  // One event a page, three pages.
  const page = Number(token ?? 0);
  const next = page < 2 ? { NextToken: String(page + 1) } : {};
  return { status: 200, body: { Events: [records.get(region)![page]], ...next } };
}

function answerTo({ url, headers }: IncomingMessage, text: string): Answer {
  if (url === '/listRegions') {
    return answers.list ?? { status: 200, body: { Regions: regions.map((RegionName) => ({ RegionName })) } };
  }
  const region = /Credential=[^/]+\/\d+\/([^/]+)\/cloudtrail/.exec(headers.authorization ?? '')?.[1] ?? 'none';
  const request = JSON.parse(text);
  requests.push(request);
  asked.push(region);
  const count = asked.filter((one) => one === region).length;
  return answers.lookUp?.(region, count) ?? lookUp(region, request.NextToken);
}

let server: Server;

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += chunk));
    request.on('end', () => {
      const { status, body } = answerTo(request, text);
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'eu-west-1', NO_PROXY: '*' },
  });
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

beforeEach(() => {
  answers = {};
  asked = [];
  requests = [];
});

const times = ['--since', iso(T0 - 3600), '--until', iso(T0 + 3600)];

async function look(...args: readonly string[]) {
  const { code, stdout, stderr } = await runCli(['replay', '--event-history', ...times, ...args]);
  return { code, stderr, alerts: jsonLines(stdout).map((one) => (one as { regionsweep: object }).regionsweep) };
}

const sweepOf = (regionCount: number) => [
  expect.objectContaining({ region_count: regionCount, call_count: 3 * regionCount, call_count_is_lower_bound: false }),
];

it('reads all pages of every enabled region, with the evidence, and says what it cannot know', async () => {
  const { code, stderr, alerts } = await look();
  expect(alerts).toEqual(sweepOf(12));
  expect(code).toBe(0);
  // Evidence is read from what was read.
  expect(asked).toHaveLength(36);
  expect(requests[0]).toMatchObject({
    StartTime: T0 - 3600,
    EndTime: T0 + 3600,
    LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'DescribeInstances' }],
  });
  expect(stderr).toMatch(
    /^event history from 2026-11-24T03:00:00Z: this account's DescribeInstances alone, of at most 90 days; /m,
  );
  expect(stderr).not.toContain('least privilege');
});

it('asks again where it is throttled, names regions that refuse, and reads the rest', async () => {
  answers = {
    lookUp: (region, request) => {
      if (region === regions[0] && request <= 2) return fault(400, 'ThrottlingException', 'Rate exceeded');
      return region === regions[3] ? fault(400, 'AccessDeniedException', 'explicit deny') : undefined;
    },
  };
  const { code, stderr, alerts } = await look();
  expect(alerts).toEqual(sweepOf(11));
  expect(code).toBe(1);
  const failures = stderr.split('\n').filter((line) => line.startsWith('failed: event history'));
  expect(failures).toEqual([
    expect.stringContaining(`event history of ${regions[3]}: cannot be read: AccessDeniedException`),
  ]);
  expect(stderr.match(/^least privilege for --event-history: \{.*cloudtrail:LookupEvents.*\}$/gm)).toHaveLength(1);
});

it('continues where an earlier run stopped, with the same times', async () => {
  const state = temp.path('history.state');
  answers = { lookUp: (region) => (region === regions[5] ? fault(400, 'InvalidTimeRangeException') : undefined) };
  expect(await look('--state', state)).toMatchObject({ code: 1, alerts: sweepOf(11) });
  [answers, asked] = [{}, []];
  // Without an alert nothing is read for evidence.
  expect(await look('--state', state, '--min-regions', '13')).toMatchObject({ code: 0, alerts: [] });
  expect(asked).toEqual(Array.from({ length: 3 }, () => regions[5]));
  expect(await look('--state', state)).toMatchObject({ code: 0, alerts: sweepOf(12) });
});

it('ends at once if the credentials have expired, and reports that once', async () => {
  answers = { lookUp: () => fault(400, 'ExpiredTokenException', 'expired') };
  const { code, stderr, alerts } = await look('--state', temp.path('expired.state'));
  expect([code, alerts]).toEqual([1, []]);
  expect(stderr.match(/^failed: /gm)!.length).toBeLessThanOrEqual(2);
  expect(stderr.match(/ExpiredToken/g)).toHaveLength(1);
  expect(stderr).toMatch(/renew the credentials, then run the same command again/);
});

it('needs no list of regions if they are named, and shows the policy after a denial', async () => {
  answers = { list: fault(403, 'AccessDeniedException') };
  const named = await look('--region', regions.slice(0, 10).join());
  expect(named).toMatchObject({ code: 0, alerts: sweepOf(10) });
  const { code, stderr } = await look();
  expect(code).toBe(1);
  expect(stderr).toMatch(/regions cannot be listed; name them with --region: AccessDenied.*Allow it: \{"Version"/);
});

it.each([[['x.json']], [['--account', '111122223333']], [['--dry-run']]])('is not given with %j', async (args) => {
  expect((await runCli(['replay', '--event-history', ...args])).code).toBe(2);
});

it('a backtest compares settings over it, in a process', async () => {
  const { code, stdout, stderr } = await runProcess(['backtest', '--event-history', ...times]);
  const { settings, read } = JSON.parse(stdout);
  expect({ code, read }).toEqual({
    code: 0,
    read: expect.objectContaining({ objects: 12, calls: 36, partial: false }),
  });
  const found = (minRegions: number) =>
    settings.find((one: Record<string, unknown>) => {
      return one.minRegions === minRegions && one.windowSeconds === 30 && one.windowing === 'sliding';
    }).alerts;
  expect([found(12), found(13)]).toEqual([1, 0]);
  expect(stderr).toContain('event history from ');
});
