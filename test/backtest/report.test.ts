import { type Backtest, backtest } from '../../lambda/backtest/backtest';
import { renderBacktestHtml } from '../../lambda/backtest/render-html';
import { renderBacktestText } from '../../lambda/backtest/render-text';
import { type ReadSummary, renderBacktestJson } from '../../lambda/backtest/report';
import { readEntries } from '../../lambda/detection/exception-document';
import { tableOf } from '../support/call-table';
import { roleSession, sweep, T0 } from '../support/records';

const SETTING = { minRegions: 10, windowSeconds: 30, windowing: 'tumbling', groupBy: 'arn' } as const;

const HOSTILE = 'x"><script>alert(1)</script>\u202e\u001b[2J https://evil.example @here';

const days = [...'aab'].flatMap((session, day) =>
  sweep({ identity: roleSession('inventory', session), regions: 12, at: T0 + day * 86_400 }),
);
const strange = sweep({ identity: roleSession('x', HOSTILE), regions: 17, at: T0 + 3600 });
const calls = tableOf([...days, ...strange.map((record) => ({ ...record, userAgent: HOSTILE }))]);
const { exceptions } = readEntries([{ userAgent: 'x*', reason: HOSTILE, owner: 'us' }]);
const read: ReadSummary = {
  ...{ objects: 4, failedObjects: 1, records: 53, calls: calls.length, callsWithoutIdentity: 0 },
  ...{ callsOutsideTime: 0, faults: 0, first: calls.first, last: calls.last, partial: true },
};
let withAll: Backtest;
let excepting: Backtest;

beforeAll(async () => {
  withAll = await backtest(calls, { setting: SETTING, exceptions: [], now: T0 });
  excepting = await backtest(calls, { setting: SETTING, exceptions, now: T0 });
});

it('is a page of text', () => {
  expect(renderBacktestText(withAll, read, SETTING)).toMatchSnapshot();
});

it.each([
  ['text', renderBacktestText],
  ['HTML', renderBacktestHtml],
])('says in %s that calls may be missing, and what exceptions take away', (_, render) => {
  const shown = render(excepting, read, SETTING);
  expect(shown).toMatch(/PARTIAL: reading was stopped|Reading was stopped early: calls may be missing/);
  expect(shown).toMatch(/1 object could not be read: calls may be missing/);
  expect(shown).toMatch(/exception 1/);
  expect(shown).toMatch(/by the calls alone: 0 suspicious, \d unclear, 0 likely-benign/);
});

it.each([
  ['text', renderBacktestText],
  ['HTML', renderBacktestHtml],
])('has nothing live in %s of what a caller wrote', (form, render) => {
  const shown = `${render(withAll, read, SETTING)}${render(excepting, read, SETTING)}`;
  expect(shown).toContain('evil.example');
  for (const live of ['\u202e', '\u001b', 'https://evil', '@here']) expect(shown).not.toContain(live);
  if (form === 'HTML') expect(shown).not.toMatch(/<script|\son\w+=|src=|url\(/i);
});

it('has three fields as JSON, and each setting the same ones', () => {
  const json = renderBacktestJson(excepting, read);
  expect(Object.keys(json)).toEqual(['settings', 'proposedExceptions', 'read']);
  expect(json.settings).toHaveLength(208);
  for (const setting of json.settings) {
    const names = ['minRegions', 'windowSeconds', 'windowing', 'groupBy', 'alerts', 'actors', 'verdicts'];
    expect(Object.keys(setting)).toEqual(names);
  }
  expect(json.proposedExceptions[0]).toMatchObject({ alerts: 3, share: 1, first: '2026-11-24T04:00:00Z' });
  expect(json.read).toMatchObject({ objects: 4, partial: true, exceptions: [{ name: 'exception 1', alerts: 1 }] });
});
