import {
  documentOf,
  identityStatements,
  type ResourceJson,
  resourcesOf,
  SOURCES,
  type StatementJson,
  synth,
} from '../support';

const actionsOf = ({ Action }: StatementJson): readonly string[] => [Action].flat();
const nameOf = (value: unknown): string => JSON.stringify(value) ?? '';

/** Statements of a resource's own policy, whatever its property is called. */
function resourceStatements({ Properties }: ResourceJson): readonly StatementJson[] {
  return [Properties.PolicyDocument, Properties.KeyPolicy].flatMap(
    (document) => (document as { Statement?: readonly StatementJson[] } | undefined)?.Statement ?? [],
  );
}

const RESOURCE_POLICIES = ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy', 'AWS::S3::BucketPolicy', 'AWS::KMS::Key'];

describe.each(Object.entries(SOURCES))('permissions with %s', (_name, flags) => {
  const { json } = synth(flags, true);
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

  it('lets only Lambda assume a role', () => {
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

  it('allows every action on a resource only to the account of a key', () => {
    const everything = allowedByResources.filter(({ statement }) =>
      actionsOf(statement).some((action) => /^(\*|\w+:\*)$/.test(action)),
    );
    // Without this statement, which KMS itself sets by default, IAM could give nobody the key, and it would be lost
    // with the last principal that its policy names.
    for (const { type, statement } of everything) {
      expect(type).toBe('AWS::KMS::Key');
      expect(nameOf(statement.Principal)).toContain(':root');
    }
    expect(everything).toHaveLength(resourcesOf(json, 'AWS::KMS::Key').length);
  });

  it('names the resource in every resource policy but a key’s, where * is the key itself', () => {
    const open = allowedByResources.filter(({ statement }) => statement.Resource === '*');
    expect(new Set(open.map(({ type }) => type))).toEqual(new Set(['AWS::KMS::Key']));
  });

  it('trusts no service without the source it acts for', () => {
    const services = allowedByResources.filter(({ statement }) => nameOf(statement.Principal).includes('Service'));
    expect(services.length).toBeGreaterThan(0);
    const unconditional = services.filter(({ statement }) => !nameOf(statement.Condition).includes('aws:SourceArn'));
    expect(unconditional.map(({ statement }) => statement.Sid)).toEqual([]);
  });
});

it('the function’s role may do this and nothing else', () => {
  const { form } = synth(SOURCES['an existing bucket by S3 notification'], true);
  const statements = form.get('AWS::IAM::Policy RegionSweepDetectorRoleDefaultPolicy')!;
  const allowed = statements.flatMap((line) => /Statement: Allow (.*)/.exec(line)?.slice(1) ?? []);
  expect(allowed).toEqual([
    'dynamodb:GetItem, dynamodb:PutItem, dynamodb:Query on <RegionSweepLedgerTable.Arn>',
    'kms:Decrypt, kms:GenerateDataKey, kms:GenerateDataKeyWithoutPlaintext on <RegionSweepAlertsKey.Arn>',
    'logs:CreateLogStream, logs:PutLogEvents on <RegionSweepDetectorLogs.Arn>, arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:<RegionSweepDetectorLogs>',
    's3:GetObject on arn:<AWS::Partition>:s3:::company-trail/AWSLogs/*/CloudTrail/*, <RegionSweepTestBucket.Arn>/*',
    's3:ListBucket on <RegionSweepTestBucket.Arn> if {StringLike: {s3:prefix: *}}',
    's3:ListBucket on arn:<AWS::Partition>:s3:::company-trail if {StringLike: {s3:prefix: AWSLogs/*}}',
    'sns:Publish on <RegionSweepAlertsTopic>',
    'sqs:DeleteMessage, sqs:GetQueueAttributes, sqs:ReceiveMessage, sqs:SendMessage on <RegionSweepPipelineQueue.Arn>',
  ]);
});
