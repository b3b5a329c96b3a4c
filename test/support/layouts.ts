import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { TrailRecord } from '../../lambda/detection/classify';
import { document, iamUser, REGIONS, record, roleSession, T0 } from './records';
import type { MemoryObject } from './replay';

/** Records of a few identities around the edge of a window and of a bucket, no two alike. */
export const someRecords: fc.Arbitrary<TrailRecord[]> = fc
  .array(
    fc.record({
      at: fc.integer({ min: T0 - 20, max: T0 + 20 }),
      region: fc.constantFrom(...REGIONS.slice(0, 8)),
      identity: fc.constantFrom(
        iamUser('mallory'),
        iamUser('mallory'),
        iamUser('mallory'),
        roleSession('deploy', 'one'),
        roleSession('deploy', 'two'),
        { type: 'AWSAccount', principalId: 'AROAX:peer', accountId: '444455556666' },
        { type: 'AWSService', invokedBy: 'autoscaling.amazonaws.com' },
      ),
      denied: fc.boolean(),
      fields: fc.constantFrom({}, {}, {}, { userAgent: 'Boto3' }, { eventName: 'DescribeVpcs' }, { eventTime: 'now' }),
    }),
    { minLength: 10, maxLength: 60 },
  )
  .map((specs) => specs.map((spec, index) => record({ ...spec, id: `event-${index}` })));

/** How an object's text becomes stored bytes. Places are shares of its length, 0 to 1. */
interface Form {
  /** where gzip members end; without it the text is stored as it is */
  readonly members: readonly number[] | undefined;
  /** where pieces end as it is read */
  readonly pieces: readonly number[];
  readonly indent: number;
}

const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });

const aForm: fc.Arbitrary<Form> = fc.record({
  members: fc.option(places, { nil: undefined }),
  pieces: places,
  indent: fc.constantFrom(0, 0, 2),
});

/** The same records as one delivery or another: spread over objects, some twice, in any order and form. */
export function layoutsOf(records: readonly TrailRecord[]): fc.Arbitrary<MemoryObject[]> {
  const shares = fc.array(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 2 }), {
    minLength: records.length,
    maxLength: records.length,
  });
  const forms = fc.array(aForm, { minLength: 9, maxLength: 9 });
  const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7, 8], { minLength: 9 });
  return fc.tuple(shares, forms, order).map(([share, form, places]) => {
    // Six objects, and three of them again under other keys.
    const contents = Array.from({ length: 9 }, (_, index) =>
      records.filter((_record, of) => share[of]!.includes(index % 6)),
    );
    return places.map((place) => stored(`${place}.json`, contents[place]!, form[place]!));
  });
}

function stored(key: string, records: readonly TrailRecord[], { members, pieces, indent }: Form): MemoryObject {
  const text = Buffer.from(indent === 0 ? document(records) : JSON.stringify({ Records: records }, null, indent));
  const bytes = members === undefined ? text : Buffer.concat(cut(text, members).map((member) => gzipSync(member)));
  return { key, pieces: cut(bytes, pieces) };
}

function cut(bytes: Buffer, shares: readonly number[]): Buffer[] {
  const ends = [...shares.map((share) => Math.round(share * bytes.length)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}
