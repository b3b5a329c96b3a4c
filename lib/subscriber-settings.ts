/** Who gets alerts: the settings, and what is wrong with them. */

import { Token } from 'aws-cdk-lib';
import { ALERT_VERDICTS, type AlertVerdict, RULE } from '../lambda/detection/rule';
import { REPLAY_ID } from '../lambda/messages/control-message';
import { json, type Schema, text, texts } from '../lambda/util/schema';
import * as z from '../lambda/util/zod';

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

const EMAIL = /^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/;

/** A predicate of allowed texts, and their description, to follow "must be". */
type Form = readonly [isAllowed: (text: string) => boolean, allowed: string];

const matching = (pattern: RegExp, allowed: string): Form => [(text) => pattern.test(text), allowed];

const among = (...values: readonly string[]): Form => [(text) => values.includes(text), values.join(' or ')];

interface Protocol {
  readonly endpoint: Form;
  /** what the subscription still needs, or does not get */
  readonly note?: string;
}

/** @internal */
export const PROTOCOLS: Readonly<Record<Subscriber['protocol'], Protocol>> = {
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
