import { listObjects, listPrefixes } from '../../lambda/adapters/aws/s3';
import { ObjectReadError } from '../../lambda/errors';
import { refusal, type S3Server, startS3Server, xml } from '../support/s3-server';

const contents = (key: string, size: number) =>
  `<Contents><Key>${key}</Key><LastModified>2026-11-24T04:00:00.900Z</LastModified><Size>${size}</Size></Contents>`;

const page = (inner: string, token = '') =>
  xml(
    `<ListBucketResult><IsTruncated>${token !== ''}</IsTruncated>${
      token === '' ? '' : `<NextContinuationToken>${token}</NextContinuationToken>`
    }${inner}</ListBucketResult>`,
  );

describe('what lies in a bucket', () => {
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

  function queries(): Record<string, string>[] {
    return server.asked.map((path) => Object.fromEntries(new URL(path, 'http://x').searchParams));
  }

  it('is listed page by page, an empty one included', async () => {
    server.answer(page(contents('p/a', 1), 'one'), page('', 'two'), page(contents('p/b &amp; c', 2)));
    expect(await collect(listObjects(server.client, 'trail', 'p/'))).toEqual([
      { key: 'p/a', bytes: 1, lastModified: 1_795_492_800 },
      { key: 'p/b & c', bytes: 2, lastModified: 1_795_492_800 },
    ]);
    expect(queries()).toEqual([
      { 'list-type': '2', prefix: 'p/' },
      { 'list-type': '2', prefix: 'p/', 'continuation-token': 'one' },
      { 'list-type': '2', prefix: 'p/', 'continuation-token': 'two' },
    ]);
  });

  it('is asked for no page that nobody wants', async () => {
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
    const folder = (name: string) => `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`;
    server.answer(page(folder('p/a/') + folder('p/b/'), 'one'), page(folder('p/c/')));
    expect(await collect(listPrefixes(server.client, 'trail', 'p/'))).toEqual(['p/a/', 'p/b/', 'p/c/']);
    expect(queries()[0]).toMatchObject({ prefix: 'p/', delimiter: '/' });
  });

  it.each([
    ['AccessDenied', 403, /Allow s3:GetObject on the object and s3:ListBucket/],
    ['NoSuchBucket', 404, /no such bucket/],
    ['ServiceUnavailable', 503, /The service failed/],
  ])('cannot be listed for %s, and says where', async (code, status, advice) => {
    for (const list of [listObjects, listPrefixes]) {
      server.answer(page('<CommonPrefixes/>', 'one'), refusal(status, code));
      const error: unknown = await collect<unknown>(list(server.client, 'trail', 'p/')).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(ObjectReadError);
      expect((error as Error).message).toContain(`s3://trail/p/ cannot be listed: ${code}`);
      expect((error as Error).message).toMatch(advice);
    }
  });
});
