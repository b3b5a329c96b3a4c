import { listObjects, listPrefixes, S3Listing, S3Source } from '../../lambda/adapters/aws/s3';
import { CredentialsError, ObjectGoneError, ObjectReadError } from '../../lambda/errors';
import { type Answer, refusal, type S3Server, startS3Server, xml } from '../support/s3-server';

const REF = { bucket: 'trail', key: 'AWSLogs/a b+c/ü.json.gz' };

let server: S3Server;

beforeAll(async () => {
  server = await startS3Server();
});

afterAll(() => server.close());

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const thrownBy = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error as Error,
  );

describe('objects from S3', () => {
  const read = async () => Buffer.concat(await collect(new S3Source(server.client).read(REF))).toString('latin1');

  async function readError(answer: Answer): Promise<Error> {
    server.answer(answer);
    const error = await thrownBy(read());
    expect(error).toBeInstanceOf(ObjectReadError);
    expect(error?.cause).toHaveProperty('message');
    return error!;
  }

  it('come entirely and as stored, under their decoded key', async () => {
    const content = Array.from({ length: 300_000 }, (_, index) => String.fromCharCode(index % 256)).join('');
    server.answer((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': content.length });
      response.end(content, 'latin1');
    });
    expect(await read()).toBe(content);
    expect(server.asked).toEqual(['/trail/AWSLogs/a%20b%2Bc/%C3%BC.json.gz?x-id=GetObject']);
  });

  it('are asked of the owner that the bucket has, where that is known: a name that was given up may be taken by others', async () => {
    const owners: unknown[] = [];
    server.answer((response, { headers }) => {
      owners.push(headers['x-amz-expected-bucket-owner']);
      response.end();
    });
    const source = new S3Source(server.client, (bucket) => (bucket === 'trail' ? '111122223333' : undefined));
    for (const bucket of ['trail', 'other']) await collect(source.read({ ...REF, bucket }));
    expect(owners).toEqual(['111122223333', undefined]);
  });

  it('may be empty', async () => {
    server.answer((response) => response.end());
    expect(await read()).toBe('');
  });

  it('can be left unread', async () => {
    server.answer((response) => response.end(Buffer.alloc(5_000_000)));
    for await (const piece of new S3Source(server.client).read(REF)) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
  });

  it('are gone only if S3 says so: another 404 may be that of a proxy', async () => {
    expect(await readError((response) => response.writeHead(404).end())).not.toBeInstanceOf(ObjectGoneError);
    const error = await readError(refusal(404, 'NoSuchKey', 'The specified key does not exist.'));
    expect(error).toBeInstanceOf(ObjectGoneError);
    expect(error.message).toBe(`s3://trail/${REF.key} does not exist any more: deleted, or moved by a lifecycle rule`);
  });

  const KMS_DENIED =
    'User: arn:aws:sts::111122223333:assumed-role/r/s is not authorized to perform: kms:Decrypt on the resource';
  it.each<[what: string, answer: Answer, advice: RegExp]>([
    ['access is denied', refusal(403, 'AccessDenied', 'Access Denied'), /Allow s3:GetObject .* s3:ListBucket/],
    ['the key denies', refusal(403, 'AccessDenied', KMS_DENIED), /\. Allow kms:Decrypt to this identity/],
    ['the key is disabled', refusal(400, 'KMS.DisabledException'), /The KMS key is disabled; enable it/],
    ['the key is gone', refusal(400, 'KMS.NotFoundException'), /The KMS key does not exist/],
    ['the key is to be deleted', refusal(400, 'KMS.KMSInvalidStateException'), /deletion is pending/],
    ['it is archived', refusal(403, 'InvalidObjectState'), /archived in Glacier/],
    ['there is no bucket', refusal(404, 'NoSuchBucket'), /no such bucket/],
    ['the key id is wrong', refusal(403, 'InvalidAccessKeyId'), /Check the AWS credentials/],
    ['the session is over', refusal(400, 'ExpiredToken'), /Check the AWS credentials/],
    ['the header is wrong', refusal(400, 'AuthorizationHeaderMalformed'), /another region/],
    ['anything else', refusal(400, 'InvalidArgument'), /InvalidArgument: InvalidArgument it is\. See the cause/],
  ])('cannot be read when %s', async (_, answer, advice) => {
    const error = await readError(answer);
    expect(error).not.toBeInstanceOf(ObjectGoneError);
    expect(error instanceof CredentialsError).toBe(/credentials/.test(advice.source));
    expect(error.message).toContain(`s3://trail/${REF.key} cannot be read: `);
    expect(error.message).toMatch(advice);
    expect(server.asked).toHaveLength(1);
  });

  it('are asked for again, a few times', async () => {
    const error = await readError(refusal(503, 'ServiceUnavailable'));
    expect(error.message).toMatch(/cannot be read: ServiceUnavailable: .*The service failed/);
    expect(server.asked).toHaveLength(4);
    for (const code of ['SlowDown', 'InternalError']) {
      server.answer(refusal(503, code), (response) => response.end('there'));
      expect(await read()).toBe('there');
    }
  });

  describe('of which a download breaks', () => {
    const content = 'abcdefghij'.repeat(20_000);
    /** Sends what was asked for, but only `length` bytes of it. */
    const partOf =
      (length: number, { knowsRanges = true, etag = '"1"' } = {}): Answer =>
      (response, { headers }) => {
        const from = knowsRanges ? Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0) : 0;
        const range = { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` };
        const size = { etag, 'content-length': content.length - from };
        response.writeHead(from > 0 ? 206 : 200, { ...size, ...(from > 0 ? range : {}) });
        const part = content.slice(from, from + length);
        if (from + length < content.length) response.write(part, () => setTimeout(() => response.destroy(), 20));
        else response.end(part);
      };

    it.each<[string, readonly [Answer, ...Answer[]], unknown[]]>([
      ['in the middle', [partOf(70_000), partOf(90_000), partOf(1e9)], [undefined, 'bytes=70000-', 'bytes=160000-']],
      ['before its first byte', [partOf(0), partOf(1e9)], [undefined, undefined]],
      [
        'from something that knows no ranges',
        [partOf(70_000), partOf(1e9, { knowsRanges: false })],
        [undefined, 'bytes=70000-'],
      ],
    ])('are continued: %s', async (_, answers, ranges) => {
      const asked: unknown[] = [];
      const [first, ...rest] = answers.map(
        (answer): Answer =>
          (response, request) => {
            asked.push(request.headers.range);
            answer(response, request);
          },
      );
      server.answer(first!, ...rest);
      expect((await read()) === content).toBe(true);
      expect(asked).toEqual(ranges);
    });

    it('fail when it breaks three times', async () => {
      const error = await readError(partOf(10));
      expect(error.message).toMatch(/cannot be read: ECONNRESET: aborted\. The service could not be reached/);
      expect(server.asked).toHaveLength(3);
    });

    it('fail when the object was replaced in the meantime', async () => {
      server.answer(partOf(10), (response, request) => {
        expect(request.headers['if-match']).toBe('"1"');
        refusal(412, 'PreconditionFailed')(response, request);
      });
      expect((await thrownBy(read()))?.message).toMatch(/PreconditionFailed: .* It was replaced while it was read/);
    });
  });
});

const contents = (key: string, size: number, more = '') =>
  `<Contents><Key>${key}</Key><LastModified>2026-11-24T04:00:00.900Z</LastModified><Size>${size}</Size>${more}</Contents>`;

const folder = (name: string) => `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`;

const page = (inner: string, token = '') => {
  const next = token === '' ? '' : `<NextContinuationToken>${token}</NextContinuationToken>`;
  return xml(`<ListBucketResult><IsTruncated>${token !== ''}</IsTruncated>${next}${inner}</ListBucketResult>`);
};

describe('a bucket', () => {
  const queries = () => server.asked.map((path) => Object.fromEntries(new URL(path, 'http://x').searchParams));

  it('is listed page by page, an empty one included', async () => {
    server.answer(page(contents('p/a', 1), 'one'), page('', 'two'), page(contents('p/b &amp; c', 2)));
    expect(await collect(listObjects(server.client, 'trail', 'p/'))).toEqual([
      { key: 'p/a', bytes: 1, lastModified: 1_795_492_800, isArchived: false },
      { key: 'p/b & c', bytes: 2, lastModified: 1_795_492_800, isArchived: false },
    ]);
    expect(queries()).toEqual([
      { 'list-type': '2', prefix: 'p/' },
      { 'list-type': '2', prefix: 'p/', 'continuation-token': 'one' },
      { 'list-type': '2', prefix: 'p/', 'continuation-token': 'two' },
    ]);
  });

  it.each<[string, boolean]>([
    ['STANDARD', false],
    ['GLACIER_IR', false],
    ['GLACIER', true],
    ['DEEP_ARCHIVE', true],
  ])('says of storage class %s whether objects must be restored: %p', async (name, isArchived) => {
    const inClass = `<StorageClass>${name}</StorageClass>`;
    const restored = `${inClass}<RestoreStatus><RestoreExpiryDate>2026-12-24T00:00:00Z</RestoreExpiryDate></RestoreStatus>`;
    server.answer(page(contents('a', 1, inClass) + contents('b', 1, restored)));
    const listed = await collect(listObjects(server.client, 'trail', ''));
    expect(listed.map((one) => one.isArchived)).toEqual([isArchived, false]);
  });

  it('requests no page that is not needed', async () => {
    server.answer(page(contents('p/a', 1), 'one'));
    for await (const _ of listObjects(server.client, 'trail', 'p/')) break;
    expect(server.asked).toHaveLength(1);
  });

  it('can be listed from a key on', async () => {
    server.answer(page(''));
    expect(await collect(listObjects(server.client, 'trail', '', 'p/a'))).toEqual([]);
    expect(queries()[0]).toMatchObject({ 'start-after': 'p/a' });
  });

  it('is listed by folder', async () => {
    server.answer(page(folder('p/a/') + folder('p/b/'), 'one'), page(folder('p/c/')));
    expect(await collect(listPrefixes(server.client, 'trail', 'p/'))).toEqual(['p/a/', 'p/b/', 'p/c/']);
    expect(queries()[0]).toMatchObject({ prefix: 'p/', delimiter: '/' });
    server.answer(page(folder('p/eu-west-1/') + folder('p/us-east-1/')));
    const listing = new S3Listing(server.client);
    expect(await listing.folders('trail', 'p/', 100)).toEqual(['eu-west-1', 'us-east-1']);
    expect(await listing.folders('trail', 'p/', 1)).toEqual(['eu-west-1']);
  });

  it('lists keys after another in one request, and no more than asked for', async () => {
    server.answer(page(['p/b', 'p/c', 'p/d'].map((key) => contents(key, 7)).join(''), 'more'));
    const listing = new S3Listing(server.client);
    expect(await listing.keys('trail', 'p/', { after: 'p/a', limit: 2 })).toEqual([
      { key: 'p/b', bytes: 7 },
      { key: 'p/c', bytes: 7 },
    ]);
    const isPast = (key: string) => key === 'p/b';
    expect(await listing.keys('trail', 'p/', { after: 'p/a', limit: 9, isPast })).toHaveLength(1);
    expect(server.asked).toHaveLength(2);
    expect(queries()[0]).toMatchObject({ 'start-after': 'p/a' });
  });

  it.each([
    ['AccessDenied', 403, /Allow s3:GetObject on the object and s3:ListBucket/],
    ['NoSuchBucket', 404, /no such bucket/],
    ['ServiceUnavailable', 503, /The service failed/],
  ])('cannot be listed for %s, and says where', async (code, status, advice) => {
    for (const list of [listObjects, listPrefixes]) {
      server.answer(page('<CommonPrefixes/>', 'one'), refusal(status, code));
      const error = await thrownBy(collect<unknown>(list(server.client, 'trail', 'p/')));
      expect(error).toBeInstanceOf(ObjectReadError);
      expect(error?.message).toContain(`s3://trail/p/ cannot be listed: ${code}`);
      expect(error?.message).toMatch(advice);
    }
  });
});
