import {
  documentOf,
  identityStatements,
  type ResourceJson,
  resourcesOf,
  SOURCES,
  type StatementJson,
  synth,
} from './support';

const actionsOf = ({ Action }: StatementJson): readonly string[] => [Action].flat();
const nameOf = (value: unknown): string => JSON.stringify(value) ?? '';

/** Statements of a resource's own policy, whatever its property is called. */
function resourceStatements({ Properties }: ResourceJson): readonly StatementJson[] {
  return [Properties.PolicyDocument, Properties.KeyPolicy].flatMap(
    (document) => (document as { Statement?: readonly StatementJson[] } | undefined)?.Statement ?? [],
  );
}

const RESOURCE_POLICIES = ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy', 'AWS::S3::BucketPolicy', 'AWS::KMS::Key'];

describe.each(Object.entries(SOURCES))('%s', (_name, flags) => {
  const { json } = synth(flags);
  const identities = identityStatements(json, /./);
  const allowedByResources = RESOURCE_POLICIES.flatMap((type) =>
    resourcesOf(json, type).flatMap(([, resource]) =>
      resourceStatements(resource)
        .filter(({ Effect }) => Effect === 'Allow')
        .map((statement) => ({ type, statement })),
    ),
  );

  it('allows no identity a wildcard action', () => {
    expect(identities.flatMap(actionsOf).filter((action) => action.includes('*'))).toEqual([]);
  });

  it('allows no identity every resource', () => {
    const resources = identities.flatMap(({ Resource }) => [Resource].flat());
    expect(resources.filter((resource) => resource === '*')).toEqual([]);
  });

  it('gives every identity its permissions in policies of its own, but for aws-cdk-lib’s handler', () => {
    const managed = resourcesOf(json, 'AWS::IAM::Role').filter(
      ([, { Properties }]) => Properties.ManagedPolicyArns !== undefined,
    );
    expect(managed.map(([id]) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual(
      json.Resources && JSON.stringify(json).includes('Custom::S3BucketNotifications')
        ? ['BucketNotificationsHandler050a0587b7544547bf325f094a3db834Role']
        : [],
    );
  });

  it('lets Lambda alone take on a role', () => {
    const trusted = resourcesOf(json, 'AWS::IAM::Role').flatMap(
      ([, { Properties }]) => documentOf(Properties, 'AssumeRolePolicyDocument').Statement,
    );
    const byLambda = {
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { Service: 'lambda.amazonaws.com' },
    };
    expect(trusted).toEqual(trusted.map(() => byLambda));
    expect(trusted).not.toEqual([]);
  });

  it('allows everything on a resource to nobody but a key’s own account', () => {
    const whole = allowedByResources.filter(({ statement }) =>
      actionsOf(statement).some((action) => /^(\*|\w+:\*)$/.test(action)),
    );
    // Without this statement, which KMS itself sets by default, IAM could give nobody the key, and it would be lost
    // with the last principal that its policy names.
    for (const { type, statement } of whole) {
      expect(type).toBe('AWS::KMS::Key');
      expect(nameOf(statement.Principal)).toContain(':root');
    }
    expect(whole).toHaveLength(resourcesOf(json, 'AWS::KMS::Key').length);
  });

  it('names the resource in every resource policy but a key’s, where * is the key itself', () => {
    const open = allowedByResources.filter(({ statement }) => statement.Resource === '*');
    expect(new Set(open.map(({ type }) => type))).toEqual(new Set(['AWS::KMS::Key']));
  });

  it('trusts no service without the source it acts for, but the chat client with the key', () => {
    const services = allowedByResources.filter(({ statement }) => nameOf(statement.Principal).includes('Service'));
    expect(services.length).toBeGreaterThan(0);
    const unconditional = services.filter(({ statement }) => !nameOf(statement.Condition).includes('aws:SourceArn'));
    expect(unconditional.map(({ statement }) => statement.Sid)).toEqual(['AllowChat']);
  });
});

describe('the function’s role', () => {
  const statements = identityStatements(synth({ trailBucket: 'company-trail' }).json, /DetectorRole/);
  const allowed = statements.flatMap((statement) =>
    actionsOf(statement).flatMap((action) =>
      [statement.Resource].flat().map((resource) => [action, nameOf(resource)] as const),
    ),
  );
  const on = (part: string) => allowed.filter(([, resource]) => resource.includes(part)).map(([action]) => action);

  it('may add to the ledger and read it, and delete nothing', () => {
    expect(on('LedgerTable').sort()).toEqual(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query']);
  });

  it('may receive from its own queue and send to it', () => {
    expect(on('PipelineQueue').sort()).toEqual([
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
      'sqs:SendMessage',
    ]);
  });

  it('may publish to the alert topic with its key', () => {
    expect(on('AlertsTopic')).toEqual(['sns:Publish']);
    expect(on('AlertsKey').sort()).toEqual([
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'kms:GenerateDataKeyWithoutPlaintext',
    ]);
  });

  it('may read and list the trail’s part of the bucket and the test bucket', () => {
    expect(on('company-trail').sort()).toEqual(['s3:GetObject', 's3:ListBucket']);
    expect(on('TestBucket').sort()).toEqual(['s3:GetObject', 's3:ListBucket']);
  });

  it('may write its own logs, and nothing else at all', () => {
    expect(new Set(on('DetectorLogs'))).toEqual(new Set(['logs:CreateLogStream', 'logs:PutLogEvents']));
    const known = /LedgerTable|PipelineQueue|AlertsTopic|AlertsKey|company-trail|TestBucket|DetectorLogs/;
    expect(allowed.filter(([, resource]) => !known.test(resource))).toEqual([]);
  });
});
