import { Stack } from 'aws-cdk-lib';
import { ConfigurationError } from '../../../lambda/errors';
import { RegionSweep, type RegionSweepProps } from '../../../lib';
import { expectLines, foreignApp, resourcesOf, synth } from '../support';

const FLAGS = { trailBucket: 'company-trail' };

const POLICY = 'AWS::SNS::TopicPolicy RegionSweepAlertsTopicPolicy';

const ALARMS =
  '{StringEquals: {aws:SourceAccount: <AWS::AccountId>}, ArnLike: {aws:SourceArn: arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:*}} {Sid: AllowAlarms}';

const CONFIGURATION_ARN = 'arn:aws:chatbot::111122223333:chat-configuration/slack-channel/security';

const CHAT_ENDPOINT = 'https://global.sns-api.chatbot.amazonaws.com';

const sendsOn = (principal: string) =>
  `PolicyDocument.Statement: ${principal} sns:Publish on <RegionSweepAlertsTopic> if `;

it('lets CloudWatch alarms of this account and the function’s role publish, whatever IAM allows others', () => {
  const statements = synth(FLAGS)
    .form.get(POLICY)
    ?.filter((line) => line.includes('Statement'));
  expect(statements).toEqual([
    `${sendsOn('Allow {Service: cloudwatch.amazonaws.com}')}${ALARMS}`,
    `${sendsOn('Deny *')}{ArnNotEquals: {aws:PrincipalArn: <RegionSweepDetectorRole.Arn>}, Bool: {aws:PrincipalIsAWSService: false}} {Sid: DenyOtherPublishers}`,
    `${sendsOn('Deny *')}{Bool: {aws:SecureTransport: false}} {Sid: AllowPublishThroughSSLOnly}`,
  ]);
  synth(FLAGS).template.resourceCountIs('AWS::SNS::TopicPolicy', 1);
});

it('has a key of its own, which rotates and which alarms may use, and chat with a channel', () => {
  expectLines(synth(FLAGS), 'AWS::SNS::Topic RegionSweepAlertsTopic', 'KmsMasterKeyId = <RegionSweepAlertsKey.Arn>');
  const use = 'kms:Decrypt, kms:GenerateDataKey* on *';
  expectLines(
    synth(FLAGS),
    'AWS::KMS::Key RegionSweepAlertsKey',
    'EnableKeyRotation = true',
    `KeyPolicy.Statement: Allow {Service: cloudwatch.amazonaws.com} ${use} if ${ALARMS}`,
  );
  const CHANNEL = { ...FLAGS, slackWorkspaceId: 'T1', slackChannelId: 'C1' };
  const CONFIGURATION = { ...FLAGS, slackConfigurationArn: CONFIGURATION_ARN };
  for (const flags of [CHANNEL, CONFIGURATION]) {
    expectLines(
      synth(flags),
      'AWS::KMS::Key RegionSweepAlertsKey',
      `KeyPolicy.Statement: Allow {Service: chatbot.amazonaws.com} ${use} if {StringEquals: {aws:SourceAccount: <AWS::AccountId>}} {Sid: AllowChat}`,
    );
  }
  expect(JSON.stringify(synth(FLAGS).json)).not.toContain('chatbot');
});

/** A detector in a region that is known. */
function detectorIn(region: string, props: RegionSweepProps): RegionSweep {
  const stack = new Stack(foreignApp(), 'Security', { env: { account: '111122223333', region } });
  return new RegionSweep(stack, 'RegionSweep', props);
}

