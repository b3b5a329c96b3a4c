import { S3Source } from '../../lambda/adapters/aws/s3';
import { ObjectGoneError, ObjectReadError } from '../../lambda/errors';
import { type Answer, refusal, type S3Server, startS3Server } from '../support/s3-server';

const REF = { bucket: 'trail', key: 'AWSLogs/a b+c/ü.json.gz' };

describe('objects from S3', () => {
  let server: S3Server;
  let source: S3Source;

  beforeAll(async () => {
    server = await startS3Server();
    source = new S3Source(server.client);
  });

  afterAll(() => server.close());

  async function read(): Promise<string> {
    const pieces: Uint8Array[] = [];
    for await (const piece of source.read(REF)) pieces.push(piece);
    return Buffer.concat(pieces).toString('latin1');
  }

  async function readError(answer: Answer): Promise<Error> {
    server.answer(answer);
    const error: unknown = await read().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ObjectReadError);
    return error as Error;
  }

  it('come whole and as stored, under their decoded key', async () => {
    const content = Array.from({ length: 300_000 }, (_, index) => String.fromCharCode(index % 256)).join('');
    server.answer((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': content.length });
      response.end(content, 'latin1');
    });
    expect(await read()).toBe(content);
    expect(server.asked).toEqual(['/trail/AWSLogs/a%20b%2Bc/%C3%BC.json.gz?x-id=GetObject']);
  });

  it('may be empty', async () => {
    server.answer((response) => response.end());
    expect(await read()).toBe('');
  });

  it('can be left unread', async () => {
    server.answer((response) => response.end(Buffer.alloc(5_000_000)));
    for await (const piece of source.read(REF)) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
  });

  it.each([
    [refusal(404, 'NoSuchKey', 'The specified key does not exist.')],
    [(response) => response.writeHead(404).end()],
  ] satisfies [Answer][])('are gone when S3 says so', async (answer) => {
    const error = await readError(answer);
    expect(error).toBeInstanceOf(ObjectGoneError);
    expect(error.message).toBe(`s3://trail/${REF.key} is there no more: deleted, or moved by a lifecycle rule`);
    expect(error.cause).toBeInstanceOf(Error);
  });

  const KMS_DENIED =
    'User: arn:aws:sts::111122223333:assumed-role/r/s is not authorized to perform: kms:Decrypt on the resource';
  const FAULTS: readonly (readonly [string, Answer, RegExp])[] = [
    ['access is denied', refusal(403, 'AccessDenied', 'Access Denied'), /Allow s3:GetObject .* s3:ListBucket/],
    ['the key denies', refusal(403, 'AccessDenied', KMS_DENIED), /\. Allow kms:Decrypt to this identity/],
    ['the key is disabled', refusal(400, 'KMS.DisabledException'), /The KMS key is disabled; enable it/],
    ['the key is gone', refusal(400, 'KMS.NotFoundException'), /The KMS key is gone/],
    ['the key is to be deleted', refusal(400, 'KMS.KMSInvalidStateException'), /deletion is pending/],
    ['it is archived', refusal(403, 'InvalidObjectState'), /archived in Glacier/],
    ['there is no bucket', refusal(404, 'NoSuchBucket'), /no such bucket/],
    ['the key id is wrong', refusal(403, 'InvalidAccessKeyId'), /Check the AWS credentials/],
    ['the session is over', refusal(400, 'ExpiredToken'), /Check the AWS credentials/],
    ['the header is wrong', refusal(400, 'AuthorizationHeaderMalformed'), /another region/],
    ['anything else', refusal(400, 'InvalidArgument'), /InvalidArgument: InvalidArgument it is\. See the cause/],
  ];

  it.each(FAULTS)('cannot be read when %s', async (_, answer, advice) => {
    const error = await readError(answer);
    expect(error).not.toBeInstanceOf(ObjectGoneError);
    expect(error.message).toContain(`s3://trail/${REF.key} cannot be read: `);
    expect(error.message).toMatch(advice);
    expect(error.cause).toBeInstanceOf(Error);
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

  it('fail when the connection breaks half-way', async () => {
    const error = await readError((response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('half', () => response.destroy());
    });
    expect(error.message).toMatch(/cannot be read: ECONNRESET: aborted\. The service could not be reached/);
  });
});
