import { createHash } from 'node:crypto';
import { Annotations, Token } from 'aws-cdk-lib';
import * as chatbot from 'aws-cdk-lib/aws-chatbot';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { ConfigurationError } from '../lambda/errors';
import { readFields } from '../lambda/fields';
import { checkSubscribers, slackFields, subscriberFields } from './subscriber-fields';

/** The message attributes that a filter may compare. */
export type FilterAttribute = 'rule_id' | 'severity' | 'account_id' | 'kind' | 'replay_id';

export interface Subscriber {
  /** `sqs` and `lambda` get the alert as JSON, `https` the chat card, `email` readable text */
  readonly protocol: 'email' | 'https' | 'sqs' | 'lambda';
  /** an address, a URL, or the ARN of a queue or function */
  readonly endpoint: string;
  /**
   * Values of message attributes that are wanted, any of those of one attribute, and all attributes named. Alarms
   * carry no attributes and so reach no subscriber with a filter.
   * @default everything is wanted
   */
  readonly filter?: Readonly<Partial<Record<FilterAttribute, readonly string[]>>> | undefined;
}

export interface SlackChannel {
  /** as authorised in the console of Amazon Q Developer in chat applications, such as `T0123456789` */
  readonly workspaceId: string;
  /** such as `C0123456789` */
  readonly channelId: string;
}

export interface SubscribersProps {
  readonly topic: sns.ITopic;
  readonly subscribers: readonly Subscriber[];
  readonly slack?: SlackChannel | undefined;
  /** name of the channel's configuration, unique in the account */
  readonly slackConfigurationName: string;
}

/**
 * Subscribes people, machines and a channel to the topic.
 * @throws ConfigurationError for values that are none and endpoints subscribed twice, naming each
 */
export class Subscribers extends Construct {
  constructor(scope: Construct, id: string, props: SubscribersProps) {
    super(scope, id);
    checkProps(props);
    refuseRepeated(props.subscribers);
    for (const subscriber of props.subscribers) this.subscribe(props.topic, subscriber);
    if (props.slack !== undefined) this.connectSlack(props, props.slack);
  }

  private subscribe(topic: sns.ITopic, { protocol, endpoint, filter }: Subscriber): void {
    const name = `${protocol}-${createHash('sha256').update(endpoint).digest('hex').slice(0, 12)}`;
    const subscription = new sns.Subscription(this, name, {
      topic,
      protocol: PROTOCOLS[protocol],
      endpoint,
      ...(protocol === 'sqs' ? { rawMessageDelivery: true } : {}),
      ...(filter === undefined ? {} : { filterPolicy: filterPolicy(filter) }),
    });
    if (protocol === 'lambda') {
      const target = lambda.Function.fromFunctionAttributes(this, `${name}-function`, {
        functionArn: endpoint,
        sameEnvironment: true,
      });
      target.addPermission(`${name}-invoke`, {
        principal: new iam.ServicePrincipal('sns.amazonaws.com'),
        sourceArn: topic.topicArn,
        scope: this,
      });
    }
    const note = NOTES[protocol];
    if (note !== undefined) {
      Annotations.of(subscription).addWarningV2(`regionsweep:subscriber-${protocol}`, `${endpoint}: ${note}`);
    }
  }

  private connectSlack(props: SubscribersProps, slack: SlackChannel): void {
    new chatbot.SlackChannelConfiguration(this, 'Slack', {
      slackChannelConfigurationName: props.slackConfigurationName,
      slackWorkspaceId: slack.workspaceId,
      slackChannelId: slack.channelId,
      notificationTopics: [props.topic],
      loggingLevel: chatbot.LoggingLevel.ERROR,
      // The service's own default guardrail is AdministratorAccess. The channel is told things and does nothing.
      guardrailPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('AWSDenyAll')],
    });
  }
}

const fields = { ...slackFields, subscribers: subscriberFields.subscribers };

const PROPERTIES: Readonly<Record<string, string>> = {
  slackWorkspaceId: 'slack.workspaceId',
  slackChannelId: 'slack.channelId',
};

function checkProps({ subscribers, slack }: SubscribersProps): void {
  // What the deployment alone will know cannot be looked at.
  const known = (value: string | undefined) => (Token.isUnresolved(value) ? undefined : value);
  readFields(
    fields,
    {
      subscribers,
      slackWorkspaceId: known(slack?.workspaceId),
      slackChannelId: known(slack?.channelId),
    },
    { nameOf: (field) => PROPERTIES[field] ?? field, check: checkSubscribers },
  );
}

/** SNS keeps one subscription of an endpoint to a topic, whatever the filters. */
function refuseRepeated(subscribers: readonly Subscriber[]): void {
  const repeated = subscribers.filter(
    ({ protocol, endpoint }, at) =>
      subscribers.findIndex((other) => other.protocol === protocol && other.endpoint === endpoint) < at,
  );
  if (repeated.length === 0) return;
  const faults = repeated.map(
    ({ protocol, endpoint }) =>
      `${endpoint} is subscribed more than once by ${protocol}, which SNS does not allow; leave it in once, with one filter for all it wants`,
  );
  throw new ConfigurationError([...new Set(faults)].join('\n'));
}

const PROTOCOLS = {
  email: sns.SubscriptionProtocol.EMAIL,
  https: sns.SubscriptionProtocol.HTTPS,
  sqs: sns.SubscriptionProtocol.SQS,
  lambda: sns.SubscriptionProtocol.LAMBDA,
} as const;

const NOTES: Readonly<Partial<Record<Subscriber['protocol'], string>>> = {
  email:
    'the subscription stays pending, and gets nothing, until the link in its first mail is followed. To keep others from unsubscribing it, confirm by: aws sns confirm-subscription --authenticate-on-unsubscribe true.',
  https:
    'HTTPS subscribers get the chat card, made for the chat client. Machines that want JSON subscribe a queue or a function.',
  sqs: 'the queue’s policy must allow sns.amazonaws.com to send messages from the alert topic (condition aws:SourceArn).',
};

function filterPolicy(filter: NonNullable<Subscriber['filter']>): Record<string, sns.SubscriptionFilter> {
  return Object.fromEntries(
    Object.entries(filter).map(([attribute, values]) => [
      attribute,
      sns.SubscriptionFilter.stringFilter({ allowlist: [...values] }),
    ]),
  );
}
