import * as clients from '../../lambda/adapters/aws';

const REGION = { region: 'eu-west-1' };

describe('SDK clients', () => {
  it.each([
    ['no endpoint of its own', {}, {}, false],
    ['an endpoint given', { endpoint: 'http://localhost:4566' }, {}, true],
    ['AWS_ENDPOINT_URL', {}, { AWS_ENDPOINT_URL: 'http://localhost:4566' }, true],
    ['AWS_ENDPOINT_URL_S3', {}, { AWS_ENDPOINT_URL_S3: 'http://localhost:4566' }, true],
    ['an empty AWS_ENDPOINT_URL', {}, { AWS_ENDPOINT_URL: '' }, false],
  ])('name buckets in the path or the host as %s asks for', (_, settings, environment, isPath) => {
    const { config } = clients.s3Client({ ...REGION, ...settings }, environment);
    expect(config.forcePathStyle).toBe(isPath);
  });

  it('take region, endpoint and profile as given', async () => {
    const settings = { region: 'ap-south-1', endpoint: 'http://localhost:4566', profile: 'audit' };
    const { config } = clients.dynamoDbClient(settings);
    expect(await config.region()).toBe('ap-south-1');
    expect(config.profile).toBe('audit');
    expect(await config.endpoint?.()).toMatchObject({ hostname: 'localhost', port: 4566 });
  });

  it.each([
    clients.s3Client,
    clients.dynamoDbClient,
    clients.snsClient,
    clients.sqsClient,
    clients.cloudFormationClient,
  ])('try again with jitter', async (make) => {
    const { config } = make(REGION);
    const retryMode = typeof config.retryMode === 'function' ? await config.retryMode() : config.retryMode;
    expect(retryMode).toBe('standard');
    expect(await config.maxAttempts()).toBeGreaterThanOrEqual(4);
  });

  it('try a parameter, which can wait, again once', async () => {
    expect(await clients.ssmClient(REGION).config.maxAttempts()).toBe(2);
  });
});
