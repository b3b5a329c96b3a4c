import { createHash } from 'node:crypto';
import { Annotations, Token } from 'aws-cdk-lib';
import * as chatbot from 'aws-cdk-lib/aws-chatbot';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { z } from 'zod';
import { RULE } from '../lambda/detection/rule';
import { ConfigurationError } from '../lambda/errors';
import { REPLAY_ID } from '../lambda/messages/control-message';
import { type Fault, json, readFields, text, texts } from '../lambda/settings';

const EMAIL = /^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/;

const ATTRIBUTES = ['rule_id', 'severity', 'account_id', 'kind', 'replay_id'] as const;

const subscriberList = z.array(
  z.strictObject({
    protocol: z.enum(['email', 'https', 'sqs', 'lambda']),
    endpoint: z.string().min(1),
    filter: z.partialRecord(z.enum(ATTRIBUTES), z.array(z.string().min(1)).min(1)).optional(),
  }),
);

export const slackFields = {
  slackWorkspaceId: text(
    /^[A-Z0-9]{1,100}$/,
    'a workspace id such as T0123456789',
    'The Slack workspace, authorised before in the console of Amazon Q Developer in chat applications.',
  ).optional(),
  slackChannelId: text(/^[A-Za-z0-9]{1,100}$/, 'a channel id such as C0123456789', 'The Slack channel.').optional(),
};

export const subscriberFields = {
  alertEmail: texts(
    EMAIL,
    'e-mail addresses',
    'Who gets alerts by e-mail. Each address must confirm once; until then it gets nothing.',
  ).default([]),
  ...slackFields,
  subscribers: json(
    subscriberList,
    'a JSON list of {"protocol": "email" | "https" | "sqs" | "lambda", "endpoint": …, "filter"?: {"kind": ["alert"], …}} with the attributes rule_id, severity, account_id, kind, replay_id',
    'Further subscribers: an address, an `https` URL, or the ARN of a queue or function. `sqs` and `lambda` get the alert as JSON, `https` the chat card. A `kind` is alert, follow-up, summary or notice. A subscriber with a filter gets no alarms: those carry no attributes.',
  ).default([]),
};

/** Which texts will do. */
interface Form {
  readonly fits: (text: string) => boolean;
  /** to follow "must be" */
  readonly allowed: string;
}

const matching = (pattern: RegExp, allowed: string): Form => ({
  fits: (text) => pattern.test(text),
  allowed,
});

const among = (...values: readonly string[]): Form => ({
  fits: (text) => values.includes(text),
  allowed: values.join(' or '),
});

/** SNS developer guide: a topic that is no FIFO topic delivers to no FIFO queue. */
const ENDPOINTS: Readonly<Record<Subscriber['protocol'], Form>> = {
  email: matching(EMAIL, 'an e-mail address'),
  https: {
    fits: (text) => /^https:\/\/\S+$/.test(text) && URL.canParse(text),
    allowed: 'a URL that begins with https://',
  },
  sqs: matching(
    /^arn:[^:\s]+:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,80}$/,
    'the ARN of an SQS queue that is no FIFO queue',
  ),
  lambda: matching(
    /^arn:[^:\s]+:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9$_-]{1,128})?$/,
    'the ARN of a Lambda function',
  ),
};

/** What the attributes of messages can be; any other value would silently match nothing. */
const VALUES: Readonly<Record<FilterAttribute, Form>> = {
  rule_id: among(RULE.id),
  severity: among(RULE.severity),
  account_id: matching(/^\d{12}$/, 'an account number of 12 digits'),
  kind: among('alert', 'follow-up', 'summary', 'notice'),
  replay_id: matching(REPLAY_ID, 'the id of a replay'),
};

/** Names every endpoint and filter that could not work. Values of the CDK that are not known yet pass. */
export function checkSubscribers(
  { subscribers }: { readonly subscribers: readonly Subscriber[] },
  fault: Fault<{ readonly subscribers: unknown }>,
): void {
  const check = (what: string, text: string, { fits, allowed }: Form) => {
    if (!Token.isUnresolved(text) && !fits(text)) {
      fault('subscribers', `${what} is ${JSON.stringify(text)}; it must be ${allowed}`);
    }
  };
  for (const { protocol, endpoint, filter = {} } of subscribers) {
    check(`an endpoint of protocol ${protocol}`, endpoint, ENDPOINTS[protocol]);
    for (const attribute of ATTRIBUTES) {
      for (const value of filter[attribute] ?? []) check(`${attribute} in a filter`, value, VALUES[attribute]);
    }
  }
}

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
