/** The function's configuration: the schema of its environment, shared by the function and the stack that sets it. */
import { oneOf, readFields, text, texts, type ValuesOf, whole, yesOrNo } from './fields';
import { DEFAULT_PARAMETERS, LONGEST_BURST_SECONDS, type RuleParameters, thresholds } from './rule/rule';

const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/;
const MIB = 1024 * 1024;

/** The rule's parameters as a user sets them. */
export const ruleFields = {
  minRegions: whole(1, 100, 'Distinct regions that make a hit.').default(DEFAULT_PARAMETERS.minRegions),
  minCalls: whole(
    1,
    1000,
    'Distinct calls that make a hit. At or below `minRegions` the regions alone decide; without it, it is as high as `minRegions`.',
  ).optional(),
  windowSeconds: whole(1, LONGEST_BURST_SECONDS, 'Length of the window, in seconds.').default(
    DEFAULT_PARAMETERS.windowSeconds,
  ),
  windowing: oneOf(
    ['tumbling', 'sliding'],
    'Windows aligned to the clock (`tumbling`), or any interval of that length (`sliding`), which also finds a burst that crosses an edge.',
  ).default(DEFAULT_PARAMETERS.windowing),
  groupBy: oneOf(
    ['arn', 'issuer'],
    'Whether sessions of one role count apart (`arn`) or together (`issuer`). One session name per region evades `arn`.',
  ).default(DEFAULT_PARAMETERS.groupBy),
  partitions: whole(
    1,
    64,
    'Ledger partitions an account is spread over. Raise it when one account saturates a DynamoDB partition (3,000 read units a second). A change reads fresh state for some minutes.',
  ).default(DEFAULT_PARAMETERS.partitions),
  ignoreRegions: texts(
    REGION,
    'region names such as eu-west-1',
    'Regions whose calls are passed over, and counted.',
  ).default([...DEFAULT_PARAMETERS.ignoredRegions]),
};

/** How alerts are told. */
export const alertFields = {
  severityText: text(
    /^[\x21-\x7e](?:[\x20-\x7e]{0,38}[\x21-\x7e])?$/,
    '1 to 40 printable ASCII characters',
    'The word for the severity in readable alerts. The risk score stays 21.',
  ).default('low'),
  capAlerts: whole(
    2,
    1000,
    'Most alerts told in one interval, at most half of them for one account; the rest are kept, counted, and announced in one notice.',
  ).default(100),
  capSeconds: whole(60, 900, 'Length of that interval, in seconds.').default(300),
  followUpMinutes: whole(
    0,
    15,
    'Minutes after an alert until its final extent is told, if it grew; 0 tells no follow-up. SQS delays a message 15 minutes at most.',
  ).default(15),
  suppressMinutes: whole(
    0,
    1440,
    'Minutes after an alert in which further hits of the same actor are not told but counted, and told together in one summary; 0 tells each.',
  ).default(0),
  chatAsDefault: yesOrNo(
    'Sends the chat card as the default variant too, in place of the readable text, for a chat client that does not take the HTTPS one.',
  ).default(false),
};

/** How objects are read. */
export const readingFields = {
  inflate: oneOf(
    ['zlib', 'zlib-sync'],
    'The inflate engine. `zlib-sync` is native code: its addon must fit the function, see docs/deploy.md.',
  ).default('zlib'),
  inflateLimitBytes: whole(
    MIB,
    4096 * MIB,
    'Most bytes one object may inflate to; a larger one fails and goes to the dead letters.',
  ).default(256 * MIB),
  fetchConcurrency: whole(1, 64, 'Objects one invocation downloads at the same time.').default(16),
};

