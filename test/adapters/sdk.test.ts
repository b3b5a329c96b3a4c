import { cloudFormationClient } from '../../lambda/adapters/aws/cloudformation';
import { dynamoDbClient } from '../../lambda/adapters/aws/dynamodb';
import { s3Client } from '../../lambda/adapters/aws/s3';
import { answer, common } from '../../lambda/adapters/aws/sdk';
import { snsClient } from '../../lambda/adapters/aws/sns';
import { sqsClient } from '../../lambda/adapters/aws/sqs';
import { ssmClient } from '../../lambda/adapters/aws/ssm';
import { ServiceError } from '../../lambda/errors';

const REGION = { region: 'eu-west-1' };

describe('SDK clients', () => {
  it.each([
    ['no endpoint of its own', {}, {}, false],
    ['an endpoint given', { endpoint: 'http://localhost:4566' }, {}, true],
    ['AWS_ENDPOINT_URL', {}, { AWS_ENDPOINT_URL: 'http://localhost:4566' }, true],
    ['AWS_ENDPOINT_URL_S3', {}, { AWS_ENDPOINT_URL_S3: 'http://localhost:4566' }, true],
    ['an empty AWS_ENDPOINT_URL', {}, { AWS_ENDPOINT_URL: '' }, false],
  ])('name buckets in the path or the host as %s asks for', (_, settings, environment, isPath) => {
    expect(s3Client({ ...REGION, ...settings }, environment).config.forcePathStyle).toBe(isPath);
  });

  it('give up a request that hangs while the function still has time', () => {
    const { requestHandler } = common({ region: 'eu-west-1' }, 3);
    expect(requestHandler).toMatchObject({
      connectionTimeout: 2_000,
      requestTimeout: 5_000,
      throwOnRequestTimeout: true,
    });
  });

  it('take region, endpoint and profile as given', async () => {
    const settings = { region: 'ap-south-1', endpoint: 'http://localhost:4566', profile: 'audit' };
    const { config } = dynamoDbClient(settings);
    expect(await config.region()).toBe('ap-south-1');
    expect(config.profile).toBe('audit');
    expect(await config.endpoint?.()).toMatchObject({ hostname: 'localhost', port: 4566 });
  });

  it.each([
    [4, s3Client],
    [6, dynamoDbClient],
    [4, snsClient],
    [4, sqsClient],
    [6, cloudFormationClient],
    [2, ssmClient],
  ])('try %i times, with jitter: %p', async (attempts, make) => {
    const { config } = make(REGION);
    const retryMode = typeof config.retryMode === 'function' ? await config.retryMode() : config.retryMode;
    expect([retryMode, await config.maxAttempts()]).toEqual(['standard', attempts]);
  });
});

const messageFor = async (thrown: unknown, advice = {}) => {
  const error: unknown = await answer(Promise.reject(thrown), 'here', advice).catch((caught) => caught);
  expect(error).toBeInstanceOf(ServiceError);
  expect((error as ServiceError).cause).toBe(thrown);
  return (error as ServiceError).message;
};

const named = (name: string, message: string, more: object = {}) => Object.assign(new Error(message), { name }, more);

const THROTTLED = 'The service throttled the request and its retries; reduce the rate, or try again';

const CREDENTIALS = 'Check the AWS credentials and the clock: they are absent, expired or wrong';

const UNREACHABLE = 'The service could not be reached; check network and endpoint, or try again';

describe('an SDK error becomes ours', () => {
  it.each([
    ['Known', 'Do this'],
    ['KnownException', 'Do this'],
    ['ThrottlingException', THROTTLED],
    ['SlowDown', THROTTLED],
    ['RequestThrottled', THROTTLED],
    ['RequestLimitExceeded', THROTTLED],
    ['TooManyRequestsException', THROTTLED],
    ['AccessDenied', 'Allow it in the policies of this identity and of the resource'],
    ['AccessDeniedException', 'Allow it in the policies of this identity and of the resource'],
    ['ExpiredToken', CREDENTIALS],
    ['ExpiredTokenException', CREDENTIALS],
    ['CredentialsProviderError', CREDENTIALS],
    ['SignatureDoesNotMatch', CREDENTIALS],
    ['TimeoutError', UNREACHABLE],
    ['KMSDisabledException', 'The KMS key is disabled; enable it'],
    ['KmsDisabled', 'The KMS key is disabled; enable it'],
    ['KMSNotFoundException', 'The KMS key does not exist, or is in another region'],
    ['KmsInvalidState', 'The KMS key cannot be used, perhaps because its deletion is pending; restore it'],
    ['KMS.KMSInvalidStateException', 'The KMS key cannot be used, perhaps because its deletion is pending; restore it'],
    ['KMSThrottlingException', 'KMS throttled the request and its retries; reduce the rate, or try again'],
    [
      'KMSAccessDeniedException',
      "Allow use of the key to this identity, in the key's own policy too when the key is another account's",
    ],
    ['constructor', 'See the cause'],
  ])('%s with what to do', async (name, advice) => {
    expect(await messageFor(named(name, 'so it is'), { Known: 'Do this' })).toBe(`here: ${name}: so it is. ${advice}`);
  });

  it.each<[what: string, thrown: unknown, message: string | RegExp]>([
    [
      'the denied action of a key, even where the error has advice of its own',
      named('Known', 'not authorized to perform: kms:GenerateDataKey on the resource'),
      /\. Allow kms:GenerateDataKey to this identity/,
    ],
    [
      'Node’s code, and no message',
      Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' }),
      `here: ECONNREFUSED. ${UNREACHABLE}`,
    ],
    ['a missing region', new Error('Region is missing'), /^here: Region is missing\. Name a region: --aws-region/],
    [
      'its status',
      named('Odd', 'odd.', { $metadata: { httpStatusCode: 502 } }),
      'here: Odd: odd. The service failed; try again',
    ],
    ['a long text', named('Odd', 'x'.repeat(100_000)), /^.{500,600}$/],
    ...['text', undefined, null, {}, 42].map((thrown): [string, unknown, RegExp] => [
      `whatever was thrown: ${JSON.stringify(thrown)}`,
      thrown,
      /^here: .+\. See the cause$/,
    ]),
  ])('by %s', async (_what, thrown, message) => {
    expect(await messageFor(thrown, { Known: 'Do this' })).toEqual(
      typeof message === 'string' ? message : expect.stringMatching(message),
    );
  });
});
