import { createHash } from 'node:crypto';
import { Annotations, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as chatbot from 'aws-cdk-lib/aws-chatbot';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { ALERT_VERDICTS, type AlertVerdict, RULE } from '../lambda/detection/rule';
import { ConfigurationError } from '../lambda/errors';
import { REPLAY_ID } from '../lambda/messages/control-message';
import { json, readGroups, refuse, type Schema, text, texts } from '../lambda/util/schema';
import * as z from '../lambda/util/zod';

const EMAIL = /^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/;

/** The message attributes that a filter may compare. */
export type FilterAttribute = 'rule_id' | 'severity' | 'account_id' | 'kind' | 'signals' | 'replay_id';

export interface Subscriber {
  /** `sqs` and `lambda` get the alert as JSON, `https` the chat card, `email` readable text */
  readonly protocol: 'email' | 'https' | 'sqs' | 'lambda';
  /** an address, a URL, or the ARN of a queue or function */
  readonly endpoint: string;
  /**
   * Values of message attributes to let through: any value of an attribute, for every attribute named. Alarms have no
   * attributes, so a subscriber with a filter gets none.
   * @default everything
   */
  readonly filter?: Readonly<Partial<Record<FilterAttribute, readonly string[]>>> | undefined;
  /**
   * Verdicts of the alerts and follow-ups to let through. Notices and summaries always pass, since what they count may be
   * suspicious; alarms do not, as with a filter.
   * @default every verdict
   */
  readonly verdicts?: readonly AlertVerdict[] | undefined;
}

/** Who gets alerts. */
export interface SubscriberSettings {
  /** Who gets alerts by e-mail. Each address must confirm its subscription. */
  readonly alertEmail: readonly string[];
  /**
   * Which alerts the addresses of `alertEmail` get. They get no alarms then: set `alarmTopicArn`.
   * @default every verdict
   */
  readonly emailVerdicts?: readonly AlertVerdict[];
  /** The Slack workspace, authorized in Amazon Q Developer in chat applications. */
  readonly slackWorkspaceId?: string;
  /** The Slack channel. */
  readonly slackChannelId?: string;
  /**
   * An existing configuration of the channel, instead of workspace and channel; docs/deploy.md, "Subscribing".
   */
  readonly slackConfigurationArn?: string;
  /**
   * Which alerts Slack gets. It gets no alarms then: set `alarmTopicArn`.
   * @default every verdict
   */
  readonly slackVerdicts?: readonly AlertVerdict[];
  /**
   * More subscribers; docs/deploy.md has their protocols and filters.
   */
  readonly subscribers: readonly Subscriber[];
}

/** A predicate of allowed texts, and their description, to follow "must be". */
type Form = readonly [isAllowed: (text: string) => boolean, allowed: string];

const matching = (pattern: RegExp, allowed: string): Form => [(text) => pattern.test(text), allowed];

const among = (...values: readonly string[]): Form => [(text) => values.includes(text), values.join(' or ')];

interface Protocol {
  readonly endpoint: Form;
  /** what the subscription still needs, or does not get */
  readonly note?: string;
}

const PROTOCOLS: Readonly<Record<Subscriber['protocol'], Protocol>> = {
  email: {
    endpoint: matching(EMAIL, 'an e-mail address'),
    note: 'the subscription is pending, and gets nothing, until the link in its first mail is followed. To keep others from unsubscribing it, confirm by: aws sns confirm-subscription --authenticate-on-unsubscribe true.',
  },
  https: {
    endpoint: [(text) => /^https:\/\/\S+$/.test(text) && URL.canParse(text), 'a URL that begins with https://'],
    note: 'HTTPS subscribers get the chat card, made for the chat client. For JSON subscribe a queue or a function.',
  },
  sqs: {
    // SNS developer guide: only a FIFO topic delivers to a FIFO queue.
    endpoint: matching(
      /^arn:[^:\s]+:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,80}$/,
      'the ARN of an SQS queue, not a FIFO queue',
    ),
    note: 'the queue’s policy must allow sns.amazonaws.com to send messages from the alert topic (condition aws:SourceArn).',
  },
  lambda: {
    endpoint: matching(
      /^arn:[^:\s]+:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9$_-]{1,128})?$/,
      'the ARN of a Lambda function',
    ),
  },
};