export const exceptionsParameterField = text(
  /^\/?[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/,
  'the name of an SSM parameter, such as /regionsweep/exceptions',
  'A parameter with further exceptions, read every 5 minutes at most: a change needs no deployment. It may be made later.',
).optional();

/** What is passed over. Faults of entries are told and do not stop the function, so they are read apart. */
const exceptionFields = {
  exceptions: text(/^/, 'a document of exceptions', 'Exceptions as deployed, JSON.').optional(),
  exceptionsParameter: exceptionsParameterField,
};

/** What only the stack knows. */
const placeFields = {
  detector: text(
    /^[A-Za-z][A-Za-z0-9-]{0,39}$/,
    'a letter, then up to 39 letters, digits or hyphens',
    'Name of the detector.',
  ),
  tableName: text(/^[A-Za-z0-9_.:/-]{3,1024}$/, 'a table name or ARN', 'The ledger table.'),
  topicArn: text(/^arn:[^:]+:sns:[^:]+:\d{12}:.+$/, 'the ARN of an SNS topic', 'Where alerts are published.'),
  queueUrl: text(/^https?:\/\/\S+$/, 'the URL of an SQS queue', "The function's own queue."),
};

export const detectorField = placeFields.detector;

const functionFields = {
  ...placeFields,
  ...ruleFields,
  ...alertFields,
  ...readingFields,
  ...exceptionFields,
};

type FunctionFields = ValuesOf<typeof functionFields>;

/** The environment variable of each field. */
export const ENVIRONMENT = {
  detector: 'REGIONSWEEP_DETECTOR',
  tableName: 'REGIONSWEEP_TABLE_NAME',
  topicArn: 'REGIONSWEEP_TOPIC_ARN',
  queueUrl: 'REGIONSWEEP_QUEUE_URL',
  minRegions: 'REGIONSWEEP_MIN_REGIONS',
  minCalls: 'REGIONSWEEP_MIN_CALLS',
  windowSeconds: 'REGIONSWEEP_WINDOW_SECONDS',
  windowing: 'REGIONSWEEP_WINDOWING',
  groupBy: 'REGIONSWEEP_GROUP_BY',
  partitions: 'REGIONSWEEP_PARTITIONS',
  ignoreRegions: 'REGIONSWEEP_IGNORE_REGIONS',
  severityText: 'REGIONSWEEP_SEVERITY_TEXT',
  capAlerts: 'REGIONSWEEP_CAP_ALERTS',
  capSeconds: 'REGIONSWEEP_CAP_SECONDS',
  followUpMinutes: 'REGIONSWEEP_FOLLOW_UP_MINUTES',
  suppressMinutes: 'REGIONSWEEP_SUPPRESS_MINUTES',
  chatAsDefault: 'REGIONSWEEP_CHAT_AS_DEFAULT',
  inflate: 'REGIONSWEEP_INFLATE',
  inflateLimitBytes: 'REGIONSWEEP_INFLATE_LIMIT_BYTES',
  fetchConcurrency: 'REGIONSWEEP_FETCH_CONCURRENCY',
  exceptions: 'REGIONSWEEP_EXCEPTIONS',
  exceptionsParameter: 'REGIONSWEEP_EXCEPTIONS_PARAMETER',
} as const satisfies Record<keyof FunctionFields, string>;

/** Attribute names of the ledger table, fixed by its data. */
export const LEDGER_TABLE = { partitionKey: 'pk', sortKey: 'sk', expiry: 'expiresAt' } as const;

/** What the function is told; minutes, seconds and bytes are whole. */
export interface FunctionConfiguration
  extends Pick<
    FunctionFields,
    keyof typeof placeFields | keyof typeof readingFields | keyof typeof exceptionFields
  > {
  readonly rule: RuleParameters;
  readonly alerting: Pick<FunctionFields, keyof typeof alertFields>;
}

/**
 * Reads the configuration from environment variables; other variables are passed over.
 * @throws ConfigurationError naming every variable at fault, its value, and what is allowed
 */
export function readConfiguration(
  environment: Readonly<Record<string, string | undefined>>,
): FunctionConfiguration {
  const names: Readonly<Record<string, string>> = ENVIRONMENT;
  // A variable that is set to nothing is none.
  const values = Object.fromEntries(
    Object.entries(names).map(([field, variable]) => [field, environment[variable] || undefined]),
  );
  const fields = readFields(functionFields, values, { nameOf: (field) => names[field] ?? field });
  const { minRegions, minCalls, windowSeconds, windowing, groupBy, partitions, ignoreRegions } = fields;
  const { severityText, capAlerts, capSeconds, followUpMinutes, suppressMinutes, chatAsDefault } = fields;
  const { detector, tableName, topicArn, queueUrl, inflate, inflateLimitBytes, fetchConcurrency } = fields;
  const { exceptions, exceptionsParameter } = fields;
  return {
    ...{ detector, tableName, topicArn, queueUrl, inflate, inflateLimitBytes, fetchConcurrency },
    ...{ exceptions, exceptionsParameter },
    rule: {
      ...thresholds(minRegions, minCalls),
      ...{ windowSeconds, windowing, groupBy, partitions },
      ignoredRegions: ignoreRegions,
    },
    alerting: { severityText, capAlerts, capSeconds, followUpMinutes, suppressMinutes, chatAsDefault },
  };
}

/** The environment variables that say these values; what is absent is left to its default. */
export function environmentOf(values: Partial<FunctionFields>): Record<string, string> {
  const given: Readonly<Record<string, unknown>> = values;
  const variables: Record<string, string> = {};
  for (const [field, variable] of Object.entries(ENVIRONMENT)) {
    const value = given[field];
    // An empty list is the absence of one: Lambda has no empty list to set.
    if (value !== undefined && String(value) !== '') variables[variable] = String(value);
  }
  return variables;
}
