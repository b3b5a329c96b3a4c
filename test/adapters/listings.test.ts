import { S3Listing } from '../../lambda/adapters/aws/s3';
import { filesystemListing } from '../../lambda/adapters/local/files';
import { ObjectReadError } from '../../lambda/errors';
import { refusal, type S3Server, startS3Server, xml } from '../support/s3-server';
import { useTempFolder } from '../support/temp-folder';

describe('a bucket', () => {
  let server: S3Server;

  beforeAll(async () => {
    server = await startS3Server();
  });

  afterAll(() => server.close());

  it('lists keys behind another in one request, and no more than asked for', async () => {
    const contents = ['p/b', 'p/c', 'p/d'].map(
      (key) => `<Contents><Key>${key}</Key><LastModified>2026-11-24T04:00:00Z</LastModified><Size>7</Size></Contents>`,
    );
    const more = '<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>';
    server.answer(xml(`<ListBucketResult>${more}${contents.join('')}</ListBucketResult>`));
    expect(await new S3Listing(server.client).keys('trail', 'p/', { after: 'p/a', limit: 2 })).toEqual([
      { key: 'p/b', bytes: 7 },
      { key: 'p/c', bytes: 7 },
    ]);
    const isPast = (key: string) => key === 'p/b';
    expect(await new S3Listing(server.client).keys('trail', 'p/', { after: 'p/a', limit: 9, isPast })).toHaveLength(1);
    expect(server.asked).toHaveLength(2);
    expect(server.asked[0]).toContain('start-after=p%2Fa');
  });

  it('lists folders by their own names', async () => {
    const folders = ['eu-west-1', 'us-east-1'].map(
      (name) => `<CommonPrefixes><Prefix>p/CloudTrail/${name}/</Prefix></CommonPrefixes>`,
    );
    server.answer(xml(`<ListBucketResult>${folders.join('')}</ListBucketResult>`));
    const listing = new S3Listing(server.client);
    expect(await listing.folders('trail', 'p/CloudTrail/', 100)).toEqual(['eu-west-1', 'us-east-1']);
    expect(await listing.folders('trail', 'p/CloudTrail/', 1)).toEqual(['eu-west-1']);
  });

  it('says why it cannot be listed', async () => {
    server.answer(refusal(403, 'AccessDenied'));
    await expect(new S3Listing(server.client).keys('trail', 'p/', { after: 'p/a', limit: 10 })).rejects.toThrow(
      ObjectReadError,
    );
  });
});

describe('a folder', () => {
  const temp = useTempFolder();
  for (const name of ['a/1', 'b/2', 'b/3', 'c/d/4', 'e']) temp.write(`trail/${name}`, '12345');
  const root = temp.path('trail');

  it('lists files after another, to any depth, and no more than asked for', async () => {
    const keys = async (after: string, limit = 10) =>
      (await filesystemListing.keys('', `${root}/`, { after: `${root}/${after}`, limit })).map(({ key, bytes }) => {
        expect(bytes).toBe(5);
        return key.slice(root.length + 1);
      });
    expect(await keys('')).toEqual(['a/1', 'b/2', 'b/3', 'c/d/4', 'e']);
    expect(await keys('b/2')).toEqual(['b/3', 'c/d/4', 'e']);
    expect(await keys('b/25', 2)).toEqual(['b/3', 'c/d/4']);
    expect(await keys('z')).toEqual([]);
    const isPast = (key: string) => key.endsWith('/3');
    expect(await filesystemListing.keys('', `${root}/`, { after: '', limit: 10, isPast })).toHaveLength(3);
  });

  it('lists the folders in it', async () => {
    expect(await filesystemListing.folders('', `${root}/`, 10)).toEqual(['a', 'b', 'c']);
    expect(await filesystemListing.folders('', `${root}/`, 2)).toEqual(['a', 'b']);
  });

  it('says why it cannot be listed', async () => {
    await expect(filesystemListing.folders('', `${root}/none/`, 10)).rejects.toThrow(ObjectReadError);
  });
});