describe('subscribers', () => {
  const RESPOND = 'arn:aws:lambda:eu-west-1:111122223333:function:respond';
  const subscribers = [
    { protocol: 'sqs', endpoint: 'arn:aws:sqs:eu-west-1:111122223333:siem', filter: { kind: ['alert'] } },
    { protocol: 'https', endpoint: 'https://hooks.example.com/x' },
    { protocol: 'lambda', endpoint: RESPOND },
  ];
  const slack = { slackWorkspaceId: 'T0123456789', slackChannelId: 'C0123456789' };
  const many = synth(
    { ...slack, alertEmail: 'sec@example.com, duty@example.com', subscribers: JSON.stringify(subscribers) },
    true,
  );

  it('get one subscription each', () => {
    const subscriptions = resourcesOf(many.json, 'AWS::SNS::Subscription').flatMap(([id, { Properties }]) => {
      const { TopicArn: _, ...rest } = Properties;
      return id.includes('Backup') ? [] : [rest];
    });
    expect(subscriptions).toEqual([
      { Protocol: 'email', Endpoint: 'sec@example.com' },
      { Protocol: 'email', Endpoint: 'duty@example.com' },
      {
        Protocol: 'sqs',
        Endpoint: subscribers[0]?.endpoint,
        RawMessageDelivery: true,
        FilterPolicy: { kind: ['alert'] },
      },
      { Protocol: 'https', Endpoint: 'https://hooks.example.com/x' },
      { Protocol: 'lambda', Endpoint: RESPOND },
      { Protocol: 'https', Endpoint: CHAT_ENDPOINT },
    ]);
    expect(many.violations).toEqual([]);
  });

  it('with verdicts get those, and whatever has none', () => {
    const pager = {
      protocol: 'lambda',
      endpoint: RESPOND,
      verdicts: ['suspicious', 'unclear'],
      filter: { kind: ['alert'] },
    };
    const stack = synth({
      ...{ alertEmail: 'sec@example.com,duty@example.com', emailVerdicts: 'suspicious' },
      subscribers: JSON.stringify([pager]),
    });
    const policies = resourcesOf(stack.json, 'AWS::SNS::Subscription').map(([, { Properties }]) => {
      const { FilterPolicy, FilterPolicyScope } = Properties;
      return [FilterPolicy, FilterPolicyScope];
    });
    expect(policies).toEqual([
      [{ verdict: ['suspicious', { exists: false }] }, undefined],
      [{ verdict: ['suspicious', { exists: false }] }, undefined],
      [{ kind: ['alert'], verdict: ['suspicious', 'unclear', { exists: false }] }, undefined],
    ]);
    expect(stack.warnings.join()).toContain('none gets the alarms');
    expect(many.warnings.join()).not.toContain('none gets the alarms');
  });

  it.each([
    ['sends alarms elsewhere', { alarmTopicArn: 'arn:aws:sns:eu-west-1:111122223333:ops' }],
    ['has a subscriber that gets all', { subscribers: '[{"protocol":"email","endpoint":"ops@example.com"}]' }],
    ['has a channel', slack],
  ])('are not warned of unheard alarms where the stack %s', (_, flags) => {
    const { warnings } = synth({ alertEmail: 'sec@example.com', emailVerdicts: 'suspicious', ...flags });
    expect(warnings.join()).not.toContain('none gets the alarms');
  });

  it('that are functions may be called by the topic', () => {
    const [[, { Properties }]] = resourcesOf(many.json, 'AWS::Lambda::Permission') as [[string, never]];
    expect(Properties).toMatchObject({
      Action: 'lambda:InvokeFunction',
      FunctionName: RESPOND,
      Principal: 'sns.amazonaws.com',
      SourceArn: { Ref: expect.stringMatching(/^RegionSweepAlertsTopic/) },
    });
  });

  it('in Slack receive and can do nothing', () => {
    const [slackId] = [...many.form.keys()].filter((heading) => heading.startsWith('AWS::Chatbot'));
    expectLines(
      many,
      slackId!,
      'SlackWorkspaceId = T0123456789',
      'SlackChannelId = C0123456789',
      'SnsTopicArns = <RegionSweepAlertsTopic>',
      'GuardrailPolicies = arn:<AWS::Partition>:iam::aws:policy/AWSDenyAll',
    );
    const [, role] = resourcesOf(many.json, 'AWS::IAM::Role').find(([id]) => id.includes('Slack'))!;
    expect(role.Properties).not.toHaveProperty('ManagedPolicyArns');
    expect(role.Properties).not.toHaveProperty('Policies');
  });

  it('in Slack have a configuration named by detector and region, since it is unique in the account', () => {
    const [[, { Properties }]] = resourcesOf(many.json, 'AWS::Chatbot::SlackChannelConfiguration') as [[string, never]];
    expect(Properties).toMatchObject({
      ConfigurationName: { 'Fn::Join': ['', ['regionsweep-regionsweep-', { Ref: 'AWS::Region' }]] },
    });
  });

  it.each([
    ['a new configuration', slack],
    ['one there is', { slackConfigurationArn: CONFIGURATION_ARN }],
  ])('in Slack get their verdicts, by a subscription before that of the chat client, with %s', (_, channel) => {
    const { json, violations, warnings } = synth({ ...channel, slackVerdicts: 'suspicious,unclear' }, true);
    const [[id, subscription]] = resourcesOf(json, 'AWS::SNS::Subscription') as [[string, object]];
    expect(subscription).toMatchObject({
      Properties: {
        ...{ Protocol: 'https', Endpoint: CHAT_ENDPOINT },
        FilterPolicy: { verdict: ['suspicious', 'unclear', { exists: false }] },
      },
      // Whoever takes the resource away, a roll-back too, must not unsubscribe the client.
      ...{ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' },
    });
    for (const [, configuration] of resourcesOf(json, 'AWS::Chatbot::SlackChannelConfiguration')) {
      expect(configuration).toMatchObject({ DependsOn: [id] });
    }
    expect(violations).toEqual([]);
    expect(warnings.join()).toContain('none gets the alarms');
  });

  it('in Slack may have a configuration already, to which the synthesis says how to add the topic', () => {
    const { template, warnings } = synth({ ...FLAGS, slackConfigurationArn: CONFIGURATION_ARN });
    template.resourceCountIs('AWS::Chatbot::SlackChannelConfiguration', 0);
    expect(warnings.join('\n')).toContain('aws chatbot update-slack-channel-configuration');
  });

  it.each([
    ['a queue', 'sqs', 'arn:aws:sqs:eu-west-1:444455556666:siem', 'is of another account'],
    ['a function', 'lambda', 'arn:aws:lambda:eu-west-1:444455556666:function:respond', 'is of another account'],
    ['a function', 'lambda', 'arn:aws:lambda:us-east-1:111122223333:function:respond', 'is of another region'],
  ] as const)('are refused where the stack cannot subscribe %s by %s: %s', (_, protocol, endpoint, fault) => {
    const build = () => detectorIn('eu-west-1', { subscribers: [{ protocol, endpoint }] });
    expect(build).toThrow(ConfigurationError);
    expect(build).toThrow(`${endpoint} ${fault}`);
  });

  it('may be queues of another region', () => {
    const endpoint = 'arn:aws:sqs:us-east-1:111122223333:siem';
    expect(() => detectorIn('eu-west-1', { subscribers: [{ protocol: 'sqs', endpoint }] })).not.toThrow();
  });

  it('in Slack are refused in China, where there is no chat client', () => {
    expect(() => detectorIn('cn-north-1', { slack: { workspaceId: 'T1', channelId: 'C1' } })).toThrow('not in China');
  });

  it('by e-mail get the alarms that the alert topic fails by another topic, which others are warned of', () => {
    const alarmsByBackup = (flags: object) => {
      const { json, warnings } = synth({ ...FLAGS, ...flags });
      const topics = resourcesOf(json, 'AWS::SNS::Topic').filter(([id]) => id.includes('Backup'));
      const addresses = resourcesOf(json, 'AWS::SNS::Subscription').flatMap(([id, { Properties }]) =>
        id.includes('Backup') ? [Properties.Endpoint] : [],
      );
      const alarms = resourcesOf(json, 'AWS::CloudWatch::Alarm').flatMap(([id, { Properties }]) =>
        (Properties.AlarmActions as object[]).length > 1 ? [id.replace(/^RegionSweepAlarms|.{8}$/g, '')] : [],
      );
      return {
        topics: topics.length,
        addresses,
        alarms,
        isWarned: warnings.join().includes('by the alert topic alone'),
      };
    };
    const none = { topics: 0, addresses: [], alarms: [], isWarned: false };
    expect(alarmsByBackup({ alertEmail: 'sec@example.com', ...slack })).toEqual({
      ...{ topics: 1, addresses: ['sec@example.com'], isWarned: false },
      alarms: expect.arrayContaining(['FailedDeliveries', 'FailingObjects']),
    });
    expect(alarmsByBackup(slack)).toEqual({ ...none, isWarned: true });
    expect(alarmsByBackup({ alertEmail: 'sec@example.com', emailVerdicts: 'suspicious' })).toEqual(none);
    const alarmTopicArn = 'arn:aws:sns:eu-west-1:111122223333:ops';
    expect(alarmsByBackup({ alertEmail: 'sec@example.com', alarmTopicArn })).toEqual(none);
    expect(alarmsByBackup({})).toEqual(none);
  });

  it.each([
    /sec@example\.com: the subscription is pending/,
    /hooks\.example\.com\/x: HTTPS subscribers get the chat card/,
    /siem: the queue’s policy must allow/,
  ])('come with a warning of what they still need: %s', (warning) => {
    expect(many.warnings.join('\n')).toMatch(warning);
  });

  it.each([
    ['one list', { alertEmail: 'sec@example.com,sec@example.com' }],
    [
      'a channel and a list',
      { ...slack, subscribers: JSON.stringify([{ protocol: 'https', endpoint: CHAT_ENDPOINT }]) },
    ],
    [
      'two settings, one with a filter',
      {
        alertEmail: 'sec@example.com',
        subscribers: '[{"protocol":"email","endpoint":"sec@example.com","filter":{"kind":["alert"]}}]',
      },
    ],
  ])('are refused when %s name an endpoint twice', (_where, flags) => {
    expect(() => synth(flags)).toThrow(ConfigurationError);
    expect(() => synth(flags)).toThrow(
      /^\S+ is subscribed more than once by (email|https), which SNS does not allow; leave it in once, with one filter for all it wants$/,
    );
  });

  it('keep their subscription when another is added', () => {
    const ids = ({ json }: typeof many) => resourcesOf(json, 'AWS::SNS::Subscription').map(([id]) => id);
    const before = ids(synth({ alertEmail: 'duty@example.com' }));
    expect(before).toHaveLength(2);
    expect(ids(many)).toEqual(expect.arrayContaining(before));
  });
});
