/** Who is told: the fields of the settings, and what a subscriber may say, as setting and as property of the construct. */
import { Token } from 'aws-cdk-lib';
import { z } from 'zod';
import { type Fault, json, text, texts } from '../lambda/fields';
import { RULE } from '../lambda/rule/rule';
import { REPLAY_ID } from '../lambda/trail/own-message';
import type { FilterAttribute, Subscriber } from './subscribers';

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
  slackChannelId: text(
    /^[A-Za-z0-9]{1,100}$/,
    'a channel id such as C0123456789',
    'The Slack channel.',
  ).optional(),
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
      for (const value of filter[attribute] ?? [])
        check(`${attribute} in a filter`, value, VALUES[attribute]);
    }
  }
}
