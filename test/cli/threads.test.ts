import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { ReadingPool } from '../../bin/workers/pool';
import { zlibEngine } from '../../lambda/adapters/inflate/node-zlib';
import { filesystemSource } from '../../lambda/adapters/local/files';
import { findUnder } from '../../lambda/adapters/local/walk';
import { readEntries } from '../../lambda/detection/exception-document';
import { DEFAULT_PARAMETERS } from '../../lambda/detection/rule';
import { Replay } from '../../lambda/pipeline/replay';
import { WORKER_FILE } from '../support/build-cli';
import { type CliRun, REPOSITORY, runCli, runProcess, started } from '../support/cli';
import { holds } from '../support/properties';
import { document, record, sweep } from '../support/records';
import { useTempFolder } from '../support/temp-folder';

const temp = useTempFolder();

const quiet = document([record({ fields: { eventName: 'DescribeVpcs' } })]);

const gap = record({ fields: { eventTime: 'yesterday' } });

/** Content of a file, valid or not. */
const KINDS = {
  quiet: () => gzipSync(quiet),
  sweep: (i: number) => gzipSync(document(sweep({ regions: 10 + (i % 3) }))),
  plain: () => document(sweep({ regions: 4 })),
  faulty: () => gzipSync(document([gap, ...sweep({ regions: 3 })])),
  cut: () => gzipSync(document(sweep({ regions: 6 }))).subarray(0, -9),
  corrupt: () => Buffer.concat([gzipSync(document(sweep({ regions: 5 }))), Buffer.from('no member')]),
  noJson: () => gzipSync('{"Records":[{"eventName":"DescribeInstances"'),
  empty: () => '',
} as const;

type Kind = keyof typeof KINDS;

const kinds = Object.keys(KINDS) as Kind[];

const exceptions = temp.write(
  'exceptions.json',
  JSON.stringify({ exceptions: [{ source: '203.0.113.0/24', reason: 'our own scanner', owner: 'platform' }] }),
);

/** Without how long it took, nor what was shown meanwhile. */
function withoutTimes(stderr: string): string {
  const meanwhile = /^.*(?:\/s|, ETA .*|; reading the evidence of detections)\n/gm;
  return stderr.replace(/ in \d+ (?:ms|s)$/m, '').replace(meanwhile, '');
}

/** One thread needs no process of its own. */
function replay(threads: string, ...args: readonly string[]): Promise<CliRun> {
  return (threads === '1' ? runCli : runProcess)(['replay', ...args, '--threads', threads]);
}

let written = 0;

/** A folder with a file of each kind given. */
function trailOf(files: readonly Kind[]): string {
  written += 1;
  for (const [i, kind] of files.entries()) {
    temp.write(`trail-${written}/${i % 3}/${i}-${kind}.json.gz`, KINDS[kind](i));
  }
  return temp.path(`trail-${written}`);
}

describe('a replay on several threads', () => {
  const trails = fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 200 });
  const options = fc.constantFrom(
    [],
    ['--windowing', 'sliding', '--format', 'json'],
    ['--exceptions', exceptions, '--group-by', 'issuer'],
    ['--inflate-limit', '3K', '--min-regions', '3'],
    ['--min-regions', '2', '--min-calls', '3', '--format', 'table'],
  );

  it('gives the same result as on one, faults and their order included', async () => {
    const property = fc.asyncProperty(trails, options, fc.constantFrom('2', '4'), async (files, args, several) => {
      const folder = trailOf(files);
      const [one, other] = await Promise.all(
        ['1', several].map(async (threads) => {
          const { stderr, ...rest } = await replay(threads, folder, ...args);
          return { ...rest, stderr: withoutTimes(stderr) };
        }),
      );
      expect(other).toEqual(one);
      expect(one?.stderr).not.toContain('thread');
      rmSync(folder, { recursive: true });
    });
    const each = [...kinds, ...kinds, ...kinds];
    await holds(6, property, [
      [each, [], '2'],
      [each, [], '4'],
    ]);
  });

  it('continues from a state file of any number of threads', async () => {
    const folder = trailOf(Array.from({ length: 150 }, (_, i) => kinds[i % kinds.length]!));
    const state = temp.path('replay.state');
    const run = async (threads: string) => {
      const { stdout, stderr } = await replay(threads, folder, '--state', state);
      return { stdout, known: /not read again: (\d+) objects$/m.exec(stderr)?.[1] };
    };
    const first = await run('2');
    expect(first.known).toBeUndefined();
    const second = await run('1');
    expect(Number(second.known)).toBeGreaterThan(50);
    expect(await run('3')).toEqual(second);
    expect(second.stdout).toBe(first.stdout);
  });
});

