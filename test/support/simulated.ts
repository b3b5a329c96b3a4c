import { gzipSync } from 'node:zlib';
import { specOf } from '../../bin/commands/simulate';
import { generateTrail } from '../../bin/synthetic-trail/trail';
import type { TestAws } from './aws';

/** Seconds of 2026-11-24T04:00:05Z. */
export const SIMULATED_AT = 1_795_492_805;

/** A simulated trail of few objects. */
export function simulated(account = '111122223333', start = SIMULATED_AT) {
  const sweep = { regions: 12, pace: 1, tool: 'boto3', denied: 0 } as const;
  const trail = generateTrail(specOf({ ...sweep, account, start, benign: 3 }, start), 'test');
  return [...trail.objects].map(({ key, body }) => ({ key, body: gzipSync(body) }));
}

export async function upload(aws: TestAws, bucket: string, folder = '', account?: string, start?: number) {
  const objects = simulated(account, start);
  for (const { key, body } of objects) await aws.put(bucket, `${folder}${key}`, body);
  aws.asked.length = 0;
  return objects;
}
