/** What is put on the queue for objects, as AWS words it. */

import type { Random } from '../../bin/synthetic-trail/random';
import * as aws from '../support/notices';

/** The message of S3 that names these objects. */
export function s3Event(bucket: string, keys: readonly string[]): string {
  return bodyOf(bucket, aws.s3Event(...keys.map((key) => aws.s3Record(encoded(key)))));
}

function bodyOf(bucket: string, notice: unknown): string {
  return JSON.stringify(notice).replaceAll(aws.BUCKET, bucket);
}

/** S3 encodes as a form does: `+` for a blank, slashes as they are. */
function encoded(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/')
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Messages that name these objects, one envelope each or up to `most` in one, in any dialect. */
export function mixedNotices(bucket: string, keys: readonly string[], random: Random, most = 3): string[] {
  const fromTopic = (body: string) => JSON.stringify(aws.snsEnvelope(body));
  const dialects: readonly ((some: readonly string[]) => string[])[] = [
    (some) => [s3Event(bucket, some)],
    (some) => [bodyOf(bucket, aws.trailNotice(...some))],
    (some) => some.map((key) => bodyOf(bucket, aws.eventBridgeEvent(key))),
  ];
  const bodies: string[] = [];
  for (let from = 0; from < keys.length; ) {
    const count = random.integer(1, most);
    const some = random.pick(dialects)(keys.slice(from, from + count));
    bodies.push(...(random.chance(0.5) ? some : some.map(fromTopic)));
    from += count;
  }
  return bodies;
}

/** What services send once to try whether they may. */
export const TRIALS: readonly string[] = [
  JSON.stringify(aws.S3_TEST_EVENT),
  JSON.stringify(aws.snsEnvelope('CloudTrail validation message.')),
];