describe('reading threads', () => {
  const files = Array.from({ length: 400 }, (_, i) => kinds[i % kinds.length]!);
  const folder = trailOf(files);
  const reading = {
    source: filesystemSource,
    inflate: zlibEngine,
    limit: 1 << 26,
    rule: DEFAULT_PARAMETERS,
    exceptions: readEntries([{ account: '111122223333', reason: 'known', owner: 'us' }]).exceptions,
  };

  function* found() {
    for (const item of findUnder(folder)) if (item.kind === 'log') yield item;
  }

  async function readBy(threads: number, program: string, addsAll = false) {
    const troubles: string[] = [];
    const objects: object[] = [];
    const pool = new ReadingPool({
      ...{ reading, threads, program, addsAll, startsAll: true, interrupted: new AbortController().signal },
      now: () => performance.now(),
      // A map of another thread is none to jest.
      onObject: ({ key }, read) =>
        objects.push({
          key,
          ...read,
          exceptedBy: [...read.counts.exceptedBy],
          counts: { ...read.counts, exceptedBy: [] },
        }),
      onTrouble: (line) => troubles.push(line),
    });
    const replay = new Replay(reading.rule);
    try {
      const isComplete = await pool.read(found(), replay);
      const { totals } = replay;
      return {
        troubles,
        result: {
          isComplete,
          totals,
          objects,
          alerts: await replay.alerts({ reading: { ...reading, records: pool.records }, concurrency: 32 }),
        },
      };
    } finally {
      await pool.close();
    }
  }

  it.each([
    ['of which some are reported', false],
    ['each of which is reported', true],
  ])('give of files %s what one thread gives, to the last field', async (_, addsAll) => {
    const { result: expected } = await readBy(1, WORKER_FILE, addsAll);
    expect(expected).toMatchObject({ isComplete: true, totals: { objects: 400, failedObjects: 200 } });
    expect(expected.objects).toHaveLength(addsAll ? 400 : 250);
    expect(await readBy(3, WORKER_FILE, addsAll)).toEqual({ troubles: [], result: expected });
  });

  it('start in a checkout, where nothing is built', async () => {
    const source = join(REPOSITORY, 'bin/regionsweep.ts');
    const args = ['replay', folder, '--threads', '2', '--exceptions', exceptions];
    const { stdout, stderr } = await started(process.execPath, ['--import', 'tsx', source, ...args]).ended;
    expect(stderr).not.toContain('thread');
    expect(stdout).toBe((await replay('1', folder, '--exceptions', exceptions)).stdout);
  });

  it('leave the files to the main thread if they cannot be started', async () => {
    const trouble = expect.stringContaining('a thread could not be started: Cannot find module');
    const { result } = await readBy(1, WORKER_FILE);
    expect(await readBy(3, temp.path('no-program.cjs'))).toEqual({ troubles: [trouble, trouble], result });
  });

  describe('leave it to the main thread alone', () => {
    const linesOf = ({ stderr, ...rest }: CliRun) => ({ ...rest, lines: withoutTimes(stderr).split('\n') });
    let expected: ReturnType<typeof linesOf>;
    beforeAll(async () => {
      expected = linesOf(await replay('1', folder));
    });

    it.each([
      ['reads', 'throws', "throw new Error('no more memory')", 'no more memory'],
      ['reads', 'exits', 'process.exit(3)', 'it ended'],
      ['searches', 'throws', "throw new Error('no more memory')", 'no more memory'],
      ['searches', 'exits', 'process.exit(3)', 'it ended'],
    ])('if one that %s %s', async (work, _, end, reason) => {
      const program = temp.write(
        'ends.cjs',
        `const { isMainThread, parentPort } = require('node:worker_threads');
         if (!isMainThread) {
           const post = parentPort.postMessage.bind(parentPort);
           parentPort.postMessage = (message) => {
             post(message);
             if (message.kind === '${work === 'reads' ? 'ready' : 'found'}') ${end};
           };
         }`,
      );
      const env = { NODE_OPTIONS: `--require ${program}` };
      const { lines, ...rest } = linesOf(await runProcess(['replay', folder, '--threads', '2'], { env }));
      const trouble = `a thread ended too soon: ${reason}`;
      expect(lines).toContain(trouble);
      const others = lines.filter((line) => line !== trouble);
      expect({ ...rest, lines: others.slice(-expected.lines.length) }).toEqual(expected);
    });
  });
});
