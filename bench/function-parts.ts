/**
 * Processor time of what the function does beside reading records: the SDK's requests, over plain HTTP, and looking
 * through a bucket. The calculator's assumptions rest on it. `npx tsx bench/function-parts.ts`
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DynamoDbStore, dynamoDbClient } from '../lambda/adapters/aws/dynamodb';
import { S3Source, s3Client } from '../lambda/adapters/aws/s3';
import { zlibEngine } from '../lambda/adapters/inflate/node-zlib';
import { findDetections } from '../lambda/detection/detections';
import { DEFAULT_PARAMETERS } from '../lambda/detection/rule';
import { bucketKey } from '../lambda/detection/store-keys';
import { decodeTally, mergeTallies } from '../lambda/detection/tally';
import { tallyObject } from '../lambda/pipeline/batch';
import { loadObject, sourceOf } from '../test/support/detector-load';
import { MemoryStore } from '../test/support/memory-store';
import { ACCOUNT, REGIONS, T0 } from '../test/support/records';

const ROUNDS = 9;

const REQUESTS = 400;

const OPEN = 16;

/** A process of its own, so that its time is not counted. Answers every GET with 2.6 KB, everything else with no items. */
const SERVER = `
  const body = Buffer.alloc(2600, 1);
  const server = require('http').createServer((request, response) => {
    request.resume().on('end', () => {
      if (request.method === 'GET') response.writeHead(200, { 'content-length': body.length }).end(body);
      else response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{"Items":[]}');
    });
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;

async function main(): Promise<void> {
  const server = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(server.stdout, 'data')) as [Buffer];
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
  const settings = { region: 'us-east-1', endpoint: `http://127.0.0.1:${Number(port)}` };
  const source = new S3Source(s3Client(settings));
  const store = new DynamoDbStore(dynamoDbClient(settings), 'table', () => T0);
  const part = {
    object: { bucket: 'trail', key: 'k' },
    bucket: { partition: ACCOUNT, start: T0 },
    sortKey: 's',
  };
  await requests('S3 GET', async () => {
    for await (const _ of source.read({ bucket: 'trail', key: 'k' }));
  });
  await requests('DynamoDB put', () => store.putTally('p', { ...part, encoded: 'x'.repeat(200) }, T0 + 1));
  await requests('DynamoDB query', () => store.read('p'));
  server.kill();
  await evaluation(102, 50);
}

async function requests(name: string, request: () => Promise<unknown>): Promise<void> {
  const micros = await median(async () => {
    for (let asked = 0; asked < REQUESTS; asked += OPEN) await Promise.all(Array.from({ length: OPEN }, request));
  });
  console.log(`${name}: ${(micros / REQUESTS).toFixed(0)} us of processor time a request`);
}

async function evaluation(count: number, actors: number): Promise<void> {
  const objects = Array.from({ length: count }, (_, index) =>
    loadObject({ account: ACCOUNT, index, region: REGIONS[index % 17]!, actors }),
  );
  const store = new MemoryStore();
  const reading = {
    source: sourceOf(objects),
    inflate: zlibEngine,
    limit: 1 << 28,
    rule: DEFAULT_PARAMETERS,
  };
  for (const { key } of objects) await tallyObject({ bucket: 'org-trail-logs', key }, reading, store, T0);
  const key = bucketKey({ partition: ACCOUNT, start: T0 }, DEFAULT_PARAMETERS);
  const micros = await median(async () => {
    const { parts } = await store.read(key);
    for (const activity of mergeTallies(parts.map(decodeTally))) findDetections(activity, DEFAULT_PARAMETERS);
  });
  console.log(`looking through a bucket: ${(micros / (count * actors)).toFixed(1)} us an actor of an object`);
}

/** Microseconds of this process's processor time. */
async function median(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    times.push(user + system);
  }
  return times.sort((a, b) => a - b)[ROUNDS >> 1]!;
}

void main();
