/**
 * The inflate engines against one `gunzipSync` per object, in interleaved rounds of one run, so that a slow moment of
 * the machine falls on all of them: `npx tsx bench/inflate.ts`. Also what stays in memory after zlib-sync.
 */
import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gunzipSync, gzipSync } from 'node:zlib';
import { CLI_OUTPUT_LIMIT, MIB } from '../lambda/adapters/inflate/bounds';
import { zlibEngine } from '../lambda/adapters/inflate/node-zlib';
import { loadZlibSync, zlibSyncEngine } from '../lambda/adapters/inflate/zlib-sync';
import type { InflateEngine } from '../lambda/ports';

const ROUNDS = 9;

interface Contestant {
  readonly name: string;
  /** @returns bytes of output */
  run(object: Buffer): number | Promise<number>;
}

/** The i-th record: about 1.3 KB, with the fields, the repetition and the random ids of real ones. */
function record(i: number): string {
  const id = createHash('sha256').update(String(i)).digest('hex');
  const uuid = `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-9${id.slice(17, 20)}-${id.slice(20, 32)}`;
  const role = `role-${i % 7}`;
  return JSON.stringify({
    eventVersion: '1.09',
    userIdentity: {
      type: 'AssumedRole',
      principalId: `AROA${id.slice(32, 48).toUpperCase()}:session-${i % 13}`,
      arn: `arn:aws:sts::123456789012:assumed-role/${role}/session-${i % 13}`,
      accountId: '123456789012',
      accessKeyId: `ASIA${id.slice(40, 56).toUpperCase()}`,
      sessionContext: {
        sessionIssuer: { type: 'Role', arn: `arn:aws:iam::123456789012:role/${role}`, userName: role },
        attributes: { creationDate: '2026-03-01T08:00:00Z', mfaAuthenticated: 'false' },
      },
    },
    eventTime: `2026-03-01T08:${String(i % 60).padStart(2, '0')}:${String((i * 7) % 60).padStart(2, '0')}Z`,
    eventSource: `${['ec2', 's3', 'kms', 'sts'][i % 4]}.amazonaws.com`,
    eventName: ['DescribeVolumes', 'GetObject', 'Decrypt', 'AssumeRole', 'ListTags'][i % 5],
    awsRegion: 'eu-west-1',
    sourceIPAddress: `10.${i % 4}.${i % 250}.${(i * 31) % 250}`,
    userAgent: 'aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5 md/GOARCH#amd64 api/ec2#1.173.0',
    requestParameters: { maxResults: 1000, filterSet: { items: [{ name: 'tag', value: id.slice(0, 12) }] } },
    responseElements: null,
    requestID: uuid,
    eventID: uuid.split('').reverse().join(''),
    readOnly: true,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: '123456789012',
    eventCategory: 'Management',
    tlsDetails: {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_128_GCM_SHA256',
      clientProvidedHostHeader: 'x',
    },
  });
}

function objects(count: number, recordsEach: number): Buffer[] {
  return Array.from({ length: count }, (_, n) => {
    const records = Array.from({ length: recordsEach }, (_, i) => record(n * recordsEach + i));
    return gzipSync(`{"Records":[${records.join(',')}]}`);
  });
}

async function* whole(object: Buffer): AsyncGenerator<Buffer> {
  yield object;
}

function contestant(engine: InflateEngine): Contestant {
  return {
    name: engine.name,
    async run(object) {
      let bytes = 0;
      for await (const piece of engine.inflate(whole(object), 'bench', CLI_OUTPUT_LIMIT)) {
        bytes += piece.length;
      }
      return bytes;
    },
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} KB`;
}

/** Prints a line for each contestant; the first is what the others are measured by. */
async function race(title: string, set: readonly Buffer[], contestants: readonly Contestant[]): Promise<void> {
  const seconds = contestants.map((): number[] => []);
  let bytes = 0;
  // One round more, whose times are left out: it warms caches and the compiler.
  for (let round = -1; round < ROUNDS; round++) {
    for (const [i, { run }] of contestants.entries()) {
      bytes = 0;
      const start = performance.now();
      for (const object of set) {
        bytes += await run(object);
      }
      if (round >= 0) {
        seconds[i]?.push((performance.now() - start) / 1000);
      }
    }
  }
  const stored = set.reduce((sum, object) => sum + object.length, 0);
  console.log(
    `\n${title}: ${set.length} objects, ${kilobytes(stored / set.length)} gz, ${kilobytes(bytes / set.length)} raw`,
  );
  const ratios = seconds.map((times) => median(times.map((time, round) => (seconds[0]?.[round] ?? 0) / time)));
  for (const [i, { name }] of contestants.entries()) {
    const time = median(seconds[i] ?? []);
    const each = ((time / set.length) * 1e6).toFixed(1);
    const rate = (bytes / 1e6 / time).toFixed(0);
    const ratio = (ratios[i] ?? 0).toFixed(2);
    console.log(`${name.padEnd(22)}${each.padStart(9)} us/object${rate.padStart(6)} MB/s  x ${ratio}`);
  }
}

/** Resident bytes that remain per object after garbage collection. */
async function leak({ name, run }: Contestant, set: readonly Buffer[]): Promise<void> {
  setFlagsFromString('--expose-gc');
  const gc: () => void = runInNewContext('gc');
  const settle = async () => {
    for (let i = 0; i < 4; i++) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return process.memoryUsage().rss;
  };
  const before = await settle();
  for (const object of set) {
    await run(object);
  }
  const after = await settle();
  console.log(
    `${name.padEnd(22)}${((after - before) / set.length / 1000).toFixed(1).padStart(9)} KB/object stay resident`,
  );
}

async function main(): Promise<void> {
  console.log(`node ${process.version}, ${process.platform} ${process.arch}, median of ${ROUNDS} rounds`);
  const load = loadZlibSync();
  if (!load.loaded) {
    console.log(`zlib-sync is missing, its lines are left out: ${load.reason}`);
  }
  const engines = [zlibEngine, ...(load.loaded ? [zlibSyncEngine(load.addon)] : [])].map(contestant);
  const plain: Contestant = { name: 'gunzipSync (baseline)', run: (object) => gunzipSync(object).length };

  const tiny = objects(8000, 6);
  await race('Tiny objects', tiny, [plain, ...engines]);
  await race('Objects of 1 MB', objects(40, Math.round(MIB / 1300)), [plain, ...engines]);
  await race('Objects of 24 MB, which zlib-sync hands to node:zlib', objects(2, 24 * Math.round(MIB / 1300)), [
    plain,
    ...engines,
  ]);

  console.log('\nMemory, tiny objects');
  for (const each of [plain, ...engines]) {
    await leak(each, tiny);
  }
}

void main();
