import { ArnFormat, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export interface AlertTopicProps {
  /** the sender's name in e-mails and text messages */
  readonly displayName: string;
}

/**
 * The topic of alerts and alarms. Only roles given to `grantPublish` and this account's CloudWatch alarms can publish,
 * administrators of the account included: a forged alert is as bad as a missed one.
 */
export class AlertTopic extends Construct {
  readonly topic: sns.Topic;
  readonly key: kms.Key;
  private readonly publishers: string[] = [];

  constructor(scope: Construct, id: string, props: AlertTopicProps) {
    super(scope, id);
    this.key = new kms.Key(this, 'Key', {
      description: `Encrypts the alerts of ${props.displayName}`,
      enableKeyRotation: true,
      // It encrypts nothing but messages on their way.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.topic = new sns.Topic(this, 'Topic', {
      displayName: props.displayName,
      enforceSSL: true,
      masterKey: this.key,
    });
    this.allowAlarms();
    this.allowChat();
    this.denyOthers();
  }

  /** Lets a role publish. */
  grantPublish(role: iam.IRole): void {
    this.publishers.push(role.roleArn);
    this.topic.grants.actions(role, ['sns:Publish'], {
      // SNS developer guide, "Configure AWS KMS permissions", asks for GenerateDataKey*; these are the two that
      // a symmetric key knows.
      keyActions: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext'],
    });
  }

  /** SNS developer guide, "Enable compatibility between event sources from AWS services and encrypted topics". */
  private allowAlarms(): void {
    const stack = Stack.of(this);
    const alarms = {
      principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
      conditions: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        ArnLike: {
          'aws:SourceArn': stack.formatArn({
            service: 'cloudwatch',
            resource: 'alarm',
            resourceName: '*',
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        },
      },
    };
    this.topic.addToResourcePolicy(
      new iam.PolicyStatement({
        ...alarms,
        sid: 'AllowAlarms',
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
      }),
    );
    this.key.addToResourcePolicy(
      new iam.PolicyStatement({
        ...alarms,
        sid: 'AllowAlarms',
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
      }),
    );
  }

  /** A channel may also be set up by hand, later, so its client is always allowed. */
  private allowChat(): void {
    this.key.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'AllowChat',
        principals: [new iam.ServicePrincipal('chatbot.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
      }),
    );
  }

  /** IAM would let every administrator publish; services other than CloudWatch have no allowing statement. */
  private denyOthers(): void {
    this.topic.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'DenyOtherPublishers',
        effect: iam.Effect.DENY,
        principals: [new iam.StarPrincipal()],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: {
          // IAM takes no empty list; with no publisher every identity is another one.
          ArnNotEquals: Lazy.any({
            produce: () => (this.publishers.length === 0 ? undefined : { 'aws:PrincipalArn': this.publishers }),
          }),
          Bool: { 'aws:PrincipalIsAWSService': 'false' },
        },
      }),
    );
  }
}
