import { ArnFormat, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

const ENCRYPTING = { actions: ['kms:Decrypt', 'kms:GenerateDataKey*'], resources: ['*'] };

export interface AlertTopicProps {
  /** the sender's name in e-mails */
  readonly displayName: string;
}

/**
 * The topic of alerts and alarms. Only roles given to `grantPublish` and this account's CloudWatch alarms can publish;
 * administrators cannot, because a forged alert is as bad as a missed one.
 */
export class AlertTopic extends Construct {
  /** takes any subscription */
  readonly topic: sns.Topic;
  /** encrypts the topic's messages */
  readonly key: kms.Key;
  private readonly publishers: string[] = [];

  constructor(scope: Construct, id: string, { displayName }: AlertTopicProps) {
    super(scope, id);
    this.key = new kms.Key(this, 'Key', {
      description: `Encrypts the alerts of ${displayName}`,
      enableKeyRotation: true,
      // The key encrypts only messages in transit.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.topic = new sns.Topic(this, 'Topic', { displayName, enforceSSL: true, masterKey: this.key });
    const publishing = { actions: ['sns:Publish'], resources: [this.topic.topicArn] };
    const alarms = alarmsOf(Stack.of(this));
    // SNS developer guide, "Enable compatibility between event sources from AWS services and encrypted topics".
    this.topic.addToResourcePolicy(new iam.PolicyStatement({ sid: 'AllowAlarms', ...alarms, ...publishing }));
    this.key.addToResourcePolicy(new iam.PolicyStatement({ sid: 'AllowAlarms', ...alarms, ...ENCRYPTING }));
    // Without this every administrator could publish; services other than CloudWatch have no allow statement.
    this.topic.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'DenyOtherPublishers',
        effect: iam.Effect.DENY,
        principals: [new iam.StarPrincipal()],
        ...publishing,
        conditions: {
          // IAM rejects an empty list; without a publisher every identity is denied.
          ArnNotEquals: Lazy.any({
            produce: () => (this.publishers.length === 0 ? undefined : { 'aws:PrincipalArn': this.publishers }),
          }),
          Bool: { 'aws:PrincipalIsAWSService': 'false' },
        },
      }),
    );
  }

  /** Lets a role publish. */
  grantPublish(role: iam.IRole): void {
    this.publishers.push(role.roleArn);
    role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['sns:Publish'], resources: [this.topic.topicArn] }));
    // SNS developer guide, "Configure AWS KMS permissions", asks for GenerateDataKey*; a symmetric key has these two.
    this.key.grant(role, 'kms:Decrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext');
  }

  /** Lets Amazon Q Developer in chat applications use the key, for channels of this account. */
  grantChat(): void {
    this.key.addToResourcePolicy(chatStatement(Stack.of(this)));
  }
}

/** @internal */
export function chatStatement({ account }: Stack): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'AllowChat',
    principals: [new iam.ServicePrincipal('chatbot.amazonaws.com')],
    ...ENCRYPTING,
    conditions: { StringEquals: { 'aws:SourceAccount': account } },
  });
}

/**
 * A second topic for the alarm about failed deliveries of the alert topic. It has its own policy and no key, so that it
 * works when those of the alert topic do not.
 */
export function backupTopic(scope: Construct, { displayName }: AlertTopicProps): sns.Topic {
  const topic = new sns.Topic(scope, 'Topic', { displayName, enforceSSL: true });
  const publishing = { actions: ['sns:Publish'], resources: [topic.topicArn] };
  const alarms = alarmsOf(Stack.of(scope));
  topic.addToResourcePolicy(new iam.PolicyStatement({ sid: 'AllowAlarms', ...alarms, ...publishing }));
  return topic;
}

/** CloudWatch, for alarms of the stack's account. */
function alarmsOf(stack: Stack): Pick<iam.PolicyStatementProps, 'principals' | 'conditions'> {
  const alarmArns = stack.formatArn({
    service: 'cloudwatch',
    resource: 'alarm',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return {
    principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
    conditions: {
      StringEquals: { 'aws:SourceAccount': stack.account },
      ArnLike: { 'aws:SourceArn': alarmArns },
    },
  };
}
