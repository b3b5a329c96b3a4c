import { createHash } from 'node:crypto';
import { Annotations, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as chatbot from 'aws-cdk-lib/aws-chatbot';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { AlertVerdict } from '../lambda/detection/rule';
import { ConfigurationError } from '../lambda/errors';
import { readGroups, refuse } from '../lambda/util/schema';
import {
  PROTOCOLS,
  type Subscriber,
  type SubscriberSettings,
  subscriberFaults,
  subscriberSchema,
} from './subscriber-settings';

/** A channel without a configuration in this account; the stack creates one. */
export interface NewSlackConfiguration {
  /** as authorized in the console of Amazon Q Developer in chat applications, such as `T0123456789` */
  readonly workspaceId: string;
  /** such as `C0123456789` */
  readonly channelId: string;
}

/** An existing configuration, to which the topic is added by hand. */
export interface ExistingSlackConfiguration {
  /** ARN of the Slack channel configuration to which the topic is added. */
  readonly configurationArn: string;
}

export type SlackChannel = (NewSlackConfiguration | ExistingSlackConfiguration) & {
  /**
   * Alerts and follow-ups that are wanted, by verdict, as of a `Subscriber`.
   * @default every verdict
   */
  readonly verdicts?: readonly AlertVerdict[] | undefined;
};

/** Where the chat client takes the messages of any topic. */
const CHAT_ENDPOINT = 'https://global.sns-api.chatbot.amazonaws.com';

export interface SubscribersProps {
  readonly topic: sns.ITopic;
  readonly subscribers: readonly Subscriber[];
  readonly slack?: SlackChannel | undefined;
  /** whether the topic has the alarms as well */
  readonly carriesAlarms: boolean;
  /** name of a new Slack configuration, unique in the account whatever the region: given with `slack` */
  readonly slackConfigurationName?: string;
}

/**
 * Subscribes people, machines and a Slack channel to the topic.
 * @throws ConfigurationError that names each invalid value and each endpoint subscribed twice
 */
export class Subscribers extends Construct {
  constructor(scope: Construct, id: string, props: SubscribersProps) {
    super(scope, id);
    checkProps(props);
    const { topic, subscribers, slack, carriesAlarms } = props;
    for (const subscriber of subscribers) {
      const { protocol, endpoint } = subscriber;
      const { note } = PROTOCOLS[protocol];
      const subscription = this.subscribe(topic, subscriber);
      if (note === undefined) continue;
      Annotations.of(subscription).addWarningV2(`regionsweep:subscriber-${protocol}`, `${endpoint}: ${note}`);
    }
    if (carriesAlarms) this.warnOfUnheardAlarms(withChat(props));
    if (slack !== undefined) this.addChannel(slack, props);
  }

  /**
   * The chat client subscribes to the topics of a configuration by itself, without a filter. SNS has one subscription of an
   * endpoint, and for a request without attributes answers with the one there is: that of the stack, if it comes first.
   * The client ends it with its configuration. The stack never does, or a rolled back update would silence the channel.
   */
  private addChannel(slack: SlackChannel, props: SubscribersProps): void {
    const subscription = this.subscribe(props.topic, chatClient(slack));
    subscription.applyRemovalPolicy(RemovalPolicy.RETAIN);
    if ('configurationArn' in slack) {
      Annotations.of(this).addWarningV2(
        'regionsweep:slack-configuration',
        `${slack.configurationArn}: no template can add a topic to an existing configuration, so it gets nothing yet. Once, with all its topics, since the list is replaced: aws chatbot update-slack-channel-configuration --chat-configuration-arn ARN --sns-topic-arns … (and the output TopicArn).`,
      );
      return;
    }
    const configuration = new chatbot.SlackChannelConfiguration(this, 'Slack', {
      slackChannelConfigurationName: props.slackConfigurationName!,
      slackWorkspaceId: slack.workspaceId,
      slackChannelId: slack.channelId,
      notificationTopics: [props.topic],
      loggingLevel: chatbot.LoggingLevel.ERROR,
      // The channel only receives; the service's default guardrail is AdministratorAccess.
      guardrailPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('AWSDenyAll')],
    });
    configuration.node.addDependency(subscription);
  }

  private warnOfUnheardAlarms(subscribers: readonly Subscriber[]): void {
    const hearing = subscribers.filter(getsAlarms).length;
    if (hearing === 0 && subscribers.length > 0) {
      Annotations.of(this).addWarningV2(
        'regionsweep:alarms-unheard',
        'every subscriber has a filter or verdicts, so none gets the alarms: send those elsewhere by alarmTopicArn, or add a subscriber without.',
      );
    }
    if (hearing > 0 && emailsForAlarms(subscribers).length === 0) {
      Annotations.of(this).addWarningV2(
        'regionsweep:failed-deliveries-unheard',
        'the alarms come by the alert topic alone: where it does not deliver, the alarm FailedDeliveries does not reach anybody either. Send alarms elsewhere by alarmTopicArn, or add an e-mail address without a filter, which gets that alarm by a topic of its own.',
      );
    }
  }

  private subscribe(topic: sns.ITopic, { protocol, endpoint, filter = {}, verdicts }: Subscriber): sns.Subscription {
    refuseElsewhere(Stack.of(this), protocol, endpoint);
    const name = `${protocol}-${createHash('sha256').update(endpoint).digest('hex').slice(0, 12)}`;
    const filters = Object.entries(filter).map(([attribute, values]) => {
      return [attribute, sns.SubscriptionFilter.stringFilter({ allowlist: [...values] })] as const;
    });
    // SNS developer guide, "Attribute key matching": messages without a verdict, notices and summaries, pass as well.
    if (verdicts !== undefined) filters.push(['verdict', new sns.SubscriptionFilter([...verdicts, { exists: false }])]);
    const subscription = new sns.Subscription(this, name, {
      topic,
      protocol: protocol as sns.SubscriptionProtocol,
      endpoint,
      ...(protocol === 'sqs' ? { rawMessageDelivery: true } : {}),
      ...(filters.length === 0 ? {} : { filterPolicy: Object.fromEntries(filters) }),
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
    return subscription;
  }
}

function chatClient({ verdicts }: SlackChannel): Subscriber {
  return { protocol: 'https', endpoint: CHAT_ENDPOINT, verdicts };
}

function withChat({ subscribers, slack }: SubscribersProps): Subscriber[] {
  return slack === undefined ? [...subscribers] : [...subscribers, chatClient(slack)];
}

/** SNS delivers messages without attributes, such as alarms, to no subscription with a filter. */
function getsAlarms({ filter = {}, verdicts }: Subscriber): boolean {
  return verdicts === undefined && Object.keys(filter).length === 0;
}

/** The e-mail subscribers that get alarms. @internal */
export function emailsForAlarms(subscribers: readonly Subscriber[]): Subscriber[] {
  return subscribers.filter((one) => one.protocol === 'email' && getsAlarms(one));
}

/**
 * SNS developer guide, "Fanout to queues in a different account": a subscription created by the topic's account waits for
 * the other account to confirm it. This stack creates a function's permission, in its own region.
 */
function refuseElsewhere(stack: Stack, protocol: Subscriber['protocol'], endpoint: string): void {
  if ((protocol !== 'sqs' && protocol !== 'lambda') || Token.isUnresolved(endpoint)) return;
  const [, , , region, account] = endpoint.split(':');
  const isOther = (given: string | undefined, own: string) => !Token.isUnresolved(own) && given !== own;
  if (isOther(account, stack.account)) {
    throw new ConfigurationError(
      `subscribers: ${endpoint} is of another account than the stack, ${stack.account}, and would have to confirm; leave it out, and subscribe it from its own account to the output TopicArn, which a statement in the topic's policy must allow (sns:Subscribe)`,
    );
  }
  if (protocol === 'lambda' && isOther(region, stack.region)) {
    throw new ConfigurationError(
      `subscribers: ${endpoint} is of another region than the stack, ${stack.region}, whose template cannot let the topic call it; leave it out, and subscribe it by hand to the output TopicArn`,
    );
  }
}

const PROPERTIES: Readonly<Record<string, string>> = {
  slackWorkspaceId: 'slack.workspaceId',
  slackChannelId: 'slack.channelId',
  slackConfigurationArn: 'slack.configurationArn',
  slackVerdicts: 'slack.verdicts',
};

function checkProps(props: SubscribersProps): void {
  const { subscribers, slack = {} } = props;
  const {
    workspaceId,
    channelId,
    configurationArn,
    verdicts,
  }: Partial<NewSlackConfiguration & ExistingSlackConfiguration & SlackChannel> = slack;
  const ids = { slackWorkspaceId: workspaceId, slackChannelId: channelId, slackConfigurationArn: configurationArn };
  const rest = { subscribers, ...(verdicts === undefined ? {} : { slackVerdicts: verdicts }) };
  // Unresolved values cannot be checked.
  const known = Object.fromEntries(Object.entries(ids).filter(([, id]) => !Token.isUnresolved(id)));
  readGroups({ all: subscriberSchema }, { ...known, ...rest }, (name) => PROPERTIES[name] ?? name);
  refuse([...subscriberFaults({ ...ids, ...rest } as SubscriberSettings), ...repeatedFaults(withChat(props))]);
}

/** SNS has one subscription of an endpoint to a topic, whatever the filters. */
function repeatedFaults(subscribers: readonly Subscriber[]): Set<string> {
  const names = subscribers.map(({ protocol, endpoint }) => `${protocol} ${endpoint}`);
  const repeated = subscribers.filter((_, at) => names.indexOf(names[at]!) < at);
  const faults = repeated.map(
    ({ protocol, endpoint }) =>
      `${endpoint} is subscribed more than once by ${protocol}, which SNS does not allow; leave it in once, with one filter for all it wants`,
  );
  return new Set(faults);
}