/** Possible values of message attributes; any other would silently match nothing. */
const ATTRIBUTES: Readonly<Record<FilterAttribute, Form>> = {
  rule_id: among(RULE.id),
  severity: among(RULE.severity),
  account_id: matching(/^\d{12}$/, 'an account number of 12 digits'),
  kind: among('alert', 'follow-up', 'summary', 'notice', 'history'),
  signals: matching(/^[a-z]+(?:-[a-z]+)*$/, 'the id of a finding, such as long-lived-key'),
  replay_id: matching(REPLAY_ID, 'the id of a replay'),
};

const keysOf = <Key extends string>(record: Readonly<Record<Key, unknown>>) => Object.keys(record) as Key[];

const verdictsSchema = texts(
  /^(?:suspicious|unclear|likely-benign)$/,
  `verdicts: ${ALERT_VERDICTS.join(', ')}`,
) as z.ZodMiniType<readonly AlertVerdict[]>;

const subscriber = z.strictObject({
  protocol: z.enum(keysOf(PROTOCOLS)),
  endpoint: z.string().check(z.minLength(1)),
  filter: z.optional(
    z.partialRecord(z.enum(keysOf(ATTRIBUTES)), z.array(z.string().check(z.minLength(1))).check(z.minLength(1))),
  ),
  verdicts: z.optional(z.array(z.enum(ALERT_VERDICTS)).check(z.minLength(1))),
});

/** @internal */
export const subscriberSchema: Schema<SubscriberSettings> = {
  alertEmail: z._default(texts(EMAIL, 'e-mail addresses'), []),
  emailVerdicts: z.optional(verdictsSchema),
  slackWorkspaceId: z.optional(text(/^[A-Z0-9]{1,100}$/, 'a workspace id such as T0123456789')),
  slackChannelId: z.optional(text(/^[A-Za-z0-9]{1,100}$/, 'a channel id such as C0123456789')),
  slackConfigurationArn: z.optional(
    text(
      /^arn:[^:\s]+:chatbot::\d{12}:chat-configuration\/slack-channel\/[A-Za-z0-9_-]{1,128}$/,
      'an ARN such as arn:aws:chatbot::111122223333:chat-configuration/slack-channel/security',
    ),
  ),
  slackVerdicts: z.optional(verdictsSchema),
  subscribers: z._default(
    json<readonly Subscriber[]>(
      z.array(subscriber),
      'a JSON list of {"protocol": "email" | "https" | "sqs" | "lambda", "endpoint": …, "filter"?: {"kind": ["alert"], …}, "verdicts"?: ["suspicious", …]} with the attributes rule_id, severity, account_id, kind, signals, replay_id',
    ),
    [],
  ),
};

/** Names every endpoint and filter that cannot work. Unresolved CDK values pass. */
export function subscriberFaults({
  alertEmail = [],
  emailVerdicts,
  subscribers,
  slackWorkspaceId,
  slackChannelId,
  slackConfigurationArn,
  slackVerdicts,
}: Pick<SubscriberSettings, 'subscribers'> & Partial<SubscriberSettings>): string[] {
  const faultsOf = (what: string, given: string, [isAllowed, allowed]: Form) =>
    Token.isUnresolved(given) || isAllowed(given)
      ? []
      : [`subscribers: ${what} is ${JSON.stringify(given)}; it must be ${allowed}`];
  const faults = subscribers.flatMap(({ protocol, endpoint, filter = {} }) => [
    ...faultsOf(`an endpoint of protocol ${protocol}`, endpoint, PROTOCOLS[protocol].endpoint),
    ...keysOf(ATTRIBUTES).flatMap((attribute) =>
      (filter[attribute] ?? []).flatMap((value) => faultsOf(`${attribute} in a filter`, value, ATTRIBUTES[attribute])),
    ),
  ]);
  if (emailVerdicts !== undefined && (alertEmail.length === 0 || emailVerdicts.length === 0)) {
    faults.push('emailVerdicts: is for the addresses of alertEmail, and names at least one verdict');
  }
  const hasSlack = slackChannelId !== undefined || slackConfigurationArn !== undefined;
  if (slackVerdicts !== undefined && (!hasSlack || slackVerdicts.length === 0)) {
    faults.push('slackVerdicts: is for a Slack channel, and names at least one verdict');
  }
  const isHalf = (slackWorkspaceId === undefined) !== (slackChannelId === undefined);
  if (isHalf) faults.push('slackChannelId: slackWorkspaceId and slackChannelId are given together or not at all');
  if (slackConfigurationArn !== undefined && slackChannelId !== undefined) {
    faults.push('slackConfigurationArn: is instead of slackWorkspaceId and slackChannelId; leave those out, or this');
  }
  return faults;
}

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
