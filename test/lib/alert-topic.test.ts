import { Match } from 'aws-cdk-lib/assertions';
import { ConfigurationError } from '../../lambda/errors';
import { documentOf, resourcesOf, type StatementJson, synth } from './support';

const { template, json } = synth({ trailBucket: 'company-trail' });
const policies = resourcesOf(json, 'AWS::SNS::TopicPolicy').map(([, { Properties }]) =>
  documentOf(Properties, 'PolicyDocument'),
);
const statements = policies.flatMap(({ Statement }) => Statement);
const alarmsOfThisAccount = {
  StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
  ArnLike: { 'aws:SourceArn': { 'Fn::Join': ['', expect.arrayContaining([':cloudwatch:', ':alarm:*'])] } },
};

describe('who may publish', () => {
  it('is asked of one policy', () => expect(policies).toHaveLength(1));

  it('allows CloudWatch alarms of this account, and no other principal', () => {
    const allowed = statements.filter(({ Effect }) => Effect === 'Allow');
    expect(allowed).toEqual([
      expect.objectContaining({
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: alarmsOfThisAccount,
      }),
    ]);
  });

  it('denies every identity but the function’s role, whatever IAM allows it', () => {
    const denied = statements.filter(({ Sid }) => Sid === 'DenyOtherPublishers');
    expect(denied).toEqual([
      expect.objectContaining({
        Effect: 'Deny',
        Principal: '*',
        Action: 'sns:Publish',
        Condition: {
          ArnNotEquals: {
            'aws:PrincipalArn': [{ 'Fn::GetAtt': [expect.stringMatching(/DetectorRole/), 'Arn'] }],
          },
          Bool: { 'aws:PrincipalIsAWSService': 'false' },
        },
      }),
    ]);
  });

  it('denies what does not come by TLS', () => {
    const plain: Partial<StatementJson> = {
      Effect: 'Deny',
      Action: 'sns:Publish',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    };
    expect(statements).toContainEqual(expect.objectContaining(plain));
  });
});

describe('the key', () => {
  it('is the topic’s own and rotates', () => {
    template.hasResourceProperties('AWS::SNS::Topic', {
      KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('AlertsKey'), 'Arn'] },
    });
    template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
  });

  it.each([
    ['alarms', 'cloudwatch.amazonaws.com', alarmsOfThisAccount],
    ['chat', 'chatbot.amazonaws.com', undefined],
  ])('grants what %s need', (_who, service, condition) => {
    const [, key] = resourcesOf(json, 'AWS::KMS::Key')[0]!;
    const granted = documentOf(key.Properties, 'KeyPolicy').Statement.find(
      ({ Principal }) => JSON.stringify(Principal) === JSON.stringify({ Service: service }),
    );
    expect(granted).toMatchObject({ Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey*'] });
    expect(granted?.Condition).toEqual(condition);
  });
});

describe('subscribers', () => {
  const subscribers = [
    { protocol: 'sqs', endpoint: 'arn:aws:sqs:eu-west-1:111122223333:siem', filter: { kind: ['alert'] } },
    { protocol: 'https', endpoint: 'https://hooks.example.com/x' },
    { protocol: 'lambda', endpoint: 'arn:aws:lambda:eu-west-1:111122223333:function:respond' },
  ];
  const many = synth(
    {
      alertEmail: 'sec@example.com, duty@example.com',
      slackWorkspaceId: 'T0123456789',
      slackChannelId: 'C0123456789',
      subscribers: JSON.stringify(subscribers),
    },
    true,
  );

  it('get one subscription each', () => {
    many.template.resourceCountIs('AWS::SNS::Subscription', 5);
    for (const endpoint of ['sec@example.com', 'duty@example.com']) {
      many.template.hasResourceProperties('AWS::SNS::Subscription', {
        Protocol: 'email',
        Endpoint: endpoint,
      });
    }
    many.template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'sqs',
      RawMessageDelivery: true,
      FilterPolicy: { kind: ['alert'] },
    });
    many.template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'https' });
  });

  it('that are functions may be called by the topic', () => {
    many.template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      FunctionName: subscribers[2]?.endpoint,
      Principal: 'sns.amazonaws.com',
      SourceArn: { Ref: Match.stringLikeRegexp('AlertsTopic') },
    });
  });

  it('in Slack are told and can do nothing', () => {
    many.template.hasResourceProperties('AWS::Chatbot::SlackChannelConfiguration', {
      SlackWorkspaceId: 'T0123456789',
      SlackChannelId: 'C0123456789',
      SnsTopicArns: [{ Ref: Match.stringLikeRegexp('AlertsTopic') }],
      GuardrailPolicies: [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/AWSDenyAll']] }],
    });
    const [, role] = resourcesOf(many.json, 'AWS::IAM::Role').find(([id]) => id.includes('Slack'))!;
    expect(role.Properties).not.toHaveProperty('ManagedPolicyArns');
    expect(role.Properties).not.toHaveProperty('Policies');
  });

  it('leave the checks clean', () => expect(many.violations).toEqual([]));

  it('come with what blinds them', () => {
    const warnings = many.warnings.join('\n');
    expect(warnings).toMatch(/sec@example\.com: the subscription stays pending/);
    expect(warnings).toMatch(/hooks\.example\.com\/x: HTTPS subscribers get the chat card/);
    expect(warnings).toMatch(/siem: the queue’s policy must allow/);
  });

  it.each([
    ['one list', { alertEmail: 'sec@example.com,sec@example.com' }],
    [
      'two settings, one with a filter',
      {
        alertEmail: 'sec@example.com',
        subscribers: '[{"protocol":"email","endpoint":"sec@example.com","filter":{"kind":["alert"]}}]',
      },
    ],
  ])('are refused when %s name an endpoint twice', (_where, flags) => {
    expect(() => synth(flags)).toThrow(
      new ConfigurationError(
        'sec@example.com is subscribed more than once by email, which SNS does not allow; leave it in once, with one filter for all it wants',
      ),
    );
  });

  it('keep their subscription when another is added', () => {
    const ids = (flags: Record<string, string>) =>
      resourcesOf(synth(flags).json, 'AWS::SNS::Subscription').map(([id]) => id);
    const before = ids({ alertEmail: 'duty@example.com' });
    expect(before).toHaveLength(1);
    expect(resourcesOf(many.json, 'AWS::SNS::Subscription').map(([id]) => id)).toEqual(expect.arrayContaining(before));
  });
});
