import { runCli } from '../support/cli';
import { document, iamUser, roleSession, sweep, T0 } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

const nine = temp.write('nine.json', document(sweep({ regions: 9 })));

const broken = temp.write('broken.json', '{"Records": [');

const NO_ALL_CLEAR = 'Not everything was read: this is not an all-clear.';

const miss = '  9 regions within 9 s from 2026-11-24T04:00:00Z, found with --min-regions 9: ';

it.each(['table', 'html'])('a %s without alerts says what was read', async (format) => {
  const { code, stdout } = await runCli(['replay', nine, '--format', format]);
  expect(code).toBe(0);
  for (const said of [
    'No alerts.',
    'rule: 10 regions within 30 s (tumbling), by arn',
    'calls from 2026-11-24T04:00:00Z to 2026-11-24T04:00:08Z in 9 regions and 1 account',
    'read 1 object (',
    `${miss.trimStart()}arn:aws:iam::111122223333:user/mallory`,
  ]) {
    expect(stdout).toContain(said);
  }
  expect(stdout).not.toContain(NO_ALL_CLEAR);
});

it.each(['table', 'html', 'json'])('a %s of a failed run is no all-clear', async (format) => {
  const { code, stdout } = await runCli(['replay', nine, broken, '--format', format]);
  expect(code).toBe(1);
  expect(stdout).toContain(NO_ALL_CLEAR);
  expect(stdout).toContain('failed: 1 object (named on standard error');
  if (format === 'json') expect(JSON.parse(stdout)).toMatchObject([{ event: { kind: 'pipeline_error' } }]);
});

it('json without alerts has one element of another kind, with what was read', async () => {
  const { code, stdout } = await runCli(['replay', nine, '--format', 'json', '--slow-window', '60']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual([
    {
      event: { kind: 'state' },
      message: expect.stringMatching(
        /^No alerts\.\nrule: 10 regions within 30 s \(tumbling\), and within any 60 s, by arn\n/,
      ),
      regionsweep: {
        rule: expect.objectContaining({ min_regions: 10, slow_window_seconds: 60, group_by: 'arn' }),
        read: expect.objectContaining({
          ...{ objects: 1, unread: 0, records: 9, calls: 9, regions: 9, accounts: 1, partial: false },
          first: '2026-11-24T04:00:00Z',
        }),
        near_misses: [
          {
            actor: 'arn:aws:iam::111122223333:user/mallory',
            region_count: 9,
            window: { start: '2026-11-24T04:00:00Z', end: '2026-11-24T04:00:09Z' },
            found_with: { min_regions: 9 },
          },
        ],
      },
    },
  ]);
});

it('names what came near on standard error, and once where both are a terminal', async () => {
  expect((await runCli(['replay', nine])).stderr).toContain(`nearest misses:\n${miss}`);
  const { stdout, stderr } = await runCli(['replay', nine], { isTTY: true, columns: 80 });
  expect(stdout).toContain(miss);
  expect(stderr).not.toMatch(/nearest misses|0 alerts|read 1 object/);
  const one = temp.write('one.json', document(sweep({ regions: 1 })));
  expect((await runCli(['replay', one])).stderr).toContain('no near misses: no identity called in two regions');
});

it('every option that it names finds the miss', async () => {
  const role = (index: number) => roleSession('audit', `s${index}`);
  const trail = temp.write(
    'misses.json',
    document([
      ...sweep({ regions: 10, at: T0 + 25 }),
      ...sweep({ regions: 11, at: T0, pace: 5, identity: iamUser('slow') }),
      ...sweep({ regions: 10, at: T0 }).map((one, index) => ({ ...one, userIdentity: role(index) })),
    ]),
  );
  const { stderr } = await runCli(['replay', trail]);
  const options = [...stderr.matchAll(/found with (.*?): (.*?)(?:, all its sessions)?$/gm)].map(([, one, actor]) => [
    one!,
    actor!,
  ]);
  expect(options.map(([one]) => one)).toEqual(['--windowing sliding', '--group-by issuer', '--slow-window 46']);
  for (const [one, actor] of options) {
    const { stdout } = await runCli(['replay', trail, ...one!.split(' ')]);
    expect(stdout).toContain(`/${actor!.split('/').at(-1)}`);
  }
});
