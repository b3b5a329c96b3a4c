import { readFileSync, rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { ReadingThreads } from '../../bin/workers/pool';
import { zlibEngine } from '../../lambda/adapters/inflate/node-zlib';
import { filesystemSource } from '../../lambda/adapters/local/files';
import { readEntries } from '../../lambda/detection/exception-document';
import { DEFAULT_PARAMETERS } from '../../lambda/detection/rule';
import { readObjects, type StoredObject } from '../../lambda/pipeline/replay';
import { WORKER_FILE } from '../support/build-cli';
import { runProcess } from '../support/cli';
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

let written = 0;

/** A folder with a file of each kind given. */
function trailOf(files: readonly Kind[]): string {
  written += 1;
  for (const [i, kind] of files.entries()) {
    temp.write(`trail-${written}/${i % 3}/${i}-${kind}.json.gz`, KINDS[kind](i));
  }
  return temp.path(`trail-${written}`);
}

function found(folder: string, files: readonly Kind[]): StoredObject[] {
  return files.map((kind, i) => {
    const key = `${folder}/${i % 3}/${i}-${kind}.json.gz`;
    return { object: { bucket: '', key }, bytes: readFileSync(key).length, isFile: true };
  });
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
    const property = fc.asyncProperty(trails, options, async (files, args) => {
      const folder = trailOf(files);
      const runs = [];
      for (const threads of ['1', '2', '4']) {
        const { code, stdout, stderr } = await runProcess(['replay', folder, '--threads', threads, ...args]);
        runs.push({ code, stdout, stderr: stderr.replace(/ in \d+ (?:ms|s)$/m, '') });
      }
      expect(runs[1]).toEqual(runs[0]);
      expect(runs[2]).toEqual(runs[0]);
      expect(runs[0]?.stderr).not.toContain('thread');
      rmSync(folder, { recursive: true });
    });
    await holds(6, property, [[[...kinds, ...kinds, ...kinds], []]]);
  });

  it('continues from a state file of any number of threads', async () => {
    const folder = trailOf(Array.from({ length: 150 }, (_, i) => kinds[i % kinds.length]!));
    const state = temp.path('replay.state');
    const run = async (threads: string) => {
      const args = ['replay', folder, '--threads', threads, '--state', state];
      const { stdout, stderr } = await runProcess(args);
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
  const all = found(folder, files);
  const reading = {
    source: filesystemSource,
    inflate: zlibEngine,
    limit: 1 << 26,
    rule: DEFAULT_PARAMETERS,
    exceptions: readEntries([{ account: '111122223333', reason: 'known', owner: 'us' }]).exceptions,
  };
  const batches = Array.from({ length: 40 }, (_, i) => all.slice(i * 10, i * 10 + 10));
  const troubles: string[] = [];

  async function readBy(program: string, count: number) {
    troubles.length = 0;
    const onTrouble = (line: string) => troubles.push(line);
    const threads = new ReadingThreads(reading, { count, isWaitedFor: true, onTrouble, program });
    try {
      return (await Promise.all(batches.map(threads.read))).flat();
    } finally {
      await threads.close();
    }
  }

  it('give what one thread gives, to the last field', async () => {
    const expected = await readObjects(all, reading);
    const read = await readBy(WORKER_FILE, 3);
    expect(read).toEqual(expected);
    expect(read.map(({ error }) => error?.name)).toEqual(expected.map(({ error }) => error?.name));
    expect(troubles).toEqual([]);
  });

  it('leave the files to the main thread if they cannot be started', async () => {
    expect(await readBy(temp.path('no-program.cjs'), 3)).toEqual(await readObjects(all, reading));
    expect(troubles).toEqual([
      expect.stringContaining('a thread could not be started: Cannot find module'),
      expect.stringContaining('a thread could not be started: Cannot find module'),
    ]);
  });

  it.each([
    ['throws', "throw new Error('no more memory')", 'no more memory'],
    ['exits', 'process.exit(3)', 'it ended'],
  ])('report the files that a thread has not read when it %s', async (_, end, reason) => {
    const program = temp.write(
      'ends.cjs',
      `const { parentPort } = require('node:worker_threads');
       let count = 0;
       parentPort.on('message', (paths) => {
         if (++count === 3) { ${end}; }
         parentPort.postMessage(paths.map(() => 7));
       });
       parentPort.postMessage('ready');`,
    );
    const expected = await readObjects(all, reading);
    const read = await readBy(program, 2);
    const lost = read.flatMap(({ error }, i) => (error?.message.includes('its thread ended') ? [i] : []));
    expect(lost.length).toBeGreaterThan(0);
    for (const i of lost) {
      expect(read[i]).toMatchObject({ parts: [], faults: [], counts: { records: 0 } });
      expect(read[i]?.error?.message).toBe(`${all[i]?.object.key}: not read, its thread ended: ${reason}`);
    }
    // The others were read by this thread, or by the one that ended, which made up its answer.
    const others = read.filter((_, i) => !lost.includes(i));
    const own = expected.filter((_, i) => !lost.includes(i));
    expect(others.filter(({ counts }) => counts.records !== 7)).toEqual(
      own.filter((_, i) => others[i]?.counts.records !== 7),
    );
    expect(troubles).toEqual([`a thread ended too soon: ${reason}`]);
  });
});
