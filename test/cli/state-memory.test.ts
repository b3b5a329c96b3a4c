import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { runProcess } from '../support/cli';
import { document, record, sweep } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();
const LINES = 200_000;
const LOGS = 'AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/24';

temp.write(
  'trail/quiet.json',
  document([1, 2, 3].map((id) => record({ id: `${id}`, fields: { eventName: 'RunInstances' } }))),
);
temp.write('trail/sweep.json', document(sweep({ regions: 10 })));
temp.write('trail/fault.json', document([7, record({ fields: { eventName: 'RunInstances' } })]));

function replay(state: string, megabytes = 4096) {
  const env = { NODE_OPTIONS: `--max-old-space-size=${megabytes}` };
  return runProcess(['replay', temp.path('trail'), '--state', state], { env });
}

it('keeps little of an object without matched calls, and counts only those it lists again', async () => {
  const state = temp.path('state');
  const first = await replay(state);
  expect(first.code).toBe(0);
  const line = (index: number) =>
    JSON.stringify(['trail', `${LOGS}/${index}.json.gz`, 12345, `${index}`, [9, 0, 0, 0, 0, 0, []], []]);
  appendFileSync(state, `${Array.from({ length: LINES }, (_, index) => line(index)).join('\n')}\n`);
  const again = await replay(state, 40);
  expect(again).toMatchObject({ code: 0, stdout: first.stdout });
  expect(again.stderr).toContain('not read again: 3 objects');
  const counts = /^read 3 objects .* DescribeInstances\)/m;
  expect(counts.exec(again.stderr)?.[0]).toBe(counts.exec(first.stderr)?.[0]);
  expect(again.stderr).toContain('skipped: 1 invalid record');
});

it.each([
  ['-1', '[{at},-1]'],
  ['1e12', '[{at},1e12]'],
  ['of no time', '["x",1]'],
])('reads an object again of which the file has calls %s', async (_, damage) => {
  const state = temp.path(`damaged-${damage.length}`);
  const first = await replay(state);
  const text = readFileSync(state, 'utf8');
  const damaged = text.replace(/\[(\d+),1\]/, (_cell, at: string) =>
    JSON.stringify(damage.replace('{at}', at)).slice(1, -1),
  );
  expect(damaged).not.toBe(text);
  writeFileSync(state, damaged);
  const again = await replay(state);
  expect(again).toMatchObject({ code: 0, stdout: first.stdout });
  expect(again.stderr).toContain('not read again: 2 objects');
});
